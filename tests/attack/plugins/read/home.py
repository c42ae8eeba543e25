# tries to read the host's home, keys and accounts
import os
from pathlib import Path

from arsenal import FACTS, attempt, predict, read


def real_accounts():
    return [line for line in read("/etc/passwd").decode().splitlines() if "/root" in line or "/home/" in line]


def fit(train):
    attempt("home", lambda: os.listdir(FACTS["home"]))
    attempt("token", lambda: read(f"{FACTS['home']}/.token"))
    attempt("key", lambda: read(f"{FACTS['home']}/.ssh/id_ed25519"))
    attempt("accounts", real_accounts)
    attempt("shadow", lambda: read("/etc/shadow"))
    attempt("root's home", lambda: os.listdir("/root"))
    attempt("homes", lambda: os.listdir("/home"))
    attempt("the host's name of the machine", lambda: os.uname().nodename == FACTS["node"])
    attempt("own home is the host's", lambda: Path.home() == Path(FACTS["home"]))
    return 0
