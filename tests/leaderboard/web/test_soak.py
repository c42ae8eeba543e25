"""The short form of ``python -m benchmarks soak``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.classes import scratch_class
from benchmarks.soak import soaked


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_what_was_acknowledged_is_scored_once_whoever_is_killed_meanwhile(
    tmp_path: Path, prepared_digits: Path
) -> None:
    shutil.copytree(prepared_digits, tmp_path / ".kit" / "prepared" / "digits")
    soak, verdict = soaked(scratch_class(tmp_path, 6), n_kills=6)
    assert verdict.is_good, verdict
    assert (soak.killed.total(), verdict.n_acknowledged >= 6) == (6, True)
