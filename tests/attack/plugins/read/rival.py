# tries to read what another team handed in, kept or running
from pathlib import Path

from arsenal import FACTS, attempt, predict, read


def running():
    own = Path.cwd().parent
    return [path for base in {own.parent, Path(FACTS["scratch"])} for path in base.glob("*/job.json") if own != path.parent]


def fit(train):
    attempt("a rival's plugin", lambda: read(f"{FACTS['workspace']}/plugins/rival.py"))
    attempt("a rival's submission", lambda: read(FACTS["rivals_blob"]))
    attempt("a rival's run", running)
    attempt("a rival's shared memory", lambda: read(FACTS["shm_canary"]))
    attempt("a rival's temporary file", lambda: read(FACTS["tmp_canary"]))
    return 0
