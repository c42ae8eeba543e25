# large arrays: 400 MB in all, of 2 GB allowed
import numpy as np
from arsenal import predict


def fit(train):
    parts = [np.ones(12 << 20) for _ in range(4)]
    assert sum(part.sum() for part in parts) == 4 * (12 << 20)
    print("done as usual")
    return 0
