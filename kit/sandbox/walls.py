"""The second wall: what a process gives up, for itself and all its children, before it reads a byte of the plugin.

Namespaces are the first wall: what is not there can't be read. This one holds where the first has a hole, and without
privileges: Landlock for files and signals (`kit.sandbox.landlock`), a filter for system calls (`kit.sandbox.seccomp`),
no capabilities, and ``no_new_privs``: no program that is started later gives any of it back. Linux only.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kit.sandbox import kernel, landlock, seccomp

# linux/prctl.h
_PR_CAPBSET_READ, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 23, 24, 38, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What could be put up.

    Parameters
    ----------
    landlock_abi
        Version of Landlock's interface; 0: files are not held back.
    seccomp
        Whether system calls are filtered.
    capabilities
        Whether no program started later can have any; the process itself has none in either case.
    reasons
        Why, for each of these that is 0 or False.
    """

    landlock_abi: int
    seccomp: bool
    capabilities: bool
    reasons: Mapping[str, str] = field(default_factory=dict)


def shut_in(*, readable: Sequence[Path], writable: Sequence[Path], network: bool) -> Walls:
    """Put up the second wall around this process. It can't be taken down; putting it up again makes it no thinner.

    Parameters
    ----------
    readable
        Files and folders that may be read and run. Those that don't exist are left out.
    writable
        Files and folders in which everything may be done, but no device nodes be made.
    network
        Whether internet sockets may be made: only where a network namespace leaves nobody to reach.

    Raises
    ------
    OSError
        If the kernel has a wall and refuses to put it up.
    RuntimeError
        If the process has several threads: Landlock holds back only the one that asks for it.
    """
    if (n := len(os.listdir("/proc/self/task"))) > 1:  # noqa: PTH208 - a Path for each would be made
        raise RuntimeError(f"the second wall can't be put up around {n} threads")
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    version = landlock.restrict(readable=readable, writable=writable, network=network)
    bounded = _drop_capabilities()
    filtered = seccomp.install(network=network)  # the last: it denies what the others may need
    reasons = {
        "landlock_abi": "" if version else "this kernel has no Landlock, or it is switched off",
        "seccomp": "" if filtered else "this kernel has no filters, or this processor's numbers are not known",
        "capabilities": "" if bounded else "the bounding set can be emptied by root only",
    }
    return Walls(
        landlock_abi=version,
        seccomp=filtered,
        capabilities=bounded,
        reasons={name: reason for name, reason in reasons.items() if reason},
    )


def _drop_capabilities() -> bool:
    """Give up all capabilities; whether also the set that programs started later may take from is empty."""
    kernel.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    bounded = True
    for capability in range(64):
        try:
            if kernel.prctl(_PR_CAPBSET_READ, capability):
                kernel.prctl(_PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:  # beyond the last one of this kernel
                break
            bounded = False
            break
    # Two structs of 32 bits each: effective, permitted, inheritable.
    kernel.call("capset", struct.pack("Ii", _CAPABILITY_VERSION_3, 0), bytes(24))
    return bounded
