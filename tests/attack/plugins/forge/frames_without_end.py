# tries to drown the kit in frames of no known kind
import os

from arsenal import predict, the_channel


def fit(train):
    descriptor = the_channel()._writer.fileno()
    for _ in range(1000):
        os.write(descriptor, bytes(range(256)) * 16)
    return 0
