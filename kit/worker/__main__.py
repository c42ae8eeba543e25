"""Where the entrant's process begins. Little is imported before the guard has forked: it must not have threads."""

from __future__ import annotations

import os
import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path

from kit.job import Job, decode
from kit.sandbox.channel import Channel
from kit.sandbox.guard import guard


def main() -> None:
    """Run the job that the file named by the first argument describes.

    Three more are descriptors: the two ends of the channel, where it is not standard input and output, and where it is
    told that the plugin is about to be read.
    """
    started = time.monotonic()
    given = [int(number) for number in sys.argv[2:]]
    del sys.argv[2:]
    reader, writer = _take_channel(*given[:2])
    job = decode(Job, Path(sys.argv[1]).read_bytes())
    is_shut_in = guard(job.limits, let_go=(reader, writer))
    for descriptor in given[2:]:
        os.write(descriptor, b".")
        os.close(descriptor)
    channel = Channel(os.fdopen(reader, "rb"), os.fdopen(writer, "wb"))
    from kit.worker.session import converse

    # multiprocessing runs in each process that it spawns what this names, but nothing that is called __main__.
    sys.modules["__main__"].__spec__ = ModuleSpec("kit.worker.spawned", None)
    converse(job, channel, started, is_offline=is_shut_in)


def _take_channel(reader: int = 0, writer: int = 1) -> tuple[int, int]:
    """Move the two pipes away from where a plugin reads and prints: it can't disturb what it doesn't hold."""
    if writer == 1:
        reader, writer = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    return reader, writer


if __name__ == "__main__":
    main()
