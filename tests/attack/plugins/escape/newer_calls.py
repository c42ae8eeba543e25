# tries system calls that are rarely thought of
import ctypes
import platform

from arsenal import attempt, predict, system_call


def fit(train):
    room = ctypes.create_string_buffer(4096)
    attempt("memfd_secret", lambda: system_call(447, 447, 0))
    attempt("open_tree", lambda: system_call(428, 428, -100, b"/", 0))
    attempt("fsopen", lambda: system_call(430, 430, b"tmpfs", 0))
    attempt("move_mount", lambda: system_call(429, 429, -100, b"", -100, b"/", 0))
    attempt("mount_setattr", lambda: system_call(442, 442, -100, b"/", 0, room, 32))
    attempt("process_madvise", lambda: system_call(440, 440, -1, room, 1, 4, 0))
    attempt("ptrace", lambda: system_call(101, 117, 16, 1, 0, 0))
    attempt("process_vm_readv", lambda: system_call(310, 270, 1, room, 1, room, 1, 0))
    attempt("lookup_dcookie", lambda: system_call(212, 18, 0, room, 100))
    attempt("modify_ldt", lambda: platform.machine() == "x86_64" and system_call(154, 0, 0, room, 16))
    attempt("kexec", lambda: system_call(246, 104, 0, 0, 0, 0))
    attempt("syslog", lambda: system_call(103, 116, 3, room, 4096))
    attempt("quotactl", lambda: system_call(179, 60, 0, 0, 0, 0))
    attempt("swapon", lambda: system_call(167, 224, b"/scratch/x", 0))
    attempt("acct", lambda: system_call(163, 89, 0))
    attempt("reboot", lambda: system_call(169, 142, 0, 0, 0, 0))
    attempt("vhangup", lambda: system_call(153, 58))
    attempt("32 bit", lambda: system_call(0x40000000 + 101, 117, 0, 0))
    return 0
