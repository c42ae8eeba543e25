"""System calls by number, for those that Python and the C library have no function for. Linux only."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import NamedTuple

assert sys.platform == "linux"  # for type checkers: imported nowhere else


class Numbers(NamedTuple):
    """A system call's number on each architecture that is known here; None where it has no such call."""

    x86_64: int | None
    aarch64: int | None


# Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (which aarch64 uses). Calls since
# Linux 5.1 have one number everywhere.
CALLS = {
    "acct": Numbers(163, 89),
    "add_key": Numbers(248, 217),
    "adjtimex": Numbers(159, 171),
    "bpf": Numbers(321, 280),
    "capset": Numbers(126, 91),
    "chroot": Numbers(161, 51),
    "clock_adjtime": Numbers(305, 266),
    "clock_settime": Numbers(227, 112),
    "clone": Numbers(56, 220),
    "clone3": Numbers(435, 435),
    "delete_module": Numbers(176, 106),
    "fanotify_init": Numbers(300, 262),
    "finit_module": Numbers(313, 273),
    "fsconfig": Numbers(431, 431),
    "fsmount": Numbers(432, 432),
    "fsopen": Numbers(430, 430),
    "fspick": Numbers(433, 433),
    "init_module": Numbers(175, 105),
    "io_uring_enter": Numbers(426, 426),
    "io_uring_register": Numbers(427, 427),
    "io_uring_setup": Numbers(425, 425),
    "ioctl": Numbers(16, 29),
    "ioperm": Numbers(173, None),
    "iopl": Numbers(172, None),
    "kcmp": Numbers(312, 272),
    "kexec_file_load": Numbers(320, 294),
    "kexec_load": Numbers(246, 104),
    "keyctl": Numbers(250, 219),
    "landlock_add_rule": Numbers(445, 445),
    "landlock_create_ruleset": Numbers(444, 444),
    "landlock_restrict_self": Numbers(446, 446),
    "lookup_dcookie": Numbers(212, 18),
    "memfd_create": Numbers(319, 279),
    "memfd_secret": Numbers(447, 447),
    "modify_ldt": Numbers(154, None),
    "mount": Numbers(165, 40),
    "mount_setattr": Numbers(442, 442),
    "move_mount": Numbers(429, 429),
    "mq_open": Numbers(240, 180),
    "msgget": Numbers(68, 186),
    "name_to_handle_at": Numbers(303, 264),
    "open_by_handle_at": Numbers(304, 265),
    "open_tree": Numbers(428, 428),
    "open_tree_attr": Numbers(467, 467),
    "perf_event_open": Numbers(298, 241),
    "personality": Numbers(135, 92),
    "pidfd_getfd": Numbers(438, 438),
    "pivot_root": Numbers(155, 41),
    "prctl": Numbers(157, 167),
    "process_madvise": Numbers(440, 440),
    "process_vm_readv": Numbers(310, 270),
    "process_vm_writev": Numbers(311, 271),
    "ptrace": Numbers(101, 117),
    "quotactl": Numbers(179, 60),
    "quotactl_fd": Numbers(443, 443),
    "reboot": Numbers(169, 142),
    "request_key": Numbers(249, 218),
    "seccomp": Numbers(317, 277),
    "semget": Numbers(64, 190),
    "setdomainname": Numbers(171, 162),
    "sethostname": Numbers(170, 161),
    "setns": Numbers(308, 268),
    "setsockopt": Numbers(54, 208),
    "settimeofday": Numbers(164, 170),
    "shmget": Numbers(29, 194),
    "socket": Numbers(41, 198),
    "swapoff": Numbers(168, 225),
    "swapon": Numbers(167, 224),
    "syslog": Numbers(103, 116),
    "umount2": Numbers(166, 39),
    "unshare": Numbers(272, 97),
    "userfaultfd": Numbers(323, 282),
}
_C = ctypes.CDLL(None, use_errno=True)


def architecture() -> str:
    """The machine's, where its numbers are known here; else "". A 32-bit interpreter's calls have other numbers."""
    machine = platform.machine()
    return machine if machine in Numbers._fields and sys.maxsize > 2**32 else ""


def number(name: str) -> int | None:
    """Number of a system call here."""
    value: int | None = getattr(CALLS[name], architecture(), None)
    return value


def call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """What a system call returns.

    Parameters
    ----------
    name
        One of `CALLS`.
    arguments
        Integers, or bytes and buffers, which are passed by address.

    Raises
    ------
    OSError
        As the kernel refused; ENOSYS on an architecture that is not known here.
    """
    which = number(name)
    if which is None:
        raise OSError(38, "system calls of this architecture are not known", name)
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_C.syscall(ctypes.c_long(which), *plain), name)


def prctl(option: int, *arguments: int) -> int:
    """What ``prctl`` returns; its unused arguments are 0.

    Raises
    ------
    OSError
        As the kernel refused.
    """
    padded = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_C.prctl(ctypes.c_int(option), *padded), "prctl")


def _checked(result: int, name: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), name)
    return result
