# traces a child of its own
import os
import time

from arsenal import attempt, predict, system_call


def fit(train):
    child = os.fork()
    if child == 0:
        time.sleep(3)
        os._exit(0)
    attempt("attach", lambda: system_call(101, 117, 16, child, 0, 0))
    os.kill(child, 9)
    return 0
