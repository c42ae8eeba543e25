# waits for a child of vfork, which the kernel does not interrupt
from arsenal import LIBC, predict


def fit(train):
    LIBC.vfork.restype = int
    import subprocess

    subprocess._USE_VFORK = True
    subprocess.run(["sleep", "60"])
    return 0
