# predict gives the names of the classes | digits | submit | E211 | 9 | the index into task.classes
import numpy as np


def fit(train):
    return np.bincount(train.y).argmax()


def predict(model, X, task):
    return [task.classes[model]] * len(X)
