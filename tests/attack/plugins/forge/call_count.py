# answers depend on how often it was asked
import numpy as np
from arsenal import fit

ASKED = []


def predict(model, X):
    ASKED.append(1)
    return np.full(len(X), len(ASKED) % 4)
