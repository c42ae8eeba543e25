# joblib's processes, with an array that they share by a file
import numpy as np
from arsenal import predict
from joblib import Parallel, delayed


def total(array, i):
    return float(array[i].sum())


def fit(train):
    array = np.ones((8, 300_000))
    assert Parallel(n_jobs=2)(delayed(total)(array, i) for i in range(8)) == [300_000.0] * 8
    print("done as usual")
    return 0
