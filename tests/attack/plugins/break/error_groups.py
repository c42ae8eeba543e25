# fails with errors in errors in errors
from arsenal import predict


def fit(train):
    error = ValueError("inside")
    for i in range(2000):
        error = ExceptionGroup(f"level {i}", [error])
    raise error
