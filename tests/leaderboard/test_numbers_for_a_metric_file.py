"""Where a metric is a file, answers that have to be numbers are looked at before it is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.cli import run

TOML = """\
title = "Own"
kind = "tabular-regression"
[data]
source = "files"
path = "data"
[split]
method = "official"
salt = "own"
[metric]
name = "metric.py"
greater_is_better = false
[submission]
columns = ["price", "note"]
"""
METRIC = """\
def score(solution, submission, row_id_column_name):
    assert submission["price"].dtype.kind in "if" and submission["note"].notna().all()
    return float((solution["price"] - submission["price"]).abs().mean())
"""


@pytest.fixture
def own(bare_workspace: Path) -> Path:
    folder = bare_workspace / "competitions" / "own"
    (folder / "data").mkdir(parents=True)
    (folder / "competition.toml").write_text(TOML)
    (folder / "metric.py").write_text(METRIC)
    solution = "id,price,note,Usage\n1,10,a,Public\n2,20,b,Public\n3,30,c,Private\n4,40,d,Private\n"
    (folder / "data" / "solution.csv").write_text(solution)
    (folder / "data" / "sample_submission.csv").write_text("id,price,note\n1,0,x\n2,0.5,x\n3,-1e3,x\n4,0,7\n")
    return bare_workspace


def submit(workspace: Path, *cells: str) -> int:
    rows = "".join(f"{i},{price},n\n" for i, price in enumerate(cells, 1))
    (workspace / "preds.csv").write_text(f"id,price,note\n{rows}")
    return run(["submit", "preds.csv", "-c", "own"])


def test_numbers_reach_it_as_they_are_written(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit(own, "11", "21", "31", "4e1") == 0
    assert "1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("dear", 'E307  1 answer is not a finite number: "dear" at line 3'),
        ("nan", "E307  1 answer is not a finite number"),
        ("-inf", "E307  1 answer is not a finite number"),
        ("", "E306  1 answer is blank (first: line 3"),
    ],
)
def test_what_is_no_number_is_told_by_its_line(
    cell: str, said: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit(own, "1", cell, "3", "4") == 4

    told = capsys.readouterr().err
    assert said in told
    assert "E605" not in told


def test_text_columns_hold_what_they_like(own: Path) -> None:
    (own / "preds.csv").write_text("id,price,note\n1,1,\n2,1,dear\n3,1,nan\n4,1,5\n")
    assert run(["submit", "preds.csv", "-c", "own"]) != 4  # the metric wants a note: that is its own matter


@pytest.mark.slow
def test_a_decimal_comma_is_a_point_where_it_is_allowed(own: Path) -> None:
    toml = own / "competitions" / "own" / "competition.toml"
    toml.write_text(toml.read_text() + "lenient = true\n")
    (own / "preds.csv").write_text("id;price;note\n1;1,5;n\n2;2;n\n3;3;n\n4;4;a,b\n")

    assert run(["submit", "preds.csv", "-c", "own"]) == 0


def test_info_tells_numbers_from_text(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "own"]) == 0

    out = capsys.readouterr().out
    assert "note   as in sample_submission.csv" in out
    assert "price   a number" in out


@pytest.mark.slow  # asks a metric file ten times, each in a process of its own
def test_competition_check_tries_a_number_that_is_none(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["competition", "check", "own", "--json"])

    checks = {check["name"]: check["state"] for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["NaN"] == "ok"
