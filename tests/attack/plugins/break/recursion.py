# calls itself for ever
from arsenal import predict


def fit(train):
    return fit(train)
