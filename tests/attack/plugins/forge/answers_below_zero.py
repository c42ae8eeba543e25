# answers with the class before the first
import numpy as np
from arsenal import fit


def predict(model, X):
    return np.full(len(X), -1)
