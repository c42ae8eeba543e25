# imports itself, half made
from arsenal import predict

from plugin import fit as again


def fit(train):
    return again(train)
