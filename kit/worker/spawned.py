"""How processes that a plugin starts come to know the plugin: its functions and classes are unpickled there.

What `multiprocessing` spawns runs this module first. What joblib starts runs nothing of ours, but takes over
``sys.path``: there it finds a module of the plugin's name.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from kit.job import Job, decode
from kit.plugin.load import open_package

_STAND_IN = """\
import sys
from pathlib import Path
from kit.plugin.load import open_package
del sys.modules[__name__]  # the import goes on with what is there in its place
open_package(Path({folder!r}), {name!r})
"""


def make_importable(folder: Path, name: str) -> None:
    """Let processes that know only our ``sys.path`` import the plugin in `folder`, and nothing else of it."""
    # Said, so that no other folder is taken where this one has gone: what lies in it is removed with the run.
    place = Path(tempfile.mkdtemp(prefix="kit-", dir=os.environ.get("TMPDIR")))
    module = place / f"{open_package(folder, name)}.py"
    module.write_text(_STAND_IN.format(folder=str(folder), name=name), encoding="utf-8")
    sys.path.append(str(place))


if __name__ == "__mp_main__":  # the name that multiprocessing gives to the main module of its parent
    job = decode(Job, Path(sys.argv[1]).read_bytes())
    open_package(Path(job.plugin), job.name)
