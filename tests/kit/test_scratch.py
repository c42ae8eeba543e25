"""A scratch folder is measured and removed, whatever a plugin made of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.sandbox.scratch import scratch, size


def deepen(folder: Path, name: str, n: int) -> None:
    before = Path.cwd()
    os.chdir(folder)
    for _ in range(n):
        Path(name).mkdir()
        os.chdir(name)
    Path("file").write_bytes(bytes(5000))
    os.chdir(before)


@pytest.mark.parametrize(("name", "n"), [("d", 1050), ("a" * 200, 60)], ids=["deep", "long"])
def test_folders_deeper_than_a_path_can_say_are_measured_and_removed(tmp_path: Path, name: str, n: int) -> None:
    with scratch(tmp_path / "base") as folder:
        deepen(folder, name, n)
        assert size(folder) >= 0

    assert not list((tmp_path / "base").iterdir())


def test_folders_without_permissions_are_removed(tmp_path: Path) -> None:
    with scratch(tmp_path / "base") as folder:
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "file").write_text("x")
        for path in (folder / "a" / "b", folder / "a", folder):
            path.chmod(0)

    assert not list((tmp_path / "base").iterdir())


def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    (tmp_path / "others").mkdir(mode=0o755)
    (tmp_path / "others" / "file").write_text("x")
    with scratch(tmp_path / "base") as folder:
        (folder / "link").symlink_to(tmp_path / "others")
        (folder / "file").symlink_to(tmp_path / "others" / "file")

    assert (tmp_path / "others" / "file").read_text() == "x"
    assert (tmp_path / "others").stat().st_mode & 0o777 == 0o755
