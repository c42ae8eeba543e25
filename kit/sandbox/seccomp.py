"""The filter of system calls that a run's processes are under, as a program for the kernel's classic BPF machine.

It is a list of what is denied, not of what is allowed: torch, BLAS and Python use several hundred calls, and other ones
with every version. Denied is what an honest plugin has no use for and what looks into, or changes, anything that is not
its own. A denied call answers EPERM, so that a program can say what failed; it is not killed.

Every run of the program begins with `struct seccomp_data` (linux/seccomp.h): the call's number, the architecture, the
address of the caller and six arguments of 64 bits.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterator

from kit.sandbox import kernel

DENIED = (
    # The memory, the descriptors and the system calls of others.
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"),
    # Keyrings: the kernel keeps them for a user, across runs.
    *("add_key", "request_key", "keyctl"),
    # Large parts of the kernel that were the way out of sandboxes before, and that no model needs.
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    # What can be seen of the file systems.
    *("mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree"),
    *("open_tree_attr", "move_mount", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "fanotify_init"),
    *("lookup_dcookie", "quotactl", "quotactl_fd", "swapon", "swapoff", "acct"),
    # Namespaces; `clone` and `clone3` are looked at below.
    *("setns", "unshare"),
    # The machine itself.
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "syslog"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname"),
    *("ioperm", "iopl", "personality", "modify_ldt"),
)
# Memory that is no process's, so that nobody can see from outside how much of it a run holds. Answered as by a kernel
# without it: who has another way takes it. Memory to share is in /dev/shm, where it is counted.
ABSENT = ("shmget", "msgget", "semget", "mq_open", "memfd_secret")
# linux/sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. Not NEWTIME: `clone` reads that bit as
# a part of a signal's number.
_NEW_NAMESPACE = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
# linux/socket.h: AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (which says what addresses there are). All others are denied
# always, AF_VSOCK and AF_ALG among them: a network namespace does not hold them.
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
# asm-generic/socket.h: SOL_SOCKET; SO_SNDBUF, SO_RCVBUF, and the same by force. What waits in a socket is the kernel's
# memory: its size stays what it is by default, and who asks for more is told that he has it, as the kernel itself does.
_SOCKET, _BUFFERS = 1, (7, 8, 32, 33)
# linux/prctl.h: PR_SET_DUMPABLE hides from us what a process holds.
_SET_DUMPABLE = 4
# asm-generic/ioctls.h: TIOCSTI and TIOCLINUX type into a terminal.
_TYPING = (0x5412, 0x541C)
# linux/audit.h: AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64.
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# asm/unistd.h: __X32_SYSCALL_BIT. Calls of that interface have numbers of their own, which are not listed.
_X32 = 0x40000000
# linux/seccomp.h: SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO.
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
# linux/seccomp.h: offsets in struct seccomp_data. Both architectures are little-endian: the low half comes first, and
# the kernel itself reads no more of these arguments than that.
_NR, _ARCH, _ARGS = 0, 4, 16
# linux/bpf_common.h, linux/filter.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_K|{BPF_JEQ, BPF_JGE, BPF_JSET}, BPF_RET|BPF_K.
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# linux/seccomp.h: SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC (every thread of the process).
_SET_FILTER, _ALL_THREADS = 1, 1


def install(*, network: bool) -> bool:
    """Put every thread of this process, and all its children, under the filter. Needs ``no_new_privs``.

    Returns
    -------
    bool
        False on an architecture whose numbers are not known here, or where the kernel has no filters.
    """
    if not kernel.architecture():
        return False
    code = program(network=network)
    instructions = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: a count of 16 bits, then a pointer on its own boundary.
    header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(instructions))
    try:
        kernel.call("seccomp", _SET_FILTER, _ALL_THREADS, header)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EINVAL):
            return False
        raise
    return True


def program(*, network: bool) -> bytes:
    """The filter of this architecture: instructions of 8 bytes.

    Parameters
    ----------
    network
        Whether sockets of the internet families may be made: where a network namespace leaves nobody to reach.
    """
    return b"".join(_instructions(_UNIX, *((_INET, _INET6, _NETLINK) if network else ())))


def _instructions(*families: int) -> Iterator[bytes]:
    yield _do(_LOAD, _ARCH)
    yield from _unless(_IF_EQUAL, _AUDIT[kernel.architecture()], _deny(errno.EPERM))
    yield _do(_LOAD, _NR)
    yield from _when(_IF_AT_LEAST, _X32, _deny(errno.EPERM))
    for name in DENIED:
        if (number := kernel.number(name)) is not None:
            yield from _when(_IF_EQUAL, number, _deny(errno.EPERM))
    # The flags of clone3 lie in memory, where a filter can't look. As if it did not exist: libc takes `clone` then.
    for name in ("clone3", *ABSENT):
        if (number := kernel.number(name)) is not None:
            yield from _when(_IF_EQUAL, number, _deny(errno.ENOSYS))
    yield from _when(
        _IF_EQUAL,
        _number("clone"),
        _do(_LOAD, _ARGS),
        *_when(_IF_ANY_BIT, _NEW_NAMESPACE, _deny(errno.EPERM)),
        _allow(),
    )
    allowed = (part for family in families for part in _when(_IF_EQUAL, family, _allow()))
    yield from _when(_IF_EQUAL, _number("socket"), _do(_LOAD, _ARGS), *allowed, _deny(errno.EPERM))
    kept = (part for option in _BUFFERS for part in _when(_IF_EQUAL, option, _deny(0)))
    yield from _when(
        _IF_EQUAL,
        _number("setsockopt"),
        _do(_LOAD, _ARGS + 8),
        *_unless(_IF_EQUAL, _SOCKET, _allow()),
        _do(_LOAD, _ARGS + 16),
        *kept,
        _allow(),
    )
    hiding = _when(_IF_EQUAL, _SET_DUMPABLE, _deny(errno.EPERM))
    yield from _when(_IF_EQUAL, _number("prctl"), _do(_LOAD, _ARGS), *hiding, _allow())
    denied = (part for request in _TYPING for part in _when(_IF_EQUAL, request, _deny(errno.EPERM)))
    yield from _when(_IF_EQUAL, _number("ioctl"), _do(_LOAD, _ARGS + 8), *denied)
    yield _allow()


def _number(name: str) -> int:
    number = kernel.number(name)
    assert number is not None  # every architecture has these
    return number


def _do(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction (struct sock_filter); jumps are counted in instructions to leave out."""
    return struct.pack("=HBBI", code, then, otherwise, value)


def _when(test: int, value: int, *then: bytes) -> Iterator[bytes]:
    yield _do(test, value, 0, len(then))
    yield from then


def _unless(test: int, value: int, *then: bytes) -> Iterator[bytes]:
    yield _do(test, value, len(then), 0)
    yield from then


def _allow() -> bytes:
    return _do(_RETURN, _ALLOW)


def _deny(error: int) -> bytes:
    return _do(_RETURN, _ERRNO | error)
