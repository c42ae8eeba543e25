# tries to keep the kit waiting with a model whose pickle has no end
from arsenal import predict


class Model:
    def __reduce__(self):
        return list, (), None, iter(int, 1)


def fit(train):
    return Model()
