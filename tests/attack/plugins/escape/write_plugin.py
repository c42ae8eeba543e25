# tries to change its own source, which is the submission
import os
from pathlib import Path

from arsenal import attempt, predict


def fit(train):
    source = Path(__file__)
    attempt("write", lambda: source.open("r+b"))
    attempt("add", lambda: source.with_name("kit_attack.py").write_text("x = 1"))
    attempt("remove", lambda: source.unlink() or "removed")
    attempt("rename", lambda: source.rename(source.with_name("kit_attack_2.py")))
    attempt("mode", lambda: os.chmod(source, 0o777) or "changed")
    attempt("times", lambda: os.utime(source, (0, 0)) or "changed")
    return 0
