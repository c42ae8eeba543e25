# answers with NaN, infinities and denormals
import numpy as np
from arsenal import fit


def predict(model, X):
    answers = np.full((len(X), 4), np.nan)
    answers[:, 0] = np.inf
    return answers
