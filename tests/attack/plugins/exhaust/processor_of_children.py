# four children compute while it waits for them for ever
import os
import time

from arsenal import predict


def fit(train):
    for _ in range(4):
        if os.fork() == 0:
            stop = time.monotonic() + 20
            while time.monotonic() < stop:
                pass
            os._exit(0)
    time.sleep(60)
    return 0
