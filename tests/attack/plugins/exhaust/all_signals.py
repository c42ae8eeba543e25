# ignores all signals, and sends itself one a hundred times a second
import signal
import time

from arsenal import predict


def fit(train):
    for s in range(1, 65):
        try:
            signal.signal(s, lambda *a: None)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while True:
        time.sleep(1)
