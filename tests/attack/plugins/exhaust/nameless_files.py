# holds 900 MiB in files without a name that are mapped nowhere
import os
import time

from arsenal import predict


def fit(train):
    held = []
    block = os.urandom(1 << 20)
    for _ in range(9):
        fd = os.memfd_create("x")
        held.append(fd)
        for _ in range(100):
            os.write(fd, block)
        time.sleep(0.05)
    time.sleep(5)
    return 0
