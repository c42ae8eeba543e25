# stops itself, as Ctrl-Z does
import os
import signal

from arsenal import predict


def fit(train):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0
