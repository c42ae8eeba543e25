"""Landlock: a process gives up, for itself and its children, all files but those it names. Needs no privilege.

What a kernel can hold back depends on the version of the interface, its *ABI* (linux/landlock.h and
Documentation/userspace-api/landlock.rst): 1 files; 2 moving between folders; 3 truncating; 4 TCP; 5 ``ioctl`` of
devices; 6 abstract sockets and signals to processes outside; 7 says more in the audit log.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kit.sandbox import kernel

# linux/landlock.h, LANDLOCK_ACCESS_FS_*: one bit each.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR = (
    1 << i for i in range(8)
)
_MAKE_REG, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = (
    1 << i for i in range(8, 16)
)
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# LANDLOCK_ACCESS_NET_BIND_TCP and CONNECT_TCP; LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and SIGNAL.
_TCP, _SCOPES = 1 << 0 | 1 << 1, 1 << 0 | 1 << 1
# LANDLOCK_CREATE_RULESET_VERSION, LANDLOCK_RULE_PATH_BENEATH.
_VERSION, _PATH_BENEATH = 1 << 0, 1
_N_ACCESSES = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many of the bits above a version knows
NEWEST_ABI = 7


def abi() -> int:
    """Version of the interface here, as far as it is known to this module; 0 where there is none."""
    try:
        return min(kernel.call("landlock_create_ruleset", None, 0, _VERSION), NEWEST_ABI)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP):  # not built in, switched off
            return 0
        raise


def handled(version: int) -> int:
    """Bits of all accesses to files that this version of the interface can hold back."""
    return (1 << _N_ACCESSES.get(version, max(_N_ACCESSES.values()))) - 1


def restrict(*, readable: Iterable[Path], writable: Iterable[Path], network: bool) -> int:
    """Hold back everything but reading and running what is below `readable`, and all below `writable`.

    Of the calling thread and what it starts. Paths that don't exist are left out. Nobody makes device nodes, anywhere.
    Needs ``no_new_privs``.

    Returns
    -------
    int
        The version of the interface that was used; 0: there is none, and nothing was done.
    """
    version = abi()
    if not version:
        return 0
    files = handled(version)
    size = 24 if version >= 6 else 16 if version >= 4 else 8  # of struct landlock_ruleset_attr, which has grown
    attributes = struct.pack("QQQ", files, 0 if network else _TCP, _SCOPES)[:size]
    ruleset = kernel.call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(ruleset, path, files & _READ)
        for path in writable:
            _allow(ruleset, path, files & ~(_MAKE_CHAR | _MAKE_BLOCK))
        kernel.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: Path, access: int) -> None:
    with suppress(FileNotFoundError):
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(beneath).st_mode):
                access &= _OF_FILES
            kernel.call("landlock_add_rule", ruleset, _PATH_BENEATH, struct.pack("=Qi", access, beneath), 0)
        finally:
            os.close(beneath)
