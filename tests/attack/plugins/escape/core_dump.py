# asks for a core dump
import os
import resource

from arsenal import attempt, predict


def fit(train):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
    except ValueError as e:
        print("HELD limit", e)
    child = os.fork()
    if child == 0:
        os.abort()
    _, status = os.waitpid(child, 0)
    attempt("core", lambda: os.WCOREDUMP(status))
    return 0
