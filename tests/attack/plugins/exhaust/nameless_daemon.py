# leaves a daemon of another program, with an empty environment
import os

from arsenal import predict


def fit(train):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 256)
            os.execve("/bin/sleep", ["kit_attack_daemon", "60"], {})
        os._exit(0)
    return 0
