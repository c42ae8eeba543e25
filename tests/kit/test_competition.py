"""`competition.toml`: what is read, and how every mistake in it is told."""

from __future__ import annotations

import json
import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from kit.competition import Competition, json_schema, read_competition
from kit.errors import UsageError
from kit.job import decode, encode

GOOD = """
title = "Which digit?"
kind = "image-classification"
[data]
source = "sklearn:digits"
[split]
method = "contiguous"
test = 0.4
salt = "a"
[metric]
name = "accuracy"
[submission]
columns = ["label"]
"""
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "reference" / "competition.schema.json"


def problems_of(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read_competition(text, where="competition.toml")
    return [f"{part.message} {part.expected} {part.got} {part.fix}" for part in caught.value.parts]


def test_what_is_not_said_has_the_default() -> None:
    competition = read_competition(GOOD, where="competition.toml")

    assert (competition.limits.submissions_per_day, competition.split.public) == (10, 0.3)
    assert competition.submission.row_id_column_name == "id"


def test_every_problem_of_a_file_is_told_at_once_with_its_key() -> None:
    bad = GOOD.replace("test = 0.4", "test = 1.5").replace("name =", "nam =").replace("contiguous", "contiguos")

    told = "\n".join(problems_of(bad))

    assert all(key in told for key in ("split.test", "metric.name", "metric.nam", "split.method"))


def test_an_unknown_key_is_answered_with_the_nearest_one() -> None:
    assert problems_of(GOOD + "colums = ['label']\n") == [
        "submission.colums is not a key of this file   did you mean   columns ?"
    ]


def test_a_time_without_a_zone_is_answered_with_one_that_has_it() -> None:
    [told] = problems_of(GOOD + "[schedule]\ncloses = 2026-11-27T23:59:00\n")

    assert "time zone" in told
    assert "2026-11-23 09:00 Europe/Berlin" in told


@pytest.mark.parametrize("written", ["2026-11-27T23:59:00+01:00", '"2026-11-27 23:59 Europe/Berlin"'])
def test_a_time_may_name_an_offset_or_a_zone(written: str) -> None:
    competition = read_competition(GOOD + f"[schedule]\ncloses = {written}\n", where="competition.toml")

    assert competition.schedule.closes == datetime(2026, 11, 27, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("test = 0.4", "", "split.test is needed"),
        ('method = "contiguous"', 'method = "official"', "split.test the source says"),
        ('method = "contiguous"', 'method = "grouped"', "split.column is needed"),
        ('method = "contiguous"', 'method = "contiguous"\ncolumn = "x"', "split.column has no meaning"),
        ('name = "accuracy"', 'name = "metric.py"', "metric.greater_is_better is needed"),
        ('columns = ["label"]', 'columns = ["label", "label"]', "submission.columns names a column twice"),
        ('columns = ["label"]', 'columns = ["id"]', "submission.columns holds the id column"),
        ('kind = "image-classification"', 'kind = "forecasting"', None),
    ],
)
def test_keys_that_contradict_each_other_are_told(old: str, new: str, told: str | None) -> None:
    text = GOOD.replace(old, new)

    if told is None:
        read_competition(text, where="competition.toml")
    else:
        assert any(told in problem for problem in problems_of(text))


def test_a_file_that_is_not_toml_names_the_line() -> None:
    with pytest.raises(UsageError, match="line 2"):
        read_competition("title = 'x'\nkind = \n", where="competition.toml")


def test_a_checked_competition_survives_the_codec_unchanged() -> None:
    text = GOOD + '[schedule]\ncloses = "2026-11-27 23:59 Europe/Berlin"\n'
    competition = read_competition(text, where="competition.toml")

    assert decode(Competition, encode(competition)) == competition


def test_the_published_schema_is_the_one_of_the_code() -> None:
    current = json.dumps(json_schema(), indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        SCHEMA.write_text(current)

    assert SCHEMA.read_text() == current, "run the tests once with UPDATE_GOLDEN=1"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "competitions").glob("*/competition.toml")), ids=lambda p: p.parent.name
)
def test_every_shipped_competition_fits_the_published_schema(path: Path) -> None:
    table = tomllib.loads(path.read_text())

    jsonschema.validate(table, json.loads(SCHEMA.read_text()))
