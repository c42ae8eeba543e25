# answers with integers of 400 digits
from arsenal import fit


def predict(model, X):
    return [10**400] * len(X)
