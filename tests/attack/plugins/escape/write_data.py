# tries to change the data that others are given next
from pathlib import Path

from arsenal import FACTS, attempt, predict, the_job


def fit(train):
    for folder in (the_job().train, the_job().valid, f"{FACTS['prepared']}/public/train"):
        attempt("labels", lambda folder=folder: (Path(folder) / "y.npy").open("r+b"))
        attempt("another file", lambda folder=folder: (Path(folder) / "kit_attack.npy").write_bytes(b"x"))
    attempt("solution", lambda: open(FACTS["solution"], "r+b"))
    return 0
