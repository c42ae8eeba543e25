# closes its standard streams
import sys

from arsenal import predict


def fit(train):
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()
    return 0
