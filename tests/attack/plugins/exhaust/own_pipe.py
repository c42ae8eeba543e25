# opens a pipe that nobody writes to
import os

from arsenal import predict


def fit(train):
    os.mkfifo("p")
    open("p").read()
