# tries to say that it has fitted, again and again
from arsenal import predict, the_channel

from kit.sandbox.channel import Frame


def fit(train):
    for _ in range(5):
        the_channel().send(Frame.FITTED, b'{"fit_s": 0.0}')
    return 0
