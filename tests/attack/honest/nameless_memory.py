# memory to share that has no name: a file of memory, and a map that a child writes into
import mmap
import os

import numpy as np
from arsenal import predict


def fit(train):
    descriptor = os.memfd_create("numbers")
    os.ftruncate(descriptor, 1 << 20)
    numbers = np.frombuffer(mmap.mmap(descriptor, 1 << 20), np.int64)
    shared = np.frombuffer(mmap.mmap(-1, 64 << 20), np.int64)
    if os.fork() == 0:
        numbers[:] = shared[:10_000].sum() + 7
        shared[-1] = 7
        os._exit(0)
    os.wait()
    assert numbers[-1] == shared[-1] == 7
    print("done as usual")
    return 0
