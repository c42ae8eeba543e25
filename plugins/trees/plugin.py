"""Boosted trees: each small tree mends what the ones before it got wrong. Hard to beat on tables."""

import time

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

TASKS = ["tabular-classification", "tabular-regression"]


# Trees only ask whether a value is above or below a threshold: nothing needs to be scaled. Missing numbers stay
# missing, each split learns to which side they go. Everything else becomes category numbers, and a split sends any of
# them to one side, whatever their order. Values of fewer than 5 rows share a number, or a tree would learn names by
# heart; a value that was never seen is -1, which the trees take for missing.
def encoder(frame):
    words = days(frame).select_dtypes(exclude="number").columns
    numbers = frame.columns[frame.notna().any()].difference(words)  # not those without any: there is no threshold
    encode = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        encoded_missing_value=-1,
        min_frequency=5,
        max_categories=255,  # so many can the trees tell apart
    )
    columns = make_column_transformer((encode, words), ("passthrough", numbers))  # (n, n_features)
    return make_pipeline(FunctionTransformer(days), columns), len(words)


def days(frame):  # a time is a number too
    times = frame.select_dtypes("datetime")
    return frame.assign(**{name: (times[name] - pd.Timestamp(0)) / pd.Timedelta(days=1) for name in times})


# What a metric makes of errors is what the trees should make small: squares for RMSE, sizes for MAE, logarithms of
# probabilities for classes. RMSLE is the RMSE of logarithms, so there the trees learn log(1 + y).
def losses(fitted, X, y):  # after 1, 2, 3, … rounds
    if hasattr(fitted, "classes_"):
        right = y[:, np.newaxis] == fitted.classes_  # (n, n_classes)
        return [-np.log((out * right).sum(axis=1).clip(1e-15)).mean() for out in fitted.staged_predict_proba(X)]
    size = np.abs if fitted.loss == "absolute_error" else np.square
    return [size(out - y).mean() for out in fitted.staged_predict(X)]


def fit(task, train, valid, run, lr=0.1, rounds=500, leaves=8, rows_per_leaf=5):
    encode, n_words = encoder(train.frame)
    X, X_valid = encode.fit_transform(train.frame), encode.transform(valid.frame)
    y, y_valid = (np.log1p(part.y) if task.metric == "rmsle" else part.y for part in (train, valid))

    def trees(n):
        options = {"learning_rate": lr, "max_iter": n, "max_leaf_nodes": leaves, "min_samples_leaf": rows_per_leaf}
        # Of its own accord scikit-learn would hold back some of train to stop early. There is valid for that.
        options |= {"categorical_features": range(n_words), "early_stopping": False, "random_state": run.seed}
        if task.classes:
            return HistGradientBoostingClassifier(**options)
        loss = "absolute_error" if task.metric == "mae" else "squared_error"
        return HistGradientBoostingRegressor(loss=loss, **options)

    def grown(n):
        model = trees(n).fit(X, y)
        return losses(model, X, y), losses(model, X_valid, y_valid)

    # With very many rows there is no time for all rounds. How long does one take? (The very first wakes things up.)
    # There must be time to grow all trees twice, and to answer.
    grown(1)
    began = time.monotonic()
    grown(10)
    a_round = (time.monotonic() - began) / 10
    rounds = max(1, int(min(rounds, run.seconds_left / 2.5 / a_round)))
    # Every further tree makes the loss on train smaller. On valid it is smallest somewhere: later trees learn by heart.
    on_train, on_valid = grown(rounds)
    for done in range(9, rounds, 10):
        run.log(epoch=done + 1, epochs=rounds, loss=on_train[done], valid_loss=on_valid[done])
    model = trees(int(np.argmin(on_valid)) + 1)  # the first trees of a second training are the same ones
    if task.metric == "rmsle":
        model = TransformedTargetRegressor(model, func=np.log1p, inverse_func=counts, check_inverse=False)
    # A pipeline, so that predict encodes as fit did. The kit calls its predict_proba, or its predict for values.
    return make_pipeline(encode, model.fit(X, train.y))


def counts(logarithms):  # exp undoes log; below 0 there is nothing to count
    return np.maximum(np.expm1(logarithms), 0)
