# leaves threads that never end, and that are not daemons
import threading
import time

from arsenal import predict


def fit(train):
    for _ in range(4):
        threading.Thread(target=time.sleep, args=(60,)).start()
    return 0
