# makes a file of a terabyte that takes no room
import os

from arsenal import predict


def fit(train):
    descriptor = os.open("large", os.O_RDWR | os.O_CREAT)
    os.ftruncate(descriptor, 1 << 40)
    return 0
