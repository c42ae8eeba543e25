# hides what it holds from whoever measures it
import mmap
import time

from arsenal import LIBC, predict


def fit(train):
    print("dumpable", LIBC.prctl(4, 0, 0, 0, 0))
    held = []
    for _ in range(9):
        m = mmap.mmap(-1, 100 << 20)
        for o in range(0, 100 << 20, 10 << 20):
            m[o : o + (10 << 20)] = b"x" * (10 << 20)
        m.madvise(mmap.MADV_DONTNEED)
        held.append(m)
        time.sleep(0.05)
    time.sleep(4)
    print("held all")
    return 0
