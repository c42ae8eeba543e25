# takes the permissions of its own folders away, so that they can't be removed
import os
from pathlib import Path

from arsenal import predict


def fit(train):
    Path("a/b/c").mkdir(parents=True)
    Path("a/b/c/file").write_text("x")
    for name in ("a/b/c", "a/b", "a", "."):
        os.chmod(name, 0)
    return 0
