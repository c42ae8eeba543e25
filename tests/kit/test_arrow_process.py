"""The process that opens Parquet and Arrow files: what is left to whoever would break their parser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the wall is Linux's", allow_module_level=True)

from kit.sandbox import kernel, landlock

SHUT_IN = """
import contextlib, os, socket
from kit.worker import arrow
os.environ |= arrow.ONE_THREAD
with contextlib.suppress(ImportError):
    import pyarrow.parquet
arrow.shut_in()
try:
    {attempt}
except OSError as error:
    print("refused")
else:
    print("done")
"""


def tried(attempt: str, folder: Path) -> str:
    """What comes of `attempt` after the process has shut itself in."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SHUT_IN.format(attempt=attempt)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.skipif(landlock.abi() == 0, reason="needs Landlock")
@pytest.mark.parametrize("attempt", ["open('solution.csv').read()", "os.listdir('.')", "open('new', 'w')"])
def test_it_can_neither_read_nor_write_a_file(attempt: str, tmp_path: Path) -> None:
    (tmp_path / "solution.csv").write_text("id,label\n1,7\n")
    assert tried(attempt, tmp_path) == "refused"


@pytest.mark.skipif(not kernel.architecture(), reason="no filter for this processor")
@pytest.mark.parametrize("attempt", ["socket.socket().connect(('127.0.0.1', 9))", "os.kill(os.getppid(), 0)"])
def test_it_reaches_neither_the_network_nor_another_process(attempt: str, tmp_path: Path) -> None:
    assert tried(attempt, tmp_path) == "refused"
