# takes 900 MiB of memory, more than it may
import time

import numpy as np
from arsenal import predict


def fit(train):
    held = []
    for _ in range(56):
        held.append(np.ones(2 << 20))
        time.sleep(0.02)
    time.sleep(5)
    return 0
