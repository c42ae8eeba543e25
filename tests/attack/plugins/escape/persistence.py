# leaves files wherever it can, and looks for those of an earlier run
import os
import sys
import tempfile
from pathlib import Path

from arsenal import FACTS, attempt, predict

PLACES = [
    Path.home(), Path.home() / ".config", Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"), Path("/"),
    Path(f"/run/user/{os.getuid()}"), Path.cwd(), Path.cwd().parent, Path(tempfile.gettempdir()), Path("/dev/mqueue"),
    Path(FACTS["home"]), Path(FACTS["home"]) / ".config", Path(FACTS["scratch"]), Path(__file__).parent,
    Path(sys.prefix), Path("/var/spool/cron"), Path("/etc"), Path("/in"), Path("/out"), Path("/scratch"),
]  # fmt: skip


def found():
    return [str(place / "kit_attack_left") for place in PLACES if (place / "kit_attack_left").exists()]


def fit(train):
    attempt("what an earlier run left", found)
    for place in PLACES:
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / "kit_attack_left").write_text("from an earlier run")
        except OSError:
            continue
    return 0
