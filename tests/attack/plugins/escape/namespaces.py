# tries to get new namespaces, in which it would be root
import ctypes
import os

from arsenal import attempt, call, predict, system_call


def fit(train):
    for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("net", 0x40000000), ("pid", 0x20000000)):
        attempt(f"unshare {name}", lambda flag=flag: call("unshare", flag))
    attempt("clone", lambda: int(system_call(56, 220, 0x10000011, 0, 0, 0, 0).split(",")[0]) and "cloned")
    attempt("clone3", lambda: system_call(435, 435, ctypes.create_string_buffer(88), 88))
    attempt("setns", lambda: call("setns", os.open("/proc/1/ns/net", os.O_RDONLY), 0))
    attempt("chroot", lambda: call("chroot", b"."))
    return 0
