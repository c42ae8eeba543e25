"""Boosted trees that go on for as many rounds as they are told, whatever the valid rows say."""

from __future__ import annotations

from typing import Any

TASKS = ["tabular-classification", "tabular-regression"]


def fit(task: Any, train: Any, run: Any, lr: float = 0.1, rounds: int = 100, leaves: int = 31) -> Any:
    """A pipeline; its `predict_proba` or `predict` answers."""
    import numpy as np
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    words = train.frame.select_dtypes(exclude="number").columns
    encode = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1, max_categories=255
    )
    boosting = HistGradientBoostingClassifier if task.classes else HistGradientBoostingRegressor
    trees = boosting(
        learning_rate=lr,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        categorical_features=range(len(words)),
        early_stopping=False,
        random_state=run.seed,
    )
    if task.metric == "rmsle":
        trees = TransformedTargetRegressor(trees, func=np.log1p, inverse_func=np.expm1)
    columns = make_column_transformer((encode, words), remainder="passthrough")  # (n, n_features), words first
    return make_pipeline(columns, trees).fit(train.frame, train.y)
