# answers with a million columns that take no memory
import numpy as np
from arsenal import fit


def predict(model, X):
    return np.broadcast_to(np.int8(0), (len(X), 10**6))
