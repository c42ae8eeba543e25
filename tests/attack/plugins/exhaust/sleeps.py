# sleeps past the limit
import time

from arsenal import predict


def fit(train):
    time.sleep(60)
    return 0
