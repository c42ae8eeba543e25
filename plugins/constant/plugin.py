"""The same answer for every row: the floor. Whoever scores less than this has a bug."""

import numpy as np

TASKS = ["image-classification", "tabular-classification", "tabular-regression", "agent"]


def fit(task, train):
    if task.kind == "agent":
        action = task.environment.action
        return np.full(action.shape, action.start, dtype=action.dtype)  # the first action, whatever is seen
    y = np.asarray(train.y)
    if not task.classes:
        # Which single value is best depends on what errors cost: the middle one for their sizes, the mean for their
        # squares, and the mean of logarithms where the squares of those are counted.
        if task.metric == "mae":
            return np.median(y, axis=0)
        return np.expm1(np.log1p(y).mean(axis=0)) if task.metric == "rmsle" else y.mean(axis=0)
    # How often each class occurs: where labels are scored the most frequent one wins, and no other constant
    # probabilities have a smaller log loss.
    return np.bincount(y, minlength=len(task.classes)) / len(y)  # (n_classes,)


def predict(model, X):
    return np.repeat(model[np.newaxis], len(X), axis=0)  # (n, n_classes), or (n,) values or actions
