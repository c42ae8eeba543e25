# tries to change what is mounted
import os

from arsenal import attempt, call, predict


def fit(train):
    here = os.getcwd().encode()
    attempt("tmpfs", lambda: call("mount", b"none", here, b"tmpfs", 0, None))
    attempt("bind", lambda: call("mount", b"/", here, None, 4096, None))
    attempt("writable", lambda: call("mount", None, b"/", None, 32, None))
    attempt("proc", lambda: call("mount", b"proc", here, b"proc", 0, None))
    for path in (b"/proc", b"/in/plugin", b"/in/data", b"/dev/shm"):
        attempt(f"unmount {path}", lambda path=path: call("umount2", path, 2))
    return 0
