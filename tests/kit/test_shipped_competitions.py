from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from kit.competition import Competition, read_competition
from kit.dataset import Dataset
from kit.errors import DataError
from kit.metrics.parameters import make_metric
from kit.plugin.built_in import COMPETITIONS
from kit.plugin.manager import harness
from kit.prepare import Prepared, PublicFacts, prepare
from kit.source.base import Source
from kit.source.folder import load as load_folder
from kit.source.sklearn import load as load_sklearn
from kit.source.torchvision import load as load_torchvision

FOLDER = Path(__file__).resolve().parents[2] / "competitions"
NAMES = COMPETITIONS
SOURCES: dict[str, Source] = {"sklearn": load_sklearn, "torchvision": load_torchvision, "folder": load_folder}
PHOTOS = {"chihuahua-muffin": (800, 200, 120, 180), "memes": (800, 200, 32, 32)}


def competition(name: str) -> Competition:
    return read_competition((FOLDER / name / "competition.toml").read_text(encoding="utf-8"), where=name)


def prepared(name: str, target: Path) -> Prepared:
    c = competition(name)
    source = SOURCES[c.data.source.partition(":")[0]]
    metric = make_metric(harness().load("register_metrics", c.metric.name), c.metric.params)
    return prepare(name, c, FOLDER / name, target, source=source, metric=metric)


def sizes(facts: PublicFacts) -> tuple[int, ...]:
    return facts.n_train, facts.n_valid, facts.n_public, facts.n_private


@pytest.mark.parametrize("name", NAMES)
def test_every_competition_says_that_its_answers_are_public_and_has_a_page(name: str) -> None:
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert competition(name).practice
    assert all(f"\n## {title}" in page for title in ("Data", "Metric", "Split, and why", "Measured baselines"))


WITHOUT_DATA = ("labradoodle-friedchicken", "puppy-bagel", "sheepdog-mop")


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_a_pair_whose_photos_are_nowhere_says_what_to_put_where(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_DATA_HOME", str(tmp_path / "home"))
    with pytest.raises(DataError) as caught:
        prepared(name, tmp_path / name)

    assert caught.value.problem.code == "E501"
    assert str(tmp_path / "home" / "images" / name) in caught.value.problem.fix
    assert f"images/{name}/" in (FOLDER / name / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["chihuahua-muffin", "memes"])
@pytest.mark.slow
def test_photos_are_split_as_the_page_says(name: str, tmp_path: Path) -> None:
    if not (Path(os.environ.get("KIT_DATA_HOME", "/nowhere")) / "images" / "memes").is_dir():
        pytest.skip("needs photos: set KIT_DATA_HOME to a folder with images/chihuahua-muffin and images/memes")
    page, expected = (FOLDER / name / "README.md").read_text(encoding="utf-8"), PHOTOS[name]

    assert sizes(prepared(name, tmp_path / name).facts) == expected
    assert all(f"| {size} |" in page for size in expected)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(WITHOUT_DATA)))
def test_the_table_of_a_page_holds_the_measured_baselines(name: str) -> None:
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    measured = json.loads((FOLDER / name / "baselines.json").read_text(encoding="utf-8"))
    made = measured.pop("made")
    rows = [
        f"| `{plugin}` | {' | '.join(f'{value:.4f}' for value in scores.values())} |"
        for plugin, scores in measured.items()
    ]

    table = page.partition("<!-- measured baselines: begin -->")[2].partition("<!-- measured baselines: end -->")[0]
    assert table.split("\n")[3:-1] == rows
    assert made["command"] in page


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("digits", (862, 216, 240, 479)),
        ("breast-cancer", (273, 68, 91, 137)),
        ("iris", (60, 15, 30, 45)),
        ("diabetes", (210, 58, 75, 99)),
    ],
)
def test_the_parts_are_as_large_as_the_page_says(name: str, expected: tuple[int, ...], tmp_path: Path) -> None:
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert sizes(prepared(name, tmp_path / name).facts) == expected
    assert all(f"| {size} |" in page for size in expected)


def test_the_probability_asked_for_in_breast_cancer_is_that_of_benign(tmp_path: Path) -> None:
    facts = prepared("breast-cancer", tmp_path / "b").facts
    assert facts.task.classes == ("malignant", "benign")
    assert facts.columns == ("benign",) == (facts.positive_class,)


def test_every_part_of_iris_has_as_many_flowers_of_each_species(tmp_path: Path) -> None:
    iris = prepared("iris", tmp_path / "iris")
    for part, n in (("train", 20), ("valid", 5)):
        rows = iris.rows(part)
        assert isinstance(rows, Dataset)
        assert np.bincount(rows.y).tolist() == [n, n, n]


def test_diabetes_comes_as_it_was_measured(tmp_path: Path) -> None:
    age = prepared("diabetes", tmp_path / "diabetes").rows("test").frame["age"]
    assert 18 <= age.min() < age.max() <= 100


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_the_official_test_images_are_asked_for(name: str, folder: str, tmp_path: Path) -> None:
    if not (Path(os.environ.get("KIT_DATA_HOME", "/nowhere")) / "torchvision" / folder / "raw").is_dir():
        pytest.skip(f"needs the files of {folder}: set KIT_DATA_HOME to a folder with torchvision/{folder}/raw")
    images = prepared(name, tmp_path / name)
    assert sizes(images.facts) == (54000, 6000, 3000, 7000)
    assert images.form().row_ids == tuple(str(i) for i in range(10000))
