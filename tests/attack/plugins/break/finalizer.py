# has a model whose end never ends
import time

from arsenal import predict


class Model:
    def __del__(self):
        time.sleep(60)


def fit(train):
    return Model()
