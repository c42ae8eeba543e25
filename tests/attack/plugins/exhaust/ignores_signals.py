# ignores every signal that can be ignored
import signal
import time
from contextlib import suppress

from arsenal import predict


def fit(train):
    for number in range(1, 65):
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    time.sleep(60)
    return 0
