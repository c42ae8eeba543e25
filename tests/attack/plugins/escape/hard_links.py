# tries to keep a second name of the host's files
import os

from arsenal import FACTS, attempt, predict


def linked(path):
    os.link(path, "kit_attack_link")
    return "linked"


def fit(train):
    attempt("solution", lambda: linked(FACTS["solution"]))
    attempt("store", lambda: linked(f"{FACTS['state']}/board.sqlite"))
    attempt("own source", lambda: linked(__file__))
    return 0
