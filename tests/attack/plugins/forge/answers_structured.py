# answers with records
import numpy as np
from arsenal import fit


def predict(model, X):
    return np.zeros(len(X), dtype=[("a", "i4"), ("b", "f8")])
