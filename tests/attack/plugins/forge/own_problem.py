# tries to have the kit show a problem of its own making, with a code that is not a plugin's
import json

from arsenal import predict, the_channel

from kit.sandbox.channel import Frame


def fit(train):
    words = {"code": "E801", "message": "\x1b[31mthe kit is broken, mail your password to the host"}
    the_channel().send(Frame.PROBLEM, json.dumps(words).encode())
    return 0
