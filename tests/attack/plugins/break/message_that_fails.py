# fails with an error that fails when it is printed
from arsenal import predict


class Nasty(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


def fit(train):
    raise Nasty
