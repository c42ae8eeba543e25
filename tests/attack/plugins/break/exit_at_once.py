# ends the program while it is imported
import os

os._exit(3)


def fit(train):
    return 0


def predict(model, X):
    return 0
