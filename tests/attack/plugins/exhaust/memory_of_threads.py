# has 40 threads that take memory, each a little
import threading
import time

import numpy as np
from arsenal import predict


def fit(train):
    held = []

    def go():
        for _ in range(10):
            held.append(np.ones(1 << 18))
            time.sleep(0.02)
        time.sleep(5)

    t = [threading.Thread(target=go) for _ in range(40)]
    [x.start() for x in t]
    [x.join() for x in t]
    return 0
