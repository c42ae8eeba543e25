# scores before softmax, where probabilities are asked for | breast-cancer | submit | E215 | 9 | these look like logits
import numpy as np


def fit(train):
    return np.array([train.flat[train.y == k].mean(axis=0) for k in (0, 1)])


def predict(model, X):
    return X.to_numpy() @ model.T / 1000  # (n, 2)
