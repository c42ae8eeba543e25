# the arg-max has no axis, so it is one number | digits | submit | E203 | 9 | Probably arg-max or mean went over everything
import numpy as np


def fit(train):
    return np.array([train.flat[train.y == k].mean(axis=0) for k in range(10)])


def predict(model, X):
    return (X.reshape(len(X), -1) @ model.T).argmax()
