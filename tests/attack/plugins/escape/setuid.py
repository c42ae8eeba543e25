# tries to become somebody else
import os
import shutil
import subprocess
from pathlib import Path

from arsenal import attempt, predict


def capabilities():
    lines = Path("/proc/self/status").read_text().splitlines()
    return [line for line in lines if line.startswith(("CapInh", "CapPrm", "CapEff", "CapAmb")) and int(line[8:], 16)]


def become(number):
    os.setresuid(number, number, number)
    return os.getresuid()


def through(program):
    done = subprocess.run([program, "-c", "id -u"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
    return done.returncode == 0 and done.stdout


def marked():
    shutil.copy("/bin/sh", "sh")
    os.chmod("sh", 0o4755)
    return subprocess.run(["./sh", "-p", "-c", "id -u"], capture_output=True).stdout not in (b"", b"%d\n" % os.getuid())


def fit(train):
    attempt("root already", lambda: os.geteuid() == 0)
    attempt("capabilities", capabilities)
    attempt("user 0", lambda: become(0))
    attempt("user 1000", lambda: become(1000))
    attempt("groups", lambda: os.setgroups([0]) or "set")
    attempt("su", lambda: through("su"))
    attempt("a file of its own", marked)
    return 0
