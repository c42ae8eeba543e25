# tries to have code run on the trusted side, by the header of a .npy file
from arsenal import fit, the_channel

from kit.sandbox.channel import Frame


def predict(model, X):
    header = b"{'descr': __import__('os').system('touch /tmp/kit_attack_header') or '<i8', 'fortran_order': False, 'shape': (1,), }\n"
    npy = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8)
    the_channel().send(Frame.ANSWER, b'{"predict_s": 0.0}\n' + npy)
    return [0] * len(X)
