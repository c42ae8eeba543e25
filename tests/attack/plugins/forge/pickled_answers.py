# tries to have code run on the trusted side, by answers that are a pickle and no array
import os
import pickle

from arsenal import fit, the_channel

from kit.sandbox.channel import Frame


class Run:
    def __reduce__(self):
        return os.system, ("touch /tmp/kit_attack_pickle",)


def predict(model, X):
    the_channel().send(Frame.ANSWER, pickle.dumps(Run()))
    return [0] * len(X)
