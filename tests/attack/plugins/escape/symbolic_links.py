# tries to have others follow its links, and to follow links itself
import os
from pathlib import Path

from arsenal import FACTS, attempt, predict, read


def fit(train):
    for name in ("answers.npy", "outcome.json", "log.txt", "link"):
        os.symlink(FACTS["solution"], name)
    os.symlink("/", "root")
    os.symlink("..", "up")
    attempt("through a link", lambda: read("link"))
    attempt("through root", lambda: read("root" + FACTS["solution"]))
    attempt("upwards", lambda: list(Path("up/up/up").glob("*/serve.json")))
    return 0
