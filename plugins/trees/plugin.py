"""Boosted trees: each small tree mends what the ones before it got wrong. Hard to beat on tables."""

from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

TASKS = ["tabular-classification", "tabular-regression"]


def fit(task, train, run, lr=0.1, rounds=100, leaves=31):
    # Trees only ask whether a value is above or below a threshold: nothing needs to be scaled. Missing numbers stay
    # missing, each split learns to which side they go.
    # Everything else becomes category numbers. At most 255 (what the trees can tell apart): rare values share one, and
    # a value that was never seen is -1, which the trees take for missing.
    other = train.frame.select_dtypes(exclude="number").columns
    encode = make_column_transformer(
        (
            OrdinalEncoder(
                handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1, max_categories=255
            ),
            other,
        ),
        remainder="passthrough",
    )  # (n, n_features), the categories first
    boosting = HistGradientBoostingClassifier if task.classes else HistGradientBoostingRegressor
    trees = boosting(
        learning_rate=lr,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        categorical_features=range(len(other)),
        random_state=run.seed,
    )
    # A pipeline, so that predict encodes as fit did. The kit calls its predict_proba, or its predict for values.
    return make_pipeline(encode, trees).fit(train.frame, train.y)
