"""The same answer for every row: the floor. Whoever scores less than this has a bug."""

import numpy as np

TASKS = ["image-classification", "tabular-classification", "tabular-regression"]


def fit(task, train):
    y = np.asarray(train.y)
    if not task.classes:
        return y.mean(axis=0)  # no other single value has a smaller squared error
    # How often each class occurs: where labels are scored the most frequent one wins, and no other constant
    # probabilities have a smaller log loss.
    return np.bincount(y, minlength=len(task.classes)) / len(y)  # (n_classes,)


def predict(model, X):
    return np.repeat(model[np.newaxis], len(X), axis=0)  # (n, n_classes), or (n,) values
