# logs what is no number, under names that are none
import numpy as np
from arsenal import predict


def fit(train, run):
    for k, v in {
        "loss": float("nan"),
        "a": float("inf"),
        "epoch": 10**30,
        "b": np.float32("nan"),
        "c": True,
        "d": "text\x1b[2J",
        "e": None,
        "f": [1],
        "epochs": -1,
        "g": np.array([1, 2]),
        "valid_loss": -0.0,
    }.items():
        try:
            run.log(**{k: v})
        except Exception as e:
            print("refused", k, type(e).__name__, e)
    for k in ("\x1b[2J", "a b", "\u202e", "x" * 500, "__class__", "public score"):
        try:
            run.log(**{k: 1.0})
        except Exception as e:
            print("refused", ascii(k)[:30], type(e).__name__, str(e)[:80])
    run.log(epoch=1e308, loss=1e308)
    run.log(epoch=-5.5)
    run.log(epoch=0.1, epochs=1e-300)
    return 0
