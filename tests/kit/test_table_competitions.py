from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kit.competition import Competition, read_competition
from kit.dataset import Table
from kit.metrics.parameters import make_metric
from kit.plugin.manager import harness
from kit.prepare import Prepared, prepare
from kit.source.csv import load
from kit.split import split

FOLDER = Path(__file__).resolve().parents[2] / "competitions"
FILES = {"titanic": "tabular/titanic/train.csv", "bike-sharing": "tabular/bike-sharing/hour.csv"}
KitProcess = subprocess.CompletedProcess[str]
PARTS = ("train", "valid", "public", "private")


def needs(name: str) -> pytest.MarkDecorator:
    there = (Path(os.environ.get("KIT_DATA_HOME", "/nowhere")) / FILES[name]).is_file()
    reason = f"needs {FILES[name]}: set KIT_DATA_HOME to a folder that has it"
    return pytest.mark.skipif(not there, reason=reason)


def competition(name: str) -> Competition:
    return read_competition((FOLDER / name / "competition.toml").read_text(encoding="utf-8"), where=name)


def prepared(name: str, target: Path) -> Prepared:
    c = competition(name)
    metric = make_metric(harness().load("register_metrics", c.metric.name), c.metric.params)
    return prepare(name, c, FOLDER / name, target, source=load, metric=metric)


def column_by_part(name: str) -> list[np.ndarray]:
    """Of each part, the values of the column that decides the split."""
    c = competition(name)
    rows = load("", c, FOLDER / name, on_progress=lambda line: None)
    assert rows.column is not None
    parts = split(c.split, rows.ids, y=rows.y, is_test=None, column=rows.column)
    return [rows.column[getattr(parts, part)] for part in PARTS]


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in FILES])
def test_the_parts_of_a_table_are_as_large_as_its_page_says(name: str, tmp_path: Path) -> None:
    facts = prepared(name, tmp_path / name).facts
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    sizes = (facts.n_train, facts.n_valid, facts.n_public, facts.n_private)
    assert [size for size in sizes if f"| {size} |" not in page] == []


@needs("titanic")
def test_no_ticket_of_the_titanic_is_in_two_parts() -> None:
    tickets = [set(part.tolist()) for part in column_by_part("titanic")]
    assert sum(map(len, tickets)) == len(set().union(*tickets)) == 681


@needs("titanic")
def test_the_titanic_has_text_categories_and_gaps_and_asks_for_survival(tmp_path: Path) -> None:
    p = prepared("titanic", tmp_path / "t")
    storage = p.rows("train").storage
    assert isinstance(storage, Table)
    sorts = {column.name: column.dtype for column in storage.columns}
    assert sorts.keys() == {"Pclass", "Name", "Sex", "Age", "SibSp", "Parch", "Fare", "Cabin", "Embarked"}
    assert (sorts["Name"], sorts["Sex"], sorts["Age"]) == ("text", "category", "number")
    assert p.rows("train").frame["Age"].isna().any()
    assert (p.facts.positive_class, p.facts.columns) == ("1", ("Survived",))


@needs("bike-sharing")
def test_bikes_are_learned_from_the_past_by_whole_days() -> None:
    train, valid, public, private = column_by_part("bike-sharing")
    assert train.max() < valid.min()
    assert valid.max() < min(public.min(), private.min())


@needs("bike-sharing")
def test_no_column_of_the_bikes_holds_the_answer_or_the_date(tmp_path: Path) -> None:
    names = set(prepared("bike-sharing", tmp_path / "b").rows("test").frame)
    assert len(names) == 12
    assert names.isdisjoint({"cnt", "casual", "registered", "instant", "dteday"})


@pytest.mark.parametrize("name", FILES)
def test_without_its_file_a_competition_says_where_the_file_belongs_and_which_page_to_read(
    name: str, tmp_path: Path, kit: Callable[..., KitProcess]
) -> None:
    done = kit("info", name, KIT_DATA_HOME=str(tmp_path))
    assert done.returncode == 6
    assert "E501" in done.stderr
    assert FILES[name] in done.stderr
    assert "README.md   says where it can be had" in done.stderr.replace("\n            ", " ")
