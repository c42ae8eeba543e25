# raises what Python itself raises only
from arsenal import predict


def fit(train):
    raise GeneratorExit("over")
