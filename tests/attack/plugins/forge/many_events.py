# tries to fill the host's memory with lines of run.log, and with numbers that are none
import json

from arsenal import predict, the_channel

from kit.sandbox.channel import Frame


def fit(train, run):
    for i in range(25_000):
        run.log(epoch=i, loss=float("nan"))
    for payload in (b"[" * 100_000, b'{"a": 1e999}', b'{"__class__": 1}', b"\xff\xfe", b'{"loss": ' + b"9" * 5000 + b"}"):
        the_channel().send(Frame.EVENT, payload)
    the_channel().send(Frame.EVENT, json.dumps({f"n{i}": i for i in range(100_000)}).encode()[: 1 << 19])
    return 0
