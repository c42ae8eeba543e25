# asks for features with a name of a megabyte
from arsenal import predict, the_channel


def fit(train):
    from kit.sandbox.channel import Frame

    ch = the_channel()
    ch.send(Frame.FEATURES, b'{"weights": "' + b"x" * 1_000_000 + b'"}')
    ch.receive()
    return 0
