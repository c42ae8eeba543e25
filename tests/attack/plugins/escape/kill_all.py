# tries to kill every process that it may
import os
import signal

from arsenal import FACTS, attempt, predict


def fit(train):
    alone = attempt("the host's processes", lambda: os.readlink("/proc/self/ns/pid") == FACTS["pid_namespace"])
    if not alone:  # on the host itself, this would end what has nothing to do with the test
        os.kill(-1, signal.SIGKILL)
    return 0
