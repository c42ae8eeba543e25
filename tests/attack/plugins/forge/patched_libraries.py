# tries to forge its score by replacing functions of numpy, json and of the kit
import json

import numpy as np
from arsenal import fit

import kit.metrics.accuracy
import kit.scoring


def predict(model, X):
    answers = np.zeros(len(X), int)
    for module in (kit.scoring, kit.metrics.accuracy):
        for name in dir(module):
            if callable(getattr(module, name)) and not name.startswith("__") and name[0].islower():
                setattr(module, name, lambda *a, **k: 1.0)
    np.mean = np.average = lambda *a, **k: 1.0
    np.array_equal = np.allclose = lambda *a, **k: True
    json.loads = lambda text: {"score": 1.0}
    return answers
