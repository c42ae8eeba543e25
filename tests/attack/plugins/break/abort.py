# calls abort
import os

from arsenal import predict


def fit(train):
    os.abort()
