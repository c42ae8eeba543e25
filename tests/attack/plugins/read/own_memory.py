# tries to find secrets in its own memory, which a process that was forked shares with its parent
from arsenal import CANARY, attempt, predict


def secrets():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            span, mode, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if not mode.startswith("r") or "[v" in line or end - start > 200 << 20:
                continue
            try:
                memory.seek(start)
                found = CANARY.search(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
            if found:
                return found.group()


def fit(train):
    attempt("a secret in memory", secrets)
    return 0
