# an array in a file that is mapped, and changed through the map
import numpy as np
from arsenal import predict


def fit(train, run):
    written = np.lib.format.open_memmap(run.workdir / "a.npy", "w+", "<f4", (1000, 1000))
    written[:] = 1
    written.flush()
    assert np.load(run.workdir / "a.npy", mmap_mode="r").sum() == 1_000_000
    print("done as usual")
    return 0
