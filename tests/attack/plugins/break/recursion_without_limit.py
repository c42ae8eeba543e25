# recurses without a limit
import sys

from arsenal import predict


def f(n):
    return f(n + 1) + 1


def fit(train):
    sys.setrecursionlimit(2**31 - 1)
    return f(0)
