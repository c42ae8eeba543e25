"""Clerks are several, and hand out the same files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit.public_files import PARTS, write_public_files
from kit.workspace import Workspace
from leaderboard.web import clerk


@pytest.mark.slow
def test_clerks_that_are_asked_at_the_same_moment_hand_out_whole_files(here: Workspace, tmp_path: Path) -> None:
    asked = [f"{part}.csv" for part in PARTS] * 4
    with ThreadPoolExecutor(len(asked)) as clerks:
        found = list(clerks.map(lambda name: clerk.public_file(here.root, "digits", name), asked))
    write_public_files(here.prepared("digits"), tmp_path / "alone", as_csv=True)

    assert [Path(path).read_bytes() for path in found] == [(tmp_path / "alone" / name).read_bytes() for name in asked]
    assert {path.name for path in Path(found[0]).parent.iterdir()} == {*asked, "sample_submission.csv"}
