from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kit.competition import Kind, read_competition
from kit.dataset import Column, Table
from kit.errors import StorageError
from kit.metrics.parameters import make_metric
from kit.plugin.manager import harness
from kit.prepare import Prepared, prepare
from kit.public_files import write_public_files
from kit.source.base import Rows

IMAGES = np.random.default_rng(1).integers(0, 256, size=(20, 1, 2, 2), dtype=np.uint8)
IDS = tuple(f"00{i}" for i in range(20))
PETS = Rows(storage=IMAGES, y=np.arange(20) % 2, ids=IDS, classes=("cat", "dog, wet"))
HOUSES = Rows(
    storage=Table(
        (
            Column(name="size", dtype="number", data=np.array([0.1, np.nan, *range(18)])),
            Column(name="town", dtype="category", data=np.array([0, -1] * 10, dtype=np.int32), values=("Köln",)),
            Column(name="sold", dtype="time", data=np.array([np.iinfo(np.int64).min, *range(19)])),
        )
    ),
    y=np.arange(20) / 8,
    ids=IDS,
)


def prepared(folder: Path, rows: Rows, *, kind: Kind, metric: str, column: str) -> Prepared:
    text = f"""
    title = "t"
    kind = "{kind}"
    data = {{ source = "ours:" }}
    split = {{ method = "contiguous", salt = "s", test = 0.4, valid = 0.25, public = 0.5 }}
    metric = {{ name = "{metric}" }}
    submission = {{ columns = ["{column}"], row_id_column_name = "key" }}
    """
    c = read_competition(text, where="competition.toml")
    return prepare(
        "c",
        c,
        folder,
        folder / "c",
        source=lambda *_, **__: rows,
        metric=make_metric(harness().load("register_metrics", metric), {}),
    )


def pets(folder: Path, metric: str = "accuracy", column: str = "label") -> Prepared:
    return prepared(folder, PETS, kind="image-classification", metric=metric, column=column)


def houses(folder: Path) -> Prepared:
    return prepared(folder, HOUSES, kind="tabular-regression", metric="rmse", column="price")


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))


def test_csv_of_images_has_id_label_and_whole_pixels(tmp_path: Path) -> None:
    paths = write_public_files(pets(tmp_path), tmp_path / "out", as_csv=True)
    assert [path.name for path in paths] == ["train.csv", "valid.csv", "test.csv", "sample_submission.csv"]
    train = table(paths[0])
    assert train[0] == ["key", "label", "pixel0", "pixel1", "pixel2", "pixel3"]
    assert train[2] == ["001", "dog, wet", *map(str, IMAGES[1].ravel())]
    assert table(paths[2])[0] == ["key", "pixel0", "pixel1", "pixel2", "pixel3"]
    assert len(table(paths[2])) == 9


def test_csv_of_a_table_has_its_columns_and_blanks_for_missing(tmp_path: Path) -> None:
    train = table(write_public_files(houses(tmp_path), tmp_path / "out", as_csv=True)[0])
    assert train[0] == ["key", "price", "size", "town", "sold"]
    assert train[1] == ["000", "0.0", "0.1", "Köln", ""]
    assert train[2][2:4] == ["", ""]


def test_csv_names_the_answer_so_that_no_feature_has_its_name(tmp_path: Path) -> None:
    named = Table(tuple(Column(name=name, dtype="number", data=np.arange(20.0)) for name in ("price", "target")))
    p = prepared(tmp_path, replace(HOUSES, storage=named), kind="tabular-regression", metric="rmse", column="price")
    write_public_files(p, tmp_path / "out", as_csv=True)

    assert (tmp_path / "out" / "train.csv").read_text().split("\n")[0] == "key,target_,price,target"


def test_the_probability_of_a_class_is_not_called_as_the_class_is(tmp_path: Path) -> None:
    train = table(write_public_files(pets(tmp_path, "roc_auc", "dog"), tmp_path / "out", as_csv=True)[0])

    assert train[0][1] == "label"


def test_npz_of_images_has_what_a_plugin_sees(tmp_path: Path) -> None:
    paths = write_public_files(pets(tmp_path), tmp_path / "out", as_csv=False)
    with np.load(paths[0], allow_pickle=False) as train, np.load(paths[2], allow_pickle=False) as test:
        np.testing.assert_array_equal(train["X"], (IMAGES[:9] / 255).astype(np.float32))
        assert train["y"].tolist() == [0, 1] * 4 + [0]
        assert train["classes"].tolist() == list(PETS.classes)
        assert sorted(test) == ["X", "classes", "id"]
        assert test["id"].tolist() == list(IDS[12:])


def test_npz_of_a_mixed_table_has_an_array_a_column(tmp_path: Path) -> None:
    paths = write_public_files(houses(tmp_path), tmp_path / "out", as_csv=False)
    with np.load(paths[1], allow_pickle=False) as valid:
        assert sorted(valid) == ["classes", "column_size", "column_sold", "column_town", "id", "y"]


@pytest.mark.parametrize(("metric", "column", "dummy"), [("accuracy", "label", "cat"), ("roc_auc", "dog", "0.5")])
def test_the_sample_submission_answers_every_test_row(tmp_path: Path, metric: str, column: str, dummy: str) -> None:
    sample = table(write_public_files(pets(tmp_path, metric, column), tmp_path / "out", as_csv=True)[-1])
    assert sample == [["key", column], *([row_id, dummy] for row_id in IDS[12:])]


def test_files_are_replaced_and_a_place_that_can_not_be_written_is_e706(tmp_path: Path) -> None:
    p = pets(tmp_path)
    first, again = (write_public_files(p, tmp_path / "out", as_csv=True) for _ in range(2))
    assert first == again
    with pytest.raises(StorageError) as caught:
        write_public_files(p, first[0], as_csv=True)
    assert caught.value.code == "E706"
