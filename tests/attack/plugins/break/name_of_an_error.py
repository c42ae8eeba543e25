# fails with an exception whose name is a message of the terminal
from arsenal import predict


def fit(train):
    raise type("E\x1b[31mvil\nE999  all is well\n\u202e", (Exception,), {})("x\nE000  forged")
