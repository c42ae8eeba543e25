# the arg-max is taken along the wrong axis | digits | submit | E203 | 8 | the arg-max went over the rows
import numpy as np


def fit(train):
    return np.array([train.flat[train.y == k].mean(axis=0) for k in range(10)])

def predict(model, X):
    scores = X.reshape(len(X), -1) @ model.T  # (n, 10)
    return scores.argmax(axis=0)
