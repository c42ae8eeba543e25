"""Clerks are several, hand out the same files, and tell what a competition is."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit.public_files import PARTS, write_public_files
from kit.workspace import Workspace
from leaderboard.web import clerk_files
from leaderboard.web.markup import blocks

CODE = "    if rows:\n\n        return rows\n    return []"


@pytest.mark.slow
def test_clerks_that_are_asked_at_the_same_moment_hand_out_whole_files(here: Workspace, tmp_path: Path) -> None:
    asked = [f"{part}.csv" for part in PARTS] * 4
    with ThreadPoolExecutor(len(asked)) as clerks:
        found = list(clerks.map(lambda name: clerk_files.public_file(here.root, "digits", name), asked))
    write_public_files(here.prepared("digits"), tmp_path / "alone", as_csv=True)

    assert [Path(path).read_bytes() for path in found] == [(tmp_path / "alone" / name).read_bytes() for name in asked]
    assert {path.name for path in Path(found[0]).parent.iterdir()} == {*asked, "sample_submission.csv"}


def test_code_in_the_readme_of_a_competition_keeps_its_spaces(here: Workspace) -> None:
    own = here.root / "competitions" / "digits"
    shutil.copytree(here.folder("digits"), own, dirs_exist_ok=True)
    (own / "README.md").write_text(f"# Digits\n\nSo:\n\n```python\ndef f(rows):\n\n{CODE}\n```\n")
    story = blocks(clerk_files.about(here.root, "digits")["story"])
    assert story[-1].text == f"def f(rows):\n\n{CODE}"
