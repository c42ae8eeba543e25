# has faulthandler print for ever, and crashes
import ctypes
import faulthandler

from arsenal import predict


def fit(train):
    faulthandler.enable()
    faulthandler.dump_traceback_later(0.001, repeat=True)
    ctypes.string_at(0)
