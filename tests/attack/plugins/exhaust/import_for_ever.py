# never ends being imported
from arsenal import predict

while True:
    pass


def fit(train):
    return 0
