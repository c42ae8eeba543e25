# answers with a generator
from arsenal import fit


def predict(model, X):
    return (0 for _ in X)
