# tries to read the checkout around the kit: its history, its competitions, its tests
import os
import sys

from arsenal import FACTS, attempt, predict, read


def fit(train):
    attempt("history", lambda: read(f"{FACTS['checkout']}/.git/HEAD"))
    attempt("project", lambda: read(f"{FACTS['checkout']}/pyproject.toml"))
    attempt("competitions", lambda: os.listdir(f"{FACTS['checkout']}/competitions"))
    attempt("on the path", lambda: [p for p in sys.path if os.path.isdir(os.path.join(p or ".", "competitions"))])
    return 0
