# overflows the stack by calls between Python and compiled code
import ctypes

from arsenal import predict

CB = ctypes.CFUNCTYPE(ctypes.c_int)


def f():
    return cb()


cb = CB(f)


def fit(train):
    import sys

    sys.setrecursionlimit(10**9)
    return cb()
