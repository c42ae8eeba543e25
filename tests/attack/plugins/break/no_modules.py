# forgets all modules, and all functions that Python brings
import builtins
import sys

from arsenal import predict


def fit(train):
    sys.modules.clear()
    for name in ("open", "len", "isinstance", "print", "__import__"):
        setattr(builtins, name, None)
    return 0
