# answers of 16 bits, a model of arrays mapped from scratch, and a home of its own
import os
import tempfile
from pathlib import Path

import numpy as np


def fit(train, run):
    home = Path.home()
    assert home == Path(os.path.expanduser("~")) and os.access(home, os.W_OK)
    (home / ".cache" / "models").mkdir(parents=True)
    mapped = np.memmap(run.workdir / "weights.bin", np.float32, "w+", shape=(1 << 20,))
    mapped[:] = 1
    mapped.flush()
    with (
        tempfile.SpooledTemporaryFile(10) as spooled,
        tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as named,
    ):
        spooled.write(bytes(1000))
        named.write("x")
    assert tempfile.mkdtemp() != tempfile.mkdtemp() and tempfile.gettempdir()
    print("done as usual")
    return mapped


def predict(model, X):
    scores = np.zeros((len(X), 4), np.float16)
    scores[:, 0] = model[0]
    return scores
