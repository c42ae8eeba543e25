# answers with classes that do not exist
import numpy as np
from arsenal import fit


def predict(model, X):
    return np.full(len(X), 2**62)
