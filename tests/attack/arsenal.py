"""What attacking plugins share; a copy lies beside each of them, with ``facts.json``: they know where everything is.

An attacker has to guess where the solution lies or which port is open. These are told, so that what holds them back is
the wall and not their ignorance. Every attempt prints a line that begins with ``REACHED`` or ``HELD``.
"""

import ctypes
import json
import platform
import re
from pathlib import Path

import numpy as np

FACTS = json.loads((Path(__file__).parent / "facts.json").read_text())
CANARY = re.compile(rb"kit-canary-[0-9a-f]{32}")
LIBC = ctypes.CDLL(None, use_errno=True)


def attempt(what, action):
    """Try it, say what came of it, and return what it gave."""
    why = "nothing there"
    try:
        got = action()
    except BaseException as error:
        got, why = None, f"{type(error).__name__} {error}"
    print(f"REACHED {what}: {got!r:.300}" if got else f"HELD {what}: {why:.300}", flush=True)
    return got


def call(name, *arguments):
    """A function of libc; OSError where it answers -1."""
    result = getattr(LIBC, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result or name


def system_call(x86_64, aarch64, *arguments):
    """A system call by its number. What is refused as EPERM, EACCES or ENOSYS raises; everything else went through."""
    number = {"x86_64": x86_64, "aarch64": aarch64}[platform.machine()]
    result = LIBC.syscall(number, *arguments)
    if result == -1 and ctypes.get_errno() in (1, 13, 38):
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return f"{result}, errno {ctypes.get_errno()}"


def read(path):
    """The first bytes of a file."""
    with open(path, "rb") as file:
        return file.read(1 << 16)


def other_processes(*words):
    """Ids of processes in whose command line one of the words stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if any(word in line for word in words):
            found.append(int(folder.name))
    return found


def the_job():
    """The job as the worker has it: where the data lie."""
    import gc

    from kit.job import Job

    return next(thing for thing in gc.get_objects() if isinstance(thing, Job))


def the_channel():
    """The worker's end of the conversation."""
    import gc

    from kit.sandbox.channel import Channel

    return next(thing for thing in gc.get_objects() if isinstance(thing, Channel))


def fit(train):
    return 0


def predict(model, X):
    return np.zeros(len(X), int)
