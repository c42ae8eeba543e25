# takes its streams away
import os
import sys

from arsenal import predict


def fit(train):
    sys.stdout = sys.stderr = sys.stdin = None
    for fd in (0, 1, 2):
        os.close(fd)
    return 0
