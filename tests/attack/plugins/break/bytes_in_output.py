# prints bytes that are no text
import os

from arsenal import predict


def fit(train):
    os.write(1, bytes(range(256)) * 100)
    os.write(2, b"\xff\xfe\x00" * 100)
    return 0
