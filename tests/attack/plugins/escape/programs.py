# tries to do with other programs what Python is not let do
import subprocess

from arsenal import FACTS, attempt, predict


def output(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
    return done.returncode == 0 and done.stdout[:200]


def fit(train):
    attempt("cat", lambda: output("cat", FACTS["solution"]))
    attempt("shell", lambda: output("sh", "-c", f"head -c 100 < {FACTS['state']}/secret"))
    attempt("bash's own sockets", lambda: output("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{FACTS['tcp']}; head -c 9 <&3"))
    attempt("unshare", lambda: output("unshare", "-Ur", "id", "-u"))
    attempt("mount", lambda: output("unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt"))
    attempt("bwrap", lambda: output("bwrap", "--bind", "/", "/", "true") is not False and output("bwrap", "--version") == b"")
    return 0
