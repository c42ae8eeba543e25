# fails with errors that are each other's cause
from arsenal import predict


def fit(train):
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    raise a
