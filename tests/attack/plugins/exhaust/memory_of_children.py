# takes memory in three children, none of which is over the limit
import os
import time

import numpy as np
from arsenal import predict


def fit(train):
    for _ in range(3):
        if os.fork() == 0:
            held = []
            for _ in range(16):
                held.append(np.ones(2 << 20))
                time.sleep(0.02)
            time.sleep(20)
            os._exit(0)
    time.sleep(20)
    return 0
