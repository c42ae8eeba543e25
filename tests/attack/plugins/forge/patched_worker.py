# tries to have the worker send other answers than predict gave: they are answers all the same
import numpy as np
from arsenal import fit

import kit.worker.session


def forged(answers, n, *a, **k):
    return np.zeros(n, np.int64)


def predict(model, X):
    kit.worker.session.one_per_row = forged
    return "whatever"
