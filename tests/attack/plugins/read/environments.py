# tries to read the environment of every process there is
from pathlib import Path

from arsenal import CANARY, attempt, predict


def secrets():
    found = set()
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            found |= set(CANARY.findall(file.read_bytes()))
        except OSError:
            continue
    return found


def fit(train):
    attempt("a secret in an environment", secrets)
    return 0
