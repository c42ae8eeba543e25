# holds 900 MiB in memory that it shares, and has no page of it mapped
import mmap
import time

from arsenal import predict


def fit(train):
    held = []
    for _ in range(9):
        m = mmap.mmap(-1, 100 << 20)
        for o in range(0, 100 << 20, 10 << 20):
            m[o : o + (10 << 20)] = b"x" * (10 << 20)
        m.madvise(mmap.MADV_DONTNEED)
        held.append(m)
        time.sleep(0.05)
    time.sleep(5)
    print("held all", held[0][:1], held[8][-1:])
    return 0
