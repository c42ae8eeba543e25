# sleeps past the limit while it should answer
import time

from arsenal import fit


def predict(model, X):
    time.sleep(60)
