# fails with a message of 20 MB
from arsenal import predict


def fit(train):
    raise ValueError("no " * 7_000_000)
