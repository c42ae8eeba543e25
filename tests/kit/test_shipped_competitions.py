from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.competition import Competition, read_competition
from kit.plugin.manager import harness
from kit.prepare import Prepared, PublicFacts, prepare
from kit.source.base import Source
from kit.source.sklearn import load as load_sklearn
from kit.source.torchvision import load as load_torchvision

FOLDER = Path(__file__).resolve().parents[2] / "competitions"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/competition.toml"))
SOURCES: dict[str, Source] = {"sklearn": load_sklearn, "torchvision": load_torchvision}


def competition(name: str) -> Competition:
    return read_competition((FOLDER / name / "competition.toml").read_text(encoding="utf-8"), where=name)


def prepared(name: str, target: Path) -> Prepared:
    c = competition(name)
    source = SOURCES[c.data.source.partition(":")[0]]
    return prepare(
        name, c, FOLDER / name, target, source=source, metric=harness().load("register_metrics", c.metric.name)
    )


def sizes(facts: PublicFacts) -> tuple[int, ...]:
    return facts.n_train, facts.n_valid, facts.n_public, facts.n_private


@pytest.mark.parametrize("name", NAMES)
def test_every_competition_says_that_its_answers_are_public_and_has_a_page(name: str) -> None:
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert competition(name).practice
    assert all(f"\n## {title}" in page for title in ("Data", "Metric", "Split, and why", "Measured baselines"))


@pytest.mark.parametrize(
    ("name", "expected"), [("digits", (862, 216, 240, 479)), ("breast-cancer", (273, 68, 91, 137))]
)
def test_the_parts_are_as_large_as_the_page_says(name: str, expected: tuple[int, ...], tmp_path: Path) -> None:
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert sizes(prepared(name, tmp_path / name).facts) == expected
    assert all(f"| {size} |" in page for size in expected)


def test_the_probability_asked_for_in_breast_cancer_is_that_of_benign(tmp_path: Path) -> None:
    facts = prepared("breast-cancer", tmp_path / "b").facts
    assert facts.task.classes == ("malignant", "benign")
    assert facts.columns == ("benign",) == (facts.positive_class,)


@pytest.mark.skipif(
    not (Path(os.environ.get("KIT_DATA_HOME", "/nowhere")) / "torchvision/MNIST/raw").is_dir(),
    reason="needs the MNIST files: set KIT_DATA_HOME to a folder with torchvision/MNIST/raw",
)
def test_mnist_asks_for_the_official_test_images(tmp_path: Path) -> None:
    mnist = prepared("mnist", tmp_path / "mnist")
    assert sizes(mnist.facts) == (54000, 6000, 3000, 7000)
    assert mnist.form().row_ids == tuple(str(i) for i in range(10000))
