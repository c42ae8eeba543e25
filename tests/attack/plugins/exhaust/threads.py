# starts 3000 threads
import threading

from arsenal import predict


def fit(train):
    threading.stack_size(64 << 10)
    stop = threading.Event()
    try:
        for _ in range(3000):
            threading.Thread(target=stop.wait, args=(20,), daemon=True).start()
    finally:
        stop.set()
    return 0
