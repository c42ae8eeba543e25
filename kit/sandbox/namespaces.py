"""Namespaces of a process's own: it leaves the users, processes, files, network and names of the machine behind.

Needs no privilege where the system lets its users have user namespaces. The order is the kernel's: users first, because
they give the right to all others; processes, which only children are in; then, in the first of these children, files
and the rest. Linux only.
"""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kit.sandbox import kernel
from kit.sandbox.view import DEVICES, Mount

INSIDE_ID = 65534
# linux/sched.h
_NEW_FILES, _NEW_CGROUPS, _NEW_NAMES, _NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEW_USERS, _NEW_PROCESSES, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
# linux/mount.h: MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE
_NOSUID, _NODEV, _NOEXEC, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
# linux/mount.h: MOUNT_ATTR_RDONLY, NOSUID, NODEV, NOEXEC; linux/fcntl.h: AT_FDCWD, AT_RECURSIVE; MNT_DETACH
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV, _ATTR_NOEXEC = 1, 2, 4, 8
_AT_FDCWD, _AT_RECURSIVE, _MNT_DETACH = -100, 0x8000, 2
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1  # linux/sockios.h, linux/if.h
_RESERVED_PIDS = 300  # kernel/pid.c: numbers that are not given out a second time
_ROOM = 1 << 20  # for the folders and made-up files of the root
_BYTES_PER_FILE = 4096
_INODES = 1024


def leave_users_and_processes() -> None:
    """Become the only user of a namespace; children made from now on are processes of another one.

    The process itself goes on in the old process namespace, and has all capabilities in the new user namespace.
    """
    user, group = os.geteuid(), os.getegid()
    kernel.call("unshare", _NEW_USERS | _NEW_PROCESSES)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{INSIDE_ID} {user} 1")
    _write("/proc/self/gid_map", f"{INSIDE_ID} {group} 1")


def die_with_parent() -> None:
    """Be killed when the parent ends. One that has ended already is not noticed."""
    kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_the_rest() -> None:
    """Have files, network, names and shared memory of one's own. Only this machine's loopback is up."""
    kernel.call("unshare", _NEW_FILES | _NEW_NETWORK | _NEW_IPC | _NEW_NAMES | _NEW_CGROUPS)
    kernel.call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
    socket.sethostname("sandbox")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)  # struct ifreq
        flags = struct.unpack_from("H", fcntl.ioctl(control, _SIOCGIFFLAGS, request + bytes(8)), 16)[0]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | _IFF_UP))


def change_root(mounts: Iterable[Mount], place: Path, *, max_tasks: int) -> None:
    """See nothing but `mounts` from now on.

    Parameters
    ----------
    mounts
        In the order in which they are made.
    place
        An empty folder, where the new root is put together.
    max_tasks
        About so many processes and threads may there be at once, where the kernel can count them in a namespace.
    """
    _tmpfs(str(place), _ROOM)
    os.chdir(place)
    read_only = [str(place)]
    for mount in mounts:
        target = str(place) + mount.target
        _make(mount, target)
        if mount.kind in ("empty", "dev"):
            read_only.append(target)
        if mount.kind == "proc":
            _limit_tasks(target, max_tasks)
            # As root outside, one would be the owner of everything in /proc/sys.
            _set_attributes(target, _ATTR_RDONLY)
    for target in read_only:  # only now: mounts may lie in other ones
        _set_attributes(target, _ATTR_RDONLY)
    kernel.call("pivot_root", b".", b".")
    kernel.call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _make(mount: Mount, target: str) -> None:
    if mount.kind == "bind":
        _bind(mount.source, target, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV)
    elif mount.kind == "device":
        _bind(mount.source, target, _ATTR_NOSUID | _ATTR_NOEXEC)
    elif mount.kind == "link":
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120 - text is quicker, here and below
        os.symlink(mount.source, target)  # noqa: PTH211
    elif mount.kind == "file":
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        _write(target, mount.source)
    else:
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
        if mount.kind == "proc":
            kernel.call("mount", b"proc", os.fsencode(target), b"proc", _NOSUID | _NODEV | _NOEXEC, None)
        else:
            _tmpfs(target, mount.size or _ROOM)
        if mount.kind == "dev":
            _fill_dev(target)


def _bind(source: str, target: str, attributes: int) -> None:
    """`source` at `target`, with all that is mounted in it."""
    if os.path.isdir(source):  # noqa: PTH112
        os.makedirs(target, exist_ok=True)  # noqa: PTH103
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    kernel.call("mount", os.fsencode(source), os.fsencode(target), None, _BIND | _RECURSIVE, None)
    _set_attributes(target, attributes, _AT_RECURSIVE)


def _tmpfs(target: str, size: int) -> None:
    options = f"size={size},nr_inodes={_INODES + size // _BYTES_PER_FILE},mode=0755"
    kernel.call("mount", b"tmpfs", os.fsencode(target), b"tmpfs", _NOSUID | _NODEV, options.encode())


def _fill_dev(dev: str) -> None:
    for name in DEVICES:
        if os.path.exists(f"/dev/{name}") and name not in ("ptmx", "pts"):  # noqa: PTH110
            _bind(f"/dev/{name}", f"{dev}/{name}", _ATTR_NOSUID | _ATTR_NOEXEC)
    for name, source in (("fd", "self/fd"), ("stdin", "self/fd/0"), ("stdout", "self/fd/1"), ("stderr", "self/fd/2")):
        os.symlink(f"/proc/{source}", f"{dev}/{name}")  # noqa: PTH211
    os.mkdir(f"{dev}/pts")  # noqa: PTH102
    with suppress(OSError):  # a kernel without pseudo-terminals: few programs want one
        kernel.call(
            "mount",
            b"devpts",
            os.fsencode(f"{dev}/pts"),
            b"devpts",
            _NOSUID | _NOEXEC,
            b"newinstance,ptmxmode=0666,mode=620",
        )
    os.symlink("pts/ptmx", f"{dev}/ptmx")  # noqa: PTH211
    os.mkdir(f"{dev}/shm")  # noqa: PTH102


def _set_attributes(target: str, attributes: int, flags: int = 0) -> None:
    """Add attributes to a mount; those that the machine gave it stay."""
    wanted = struct.pack("QQQQ", attributes, 0, 0, 0)  # struct mount_attr: set, clear, propagation, user namespace
    kernel.call("mount_setattr", _AT_FDCWD, os.fsencode(target), flags, wanted, len(wanted))


def _limit_tasks(proc: str, most: int) -> None:
    """Let the kernel itself stop a fork bomb. Since Linux 6.14 each namespace has a limit; before, all had one.

    ``RLIMIT_NPROC`` does the same, but not for root.
    """
    major, minor = (int(part) for part in platform.release().split(".")[:2])
    if (major, minor) >= (6, 14):
        with suppress(OSError):  # the limit of processes is watched from outside, too
            _write(f"{proc}/sys/kernel/pid_max", str(_RESERVED_PIDS + most))


def _write(file: str, text: str) -> None:
    # Not buffered: such files of the kernel take one write.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o444)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
