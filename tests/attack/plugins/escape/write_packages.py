# tries to leave code in the interpreter, in its packages and in the kit
import sys
import tempfile
from pathlib import Path

import numpy
from arsenal import FACTS, attempt, predict

import kit


def added(folder):
    file = Path(folder) / "kit_attack.pth"
    file.write_text("import this")
    return str(file)


def fit(train):
    attempt("numpy", lambda: open(numpy.__file__, "r+b"))
    attempt("kit", lambda: open(kit.__file__, "r+b"))
    attempt("worker", lambda: open(Path(kit.__file__).parent / "worker" / "session.py", "r+b"))
    for folder in {*sys.path, sys.prefix, FACTS["site_packages"], f"{FACTS['checkout']}/kit"}:
        if not Path(folder or ".").resolve().is_relative_to(tempfile.gettempdir()):  # its own, and removed
            attempt(f"a file in {folder}", lambda folder=folder: added(folder))
    return 0
