# tries to make and to open devices
import glob
import os
import stat

from arsenal import attempt, predict

HARMLESS = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "stdin", "stdout", "stderr", "fd", "pts", "shm"}


def opened():
    found = []
    for path in glob.glob("/dev/*"):
        if os.path.basename(path) not in HARMLESS and not os.path.isdir(path):
            try:
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
                found.append(path)
            except OSError:
                continue
    return found


def fit(train):
    attempt("memory", lambda: os.mknod("mem", stat.S_IFCHR | 0o666, os.makedev(1, 1)) or "made")
    attempt("disk", lambda: os.mknod("sda", stat.S_IFBLK | 0o666, os.makedev(8, 0)) or "made")
    attempt("devices", opened)
    return 0
