# answers with an array without rows
import numpy as np
from arsenal import fit


def predict(model, X):
    return np.zeros((0,))
