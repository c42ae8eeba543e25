# touches memory that is not there
import ctypes

from arsenal import predict


def fit(train):
    ctypes.string_at(0)
