# keeps 5000 threads
import threading
import time

from arsenal import predict


def fit(train):
    threading.stack_size(32768)
    s = threading.Event()
    try:
        for i in range(5000):
            threading.Thread(target=s.wait, args=(4,), daemon=True).start()
    finally:
        print("threads", i)
    time.sleep(2)
    return 0
