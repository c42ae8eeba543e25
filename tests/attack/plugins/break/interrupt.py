# raises what Ctrl-C raises
from arsenal import predict


def fit(train):
    raise KeyboardInterrupt
