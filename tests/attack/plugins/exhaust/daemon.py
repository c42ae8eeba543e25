# leaves a daemon: two forks and a session of its own
import os
import time

from arsenal import predict


def fit(train):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.chdir("/")
            os.closerange(0, 256)
            time.sleep(60)
        os._exit(0)
    return 0
