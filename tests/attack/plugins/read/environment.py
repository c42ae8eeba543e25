# tries to learn from its own environment where the host's files are
import ctypes
import os
from pathlib import Path

from arsenal import CANARY, FACTS, LIBC, attempt, predict


def told(text):
    places = [FACTS["home"], FACTS["state"], FACTS["checkout"] + "/competitions"]
    return CANARY.findall(text.encode()) + [place for place in places if place in text]


def raw():
    pointer = ctypes.POINTER(ctypes.c_char_p).in_dll(LIBC, "environ")
    entries, i = [], 0
    while pointer and pointer[i]:
        entries.append(pointer[i].decode(errors="replace"))
        i += 1
    return " ".join(entries)


def fit(train):
    attempt("os.environ", lambda: told(repr(dict(os.environ))))
    attempt("environ of libc", lambda: told(raw()))
    attempt("what exec was given", lambda: told(Path("/proc/self/environ").read_text()))
    return 0
