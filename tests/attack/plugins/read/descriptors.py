# tries to read and climb through every descriptor that it inherited
import os
import stat

from arsenal import CANARY, FACTS, attempt, predict


def look():
    found = []
    for number in range(256):
        try:
            mode = os.fstat(number).st_mode
            if stat.S_ISREG(mode):
                data = os.pread(number, 1 << 20, 0)
                found += CANARY.findall(data) + [number] * (b"Usage" in data or b"SQLite format" in data)
            elif stat.S_ISDIR(mode):
                os.stat("../" * 12 + FACTS["solution"].lstrip("/"), dir_fd=number)
                found.append(number)
        except OSError:
            continue
    return found


def fit(train):
    attempt("an inherited file", look)
    return 0
