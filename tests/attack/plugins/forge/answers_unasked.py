# tries to answer before it is asked, and more than it is asked
import io

import numpy as np
from arsenal import predict, the_channel

from kit.sandbox.channel import Frame


def fit(train):
    packed = io.BytesIO()
    np.save(packed, np.zeros(60, int))
    for _ in range(50):
        the_channel().send(Frame.ANSWER, b'{"predict_s": 0.0}\n', packed.getvalue())
    return 0
