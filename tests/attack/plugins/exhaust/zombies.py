# never asks after 100 children that have ended
import os

from arsenal import predict


def fit(train):
    for _ in range(100):
        if os.fork() == 0:
            os._exit(0)
    return 0
