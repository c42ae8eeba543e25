# tries to kill its parent
import os
import signal

from arsenal import predict


def fit(train):
    print("HELD parent: a signal is on its way", flush=True)
    os.kill(os.getppid(), signal.SIGKILL)
    return 0
