"""`competition.toml`: what is read, and how every mistake in it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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


KNOWN = {"metric.name": ("accuracy", "rmse", "roc_auc"), "data.source": ("csv", "sklearn")}


def problems_of(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read_competition(text, where="competition.toml", known=KNOWN)
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


@pytest.mark.parametrize(
    ("there", "written", "meant"),
    [
        ('method = "contiguous"', 'method = "random"', "hashed"),
        ('method = "contiguous"', 'method = "Grouped"', "grouped"),
        ('name = "accuracy"', 'name = "RMSE"', "rmse"),
        ('name = "accuracy"', 'name = "AUC"', "roc_auc"),
    ],
)
def test_a_name_in_another_case_or_another_word_is_answered_with_what_is_meant(
    there: str, written: str, meant: str
) -> None:
    assert there in GOOD
    assert any(told.endswith(f"did you mean   {meant} ?") for told in problems_of(GOOD.replace(there, written)))


def test_a_time_without_a_zone_is_answered_with_one_that_has_it() -> None:
    [told] = problems_of(GOOD + "[schedule]\ncloses = 2026-11-27T23:59:00\n")

    assert "time zone" in told
    assert "2026-11-23 09:00 Europe/Berlin" in told


@pytest.mark.parametrize(
    "written", ["2026-11-27T23:59:00+01:00", '"2026-11-27T23:59:00+01:00"', '"2026-11-27 23:59 Europe/Berlin"']
)
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
        ('name = "accuracy"', 'name = "sklearn:f1_macro"', None),
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


def test_a_regression_can_not_be_stratified_and_is_sent_to_a_method_that_exists() -> None:
    text = GOOD.replace("image-classification", "tabular-regression").replace("contiguous", "stratified")

    [told] = problems_of(text.replace("accuracy", "rmse"))

    assert told.endswith('method = "hashed"')


def test_unknown_names_are_told_together_with_errors_of_structure() -> None:
    bad = GOOD.replace("accuracy", "acuracy").replace("sklearn:", "sklern:").replace("test =", "tst =")

    told = "\n".join(problems_of('practice = "yes"' + bad))

    assert all(key in told for key in ("split.tst", "metric.name", "data.source", "practice"))
    assert "accuracy or rmse or roc_auc" in told
    assert "did you mean   accuracy ?" in told


@pytest.mark.parametrize(
    ("section", "line", "told"),
    [
        ("", 'practice = "yes"', 'practice true or false "yes" practice = true'),
        ("", "summary = 3", "summary text in quotation marks 3 "),
        ("", "schedule = 3", "schedule a section 3 write   [schedule]   on a line of its own, its keys below"),
        ("[limits]", 'submissions_per_day = "3"', 'limits.submissions_per_day a whole number "3" '),
        ("[limits]", "selected = 1.5", "limits.selected a whole number 1.5 "),
        ("[limits]", "selected = true", "limits.selected a whole number true "),
        ("[limits]", 'time_limit_s = "60"', 'limits.time_limit_s a number "60" '),
        ("[limits]", 'packages = "timm"', 'limits.packages a list "timm" packages = ["timm"]'),
        (
            "[leaderboard]",
            'names = "nick"',
            "leaderboard.names 'nickname' or 'real' \"nick\" did you mean   nickname ?",
        ),
        ("[data.env_kwargs]", "k = [1]", "data.env_kwargs.k text, a number, true or false [1] "),
    ],
)
def test_a_value_of_another_type_is_told_in_words_and_nothing_is_guessed(section: str, line: str, told: str) -> None:
    text = f"{GOOD}{section}\n{line}\n" if section else f"{line}\n{GOOD}"

    assert problems_of(text) == [told]


def test_whole_numbers_are_numbers_and_lists_are_read() -> None:
    competition = read_competition(GOOD + "[limits]\ntime_limit_s = 30\npackages = ['timm']\n", where="c.toml")

    assert (competition.limits.time_limit_s, competition.limits.packages) == (30.0, ("timm",))


def test_an_empty_file_is_told_what_to_write() -> None:
    told = problems_of("")

    assert "data is missing   add   [data]   with   source = …" in told
    assert "split is missing   add   [split]   with   method = …, salt = …" in told


@pytest.mark.parametrize(
    ("line", "caret", "fix"),
    [
        ("title = Which digit?", "        ^", 'title = "Which digit?"'),
        ("practice = True", "           ^", "practice = true"),
        ("columns = [label]", "           ^", "look at this line"),
        ("[data", "     ^", "look at this line"),
    ],
)
def test_a_file_that_is_not_toml_shows_the_line_with_a_caret(line: str, caret: str, fix: str) -> None:
    with pytest.raises(UsageError, match="line 2") as caught:
        read_competition(f"# mine\n{line}\n", where="competition.toml")

    problem = caught.value.problem
    assert problem.excerpt.startswith(f"2 | {line}\n  | {caret} ")
    assert fix in problem.fix


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


def test_several_threads_may_read_at_once() -> None:
    code = (
        "import sys, threading\nfrom kit.competition import read_competition\nread = []\n"
        "def go(): read.append(read_competition(sys.argv[1], where='competition.toml'))\n"
        "threads = [threading.Thread(target=go) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n[thread.join() for thread in threads]\nassert len(read) == 8\n"
    )
    done = subprocess.run([sys.executable, "-c", code, GOOD], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
