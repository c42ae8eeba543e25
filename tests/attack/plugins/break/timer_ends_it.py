# leaves a timer that ends it in the middle of predict
import signal
import time

import numpy as np


def fit(train):
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    return 0


def predict(model, X):
    time.sleep(1)
    return np.zeros(len(X), int)
