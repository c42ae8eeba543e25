# predict is misspelt, and the model's own would answer | digits | submit | E103 | 9 | did you mean predict?
import numpy as np


def fit(train):
    return np.array([train.X[train.y == k].mean(axis=0).ravel() for k in range(10)])


def predcit(model, X):
    distances = ((X.reshape(len(X), 1, -1) - model) ** 2).sum(axis=2)
    return distances.argmin(axis=1)
