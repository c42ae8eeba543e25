# wants to go on for ever when the program ends
import atexit
import threading
import time

from arsenal import predict


def fit(train):
    atexit.register(time.sleep, 60)
    threading._register_atexit(time.sleep, 60)
    return 0
