"""The process that opens a Parquet or Arrow file: ``python -P -m kit.worker.arrow '["id", "label"]'``.

Before it reads a byte it gives up everything but its three pipes: whoever breaks the parser finds no file, no network
and no other process. What it reads and writes is `kit.submission.arrow_process`'s affair; that module lies below the
sandbox, so it does not shut itself in.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

ONE_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false", "OPENBLAS_NUM_THREADS": "1"}
"""The wall goes up around one thread only: pyarrow's allocator and numpy's library would begin others."""


def main() -> None:
    """Load the parser, shut ourselves in, and read."""
    os.environ |= ONE_THREAD
    from kit.submission.arrow_process import main as read

    with suppress(ImportError):  # told by `read`
        import pyarrow.parquet  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: F401
    shut_in()
    with suppress(BrokenPipeError):
        read(json.loads(sys.argv[1]), sys.stdin.buffer.read(), sys.stdout.buffer)
        sys.stdout.flush()


def shut_in() -> None:
    """Leave this process its open files and nothing else. On other systems than Linux it keeps what it had."""
    if sys.platform == "linux":
        from kit.sandbox import walls

        walls.shut_in(readable=[], writable=[], network=False)


if __name__ == "__main__":
    main()
