# replaces all hooks and streams, and fails
import os
import sys

from arsenal import predict


def fit(train):
    class S:
        def write(self, *a):
            raise SystemExit(0)

        def flush(self):
            raise SystemExit(0)

        def __getattr__(self, n):
            raise MemoryError

    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = S()
    sys.excepthook = sys.unraisablehook = lambda *a: os._exit(0)
    import linecache
    import traceback

    traceback.print_exc = traceback.extract_tb = traceback.walk_tb = linecache.getline = lambda *a, **k: os._exit(0)
    raise ValueError("seen?")
