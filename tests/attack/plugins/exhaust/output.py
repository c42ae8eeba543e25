# prints 40 MB
from arsenal import predict


def fit(train):
    for _ in range(40):
        print("x" * 999_999)
    print("the end")
    return 0
