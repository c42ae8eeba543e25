# leaves children that are stopped and ignore signals
import os
import signal
import time

from arsenal import predict


def fit(train):
    for _ in range(10):
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.setsid()
            time.sleep(60)
        os.kill(pid, signal.SIGSTOP)
    return 0
