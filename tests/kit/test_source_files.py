"""What a competition is made of when the files behind it change, or are gone."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kit.dataset import Table
from kit.prepare import Prepared
from kit.workspace import Workspace

Kit = Callable[..., "subprocess.CompletedProcess[str]"]
TABLE = "size,colour,price\n" + "".join(f"{i},red,{i * 2}\n" for i in range(60))


@pytest.fixture
def table(workspace: Path) -> Path:
    folder = workspace / "competitions" / "prices"
    folder.mkdir(parents=True)
    (folder / "competition.toml").write_text(
        """
        title = "Prices"
        kind = "tabular-regression"
        data = { source = "csv", path = "table.csv", target = "price" }
        split = { method = "hashed", salt = "s", test = 0.4 }
        metric = { name = "mae" }
        submission = { columns = ["price"] }
        """
    )
    (folder / "table.csv").write_text(TABLE)
    return folder / "table.csv"


def n_rows(prepared: Prepared) -> int:
    facts = prepared.facts
    return facts.n_train + facts.n_valid + facts.n_public + facts.n_private


def test_a_table_that_has_changed_is_read_again(table: Path) -> None:
    before = Workspace.find().prepared("prices")
    table.write_text(TABLE + "99,blue,1\n")

    after = Workspace.find().prepared("prices")

    assert n_rows(after) == n_rows(before) + 1


def test_a_table_that_is_as_it_was_is_not_read_again(table: Path) -> None:
    solution = Workspace.find().prepared("prices").solution
    made = solution.stat().st_ino

    assert Workspace.find().prepared("prices").solution.stat().st_ino == made


def test_a_table_that_is_gone_leaves_what_was_made_of_it(table: Path) -> None:
    before = n_rows(Workspace.find().prepared("prices"))
    table.unlink()

    assert n_rows(Workspace.find().prepared("prices")) == before
    assert isinstance(Workspace.find().prepared("prices").rows("train").storage, Table)


@pytest.fixture
def photos(workspace: Path) -> Path:
    folder = workspace / "competitions" / "pets"
    for name, shade in (("cat", 50), ("dog", 200)):
        (folder / "photos" / name).mkdir(parents=True)
        for i in range(30):
            Image.fromarray(np.full((40, 40, 3), shade + i, dtype=np.uint8)).save(folder / f"photos/{name}/{i}.png")
    (folder / "competition.toml").write_text(
        """
        title = "Cat or dog?"
        kind = "image-classification"
        data = { source = "folder", path = "photos", size = 16 }
        split = { method = "stratified", salt = "s", test = 0.4 }
        metric = { name = "accuracy" }
        submission = { columns = ["label"] }
        """
    )
    return folder / "photos"


def test_photos_in_two_folders_are_a_competition(photos: Path, kit: Kit) -> None:
    assert kit("submit", "logistic", "-c", "pets").returncode == 0
    assert "cat   dog" in kit("info", "pets").stdout


def test_info_says_where_the_files_are_listed_that_could_not_be_used(photos: Path, kit: Kit) -> None:
    (photos / "cat" / "broken.png").write_bytes(b"no photo")

    out = kit("info", "pets").stdout

    assert "1 file could not be used, for the host:" in out
    assert (photos.parents[2] / ".kit/prepared/pets/private/left_out.txt").read_text() == "cat/broken.png is no image"


def test_a_photo_that_was_painted_over_is_read_again(photos: Path) -> None:
    before = Workspace.find().prepared("pets").facts.digest
    file = photos / "cat" / "0.png"
    Image.fromarray(np.zeros((40, 40, 3), dtype=np.uint8)).save(file)
    os.utime(file, ns=(0, 0))

    assert Workspace.find().prepared("pets").facts.digest != before


def test_the_names_of_photos_are_not_handed_out(photos: Path) -> None:
    Workspace.find().prepared("pets")
    public = photos.parents[2] / ".kit/prepared/pets/public"

    assert json.loads((public / "facts.json").read_text())["n_left_out"] == 0
    assert not any(b".png" in file.read_bytes() for file in public.rglob("*") if file.is_file())
