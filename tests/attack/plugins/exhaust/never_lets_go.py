# computes in C and lets no other thread of Python run
from arsenal import predict


def fit(train):
    return (10**7) ** (10**6) and sum(range(10**12))
