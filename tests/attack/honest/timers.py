# a time limit of its own by an alarm, a change of priority, and signals to itself
import os
import signal
import time

from arsenal import predict


class Late(Exception):
    pass


def ring(number, frame):
    raise Late


def fit(train):
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        time.sleep(5)
    except Late:
        heard = []
        signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
        os.kill(os.getpid(), signal.SIGUSR1)
        os.nice(1)
        assert heard
        print("done as usual")
    return 0
