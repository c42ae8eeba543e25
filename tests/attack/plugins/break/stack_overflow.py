# overflows the stack of C
import ctypes

from arsenal import predict


def fit(train):
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)

    @kind
    def deeper(n):
        return deeper(n + 1)

    import sys

    sys.setrecursionlimit(10**9)
    return deeper(0)
