"""What a process runs first that a plugin starts by `multiprocessing`'s way ``spawn``: it makes the plugin known.

Without it the plugin's own functions and classes could not be unpickled there, and a pool would wait for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kit.job import Job, decode
from kit.plugin.load import open_package

if __name__ == "__mp_main__":  # the name that multiprocessing gives to the main module of its parent
    job = decode(Job, Path(sys.argv[1]).read_bytes())
    open_package(Path(job.plugin), job.name)
