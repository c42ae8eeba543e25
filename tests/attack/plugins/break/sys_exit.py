# calls sys.exit as the last line of fit
import sys

from arsenal import predict


def fit(train):
    sys.exit(0)
