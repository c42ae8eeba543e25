# opens 5000 files
from arsenal import predict


def fit(train):
    return [open(__file__) for _ in range(5000)] and 0
