"""A plugin as bytes."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from kit.errors import PluginError
from kit.plugin.archive import left_out, pack, size_of_files, unpack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p" / "parts").mkdir(parents=True)
    (tmp_path / "p" / "plugin.py").write_text("def fit(train): return 1\n")
    (tmp_path / "p" / "parts" / "net.py").write_text("x = 1\n")
    return tmp_path / "p"


def test_the_same_files_give_the_same_bytes_and_come_back(folder: Path, tmp_path: Path) -> None:
    first = pack(folder)
    os.utime(folder / "plugin.py", (1, 1))
    (folder / "plugin.py").chmod(0o755)

    unpack(first, tmp_path / "copy")

    assert pack(folder) == first == pack(tmp_path / "copy")
    assert (tmp_path / "copy" / "parts" / "net.py").read_text() == "x = 1\n"


def test_the_size_is_that_of_the_files_and_not_of_the_tar(folder: Path) -> None:
    assert size_of_files(pack(folder)) == sum(file.stat().st_size for file in folder.rglob("*.py"))


def test_too_many_files_are_refused_unread(folder: Path) -> None:
    for n in range(501):
        (folder / f"{n}.txt").write_text("")

    with pytest.raises(PluginError, match="E109  the folder holds 503 files, more than 500"):
        pack(folder)


def test_a_single_file_is_the_folder_that_holds_only_it(folder: Path, tmp_path: Path) -> None:
    (folder / "parts" / "net.py").unlink()
    (tmp_path / "one.py").write_bytes((folder / "plugin.py").read_bytes())

    assert pack(tmp_path / "one.py") == pack(folder)


def test_caches_and_environments_are_left_out_and_named(folder: Path) -> None:
    before = pack(folder)
    for name in ("__pycache__", ".git", "env"):
        (folder / name).mkdir()
    (folder / "env" / "pyvenv.cfg").write_text("")

    assert pack(folder) == before
    assert left_out(folder) == (".git", "__pycache__", "env")


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_links_and_pipes_are_refused_and_all_are_named(folder: Path) -> None:
    (folder / "link.py").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")

    with pytest.raises(PluginError) as caught:
        pack(folder)

    assert [part.where for part in caught.value.parts] == ["link.py", "pipe"]
    assert caught.value.codes == ("E109",)


@pytest.mark.parametrize("name", ["Net.py/net.py", "a\u0301.py/\u00e1.py", "x\ny.py", "new\u202eyp.py"])
def test_names_that_mislead_are_refused(folder: Path, name: str) -> None:
    for one in name.split("/"):
        (folder / one).write_text("")
    if len(set(folder.glob("*.py"))) == 2 and "/" in name:
        pytest.skip("this file system takes both names for one")

    with pytest.raises(PluginError, match="E109"):
        pack(folder)


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "a/../../evil.py", "plugin.py/", "C:evil.py"])
def test_an_archive_that_leads_out_of_its_folder_writes_nothing(tmp_path: Path, name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for one in ("plugin.py", name):
            archive.addfile(tarfile.TarInfo(one))

    with pytest.raises(PluginError, match="E109"):
        unpack(packed.getvalue(), tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("data", [b"", b"no tar", b"\0" * 10240])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(PluginError, match="E109"):
        unpack(data, tmp_path / "copy")
