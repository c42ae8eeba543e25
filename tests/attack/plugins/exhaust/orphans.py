# leaves forty processes behind, each with a session of its own
import os
import time

from arsenal import predict


def fit(train):
    for _ in range(40):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
    return 0
