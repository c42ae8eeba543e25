"""Competitions that take files only, from the folder of the host to the ranking, with metrics of every sort."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run

Columns = dict[str, list[Any]]
Make = Callable[..., Path]

TOML = """\
title = "Files"
kind = "{kind}"
[data]
source = "files"
path = "data"
[split]
method = "official"
salt = "files"
[metric]
name = "{metric}"
params = {params}
[submission]
columns = {columns}
"""


def written(columns: Columns, *, bom: bool = False) -> bytes:
    """A CSV of text cells; none of them needs quotation marks."""
    end = "\r\n" if bom else "\n"
    rows = [columns.keys(), *zip(*columns.values(), strict=True)]
    return ("\ufeff" * bom + "".join(",".join(map(str, row)) + end for row in rows)).encode()


@pytest.fixture
def make(bare_workspace: Path) -> Make:
    """Writes the folder of a host: the solution, and a sample submission with its ids."""

    def of(
        metric: str, solution: Columns, dummy: dict[str, Any], *, params: str = "{}", kind: str = "tabular-regression"
    ) -> Path:
        folder = bare_workspace / "competitions" / "mine"
        (folder / "data" / "images").mkdir(parents=True)
        columns = json.dumps(list(dummy))
        (folder / "competition.toml").write_text(TOML.format(metric=metric, params=params, columns=columns, kind=kind))
        ids = sorted(solution["id"])
        sample = {"id": ids} | {name: [cell] * len(ids) for name, cell in dummy.items()}
        (folder / "data" / "solution.csv").write_bytes(written(solution, bom=True))
        (folder / "data" / "sample_submission.csv").write_bytes(written(sample, bom=True))
        (folder / "data" / "train.csv").write_text("id,x\n100,1\n")
        (folder / "data" / "images" / "1.txt").write_text("an image")
        return folder

    return of


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


IDS = ["03", "1", "2", "7", "5"]
USAGE = ["Public", "Public", "Private", "private", "Ignored"]
CASES: dict[str, tuple[dict[str, Any], Columns, Columns, float, float]] = {
    "mcrmse": (
        {"dummy": {"a": 0, "b": 0}},
        {"id": IDS, "a": [1, 2, 3, 4, ""], "b": [1, 1, 1, 1, ""], "Usage": USAGE},
        {"b": [1, 1, 1, 1, 9], "id": IDS, "a": [2, 3, 3, 4, 9]},
        0.5,
        0.0,
    ),
    "map_at_k": (
        {"dummy": {"items": "x"}, "params": "{ k = 2 }", "kind": "recommendation"},
        {"id": IDS, "items": ["a b", "c", "d", "e", ""], "Usage": USAGE},
        {"id": IDS, "items": ["x a", "c", "", "e", ""]},
        0.625,
        0.5,
    ),
    "dice": (
        {"dummy": {"rle": ""}, "kind": "image-classification"},
        {"id": IDS, "rle": ["1 4", "", "3 2", "1 1", "what"], "Usage": USAGE},
        {"id": IDS, "rle": ["1 2", "", "3 2", "2 1", "1 1"]},
        (2 / 3 + 1) / 2,
        0.5,
    ),
    "wmae": (
        {"dummy": {"y": 0}},
        {"id": IDS, "y": [1, 2, 3, 4, 0], "weight": [1, 3, 1, 1, 0], "Usage": USAGE, "group": list("abcde")},
        {"id": IDS, "y": [2, 3, 3, 5, 0]},
        2.0,
        0.5,
    ),
    "log_loss": (
        {"dummy": {"dog": 0.5, "cat": 0.3, "fox": 0.2}, "kind": "text-classification"},
        {"id": IDS, "label": ["cat", "dog", "cat", "fox", ""], "Usage": USAGE},
        {"id": IDS, "cat": [0.5, 0, 1, 0, 1], "dog": [0.5, 1, 0, 0, 1], "fox": [0, 0, 0, 1, 1]},
        0.34657359,
        0.0,
    ),
    "f1": (
        {
            "dummy": {"sun": 0, "rain": 0, "snow": 0},
            "params": '{ average = "samples" }',
            "kind": "multilabel-classification",
        },
        {"id": IDS, "snow": [0, 0, 1, 1, 0], "sun": [1, 1, 0, 1, ""], "rain": [1, 0, 1, 0, 0], "Usage": USAGE},
        {"id": IDS, "sun": [1, 1, 0, 1, 0], "rain": [0, 0, 1, 0, 0], "snow": [0, 0, 1, 1, "1.0"]},
        (2 / 3 + 1) / 2,
        1.0,
    ),
}


@pytest.mark.parametrize("metric", CASES)
def test_a_file_is_scored_by_a_metric_of_any_sort(
    metric: str, make: Make, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how, solution, submission, public, private = CASES[metric]
    make(metric, solution, **how)
    (bare_workspace / "preds.csv").write_bytes(written(submission, bom=True))

    assert told(capsys, "submit", "preds.csv", "-c", "mine")["score"] == pytest.approx(public)
    assert run(["reveal", "mine", "--yes"]) == 0
    assert told(capsys, "leaderboard", "mine")["private"][0]["score"] == pytest.approx(private)


@pytest.fixture
def prices(make: Make, bare_workspace: Path) -> Path:
    solution = {"id": IDS, "y": [31337, 2, 3, 4, 0], "Usage": USAGE}
    (bare_workspace / "preds.csv").write_bytes(written({"id": IDS, "y": [1, 2, 3, 4, 5]}))
    return make("rmse", solution, {"y": 0})


def test_what_the_host_hands_out_is_copied_and_never_the_solution(
    prices: Path, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (prices / "data" / "Solution (1).csv").write_text("31337")
    (prices / "data" / "backup.csv").write_bytes((prices / "data" / "solution.csv").read_bytes())
    (prices / "data" / ".hidden").write_text("31337")

    files = {Path(file).name for file in told(capsys, "data", "mine")["files"]}

    assert files == {"sample_submission.csv", "train.csv", "1.txt"}
    handed_out = [*(bare_workspace / "data").rglob("*"), *(bare_workspace / ".kit/prepared/mine/public").rglob("*")]
    assert not any(b"31337" in path.read_bytes() for path in handed_out if path.is_file())
    assert told(capsys, "info", "mine")["n_left_out"] == 2


@pytest.mark.parametrize("command", ["run", "submit", "check"])
def test_a_plugin_is_told_that_there_is_nothing_to_learn_from(
    command: str, prices: Path, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare_workspace / "p.py").write_text("def fit(train):\n    return 1\n\ndef predict(model, X):\n    return X\n")

    assert run([command, "./p.py", "-c", "mine"]) == 2
    assert "E012  mine takes files of answers, no plugins" in capsys.readouterr().err


def test_no_plugin_is_started_for_it(prices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "net", "-c", "mine"]) == 2
    assert "E012" in capsys.readouterr().err


def test_what_it_is_can_be_read_without_rows(prices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "mine"]) == 0

    out = capsys.readouterr().out
    assert "public test 2 (hidden)" in out
    assert "train.csv" in out
    assert "31337" not in out


def test_info_of_a_metric_file_names_the_file_and_not_its_digest(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make("metric.py", {"id": IDS, "y": [1, 2, 3, 4, 5]}, {"y": 0}, params="{ cost = 2 }")
    text = (folder / "competition.toml").read_text().replace("params", "greater_is_better = false\nparams")
    (folder / "competition.toml").write_text(text)
    (folder / "metric.py").write_text("def score(solution, submission, row_id_column_name, cost): return 0.0\n")

    assert run(["info", "mine"]) == 0
    assert "metric.py(cost=2), lower is better" in capsys.readouterr().out


def test_a_file_that_was_read_again_gives_the_same(
    prices: Path, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = told(capsys, "submit", "preds.csv", "-c", "mine")["submission"]

    assert told(capsys, "verify", label)["is_equal"]


def test_text_that_was_read_again_gives_the_same(
    make: Make, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    how, solution, submission, *_ = CASES["map_at_k"]
    make("map_at_k", solution, **how)
    (bare_workspace / "preds.csv").write_bytes(written(submission))
    label = told(capsys, "submit", "preds.csv", "-c", "mine")["submission"]

    assert told(capsys, "verify", label)["is_equal"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c | {"y": [1, 2, "secret", 4, 0]}, "E307 1 answer is not a finite number: a cell at line 4"),
        (lambda c: {n: [*v[:-1]] for n, v in c.items()}, "E305 1 id is missing (first: 5)"),
        (lambda c: {n: [*v, v[0]] for n, v in c.items()}, "E303 1 id appears twice (first: 03, lines 2 and 7)"),
        (lambda c: c | {"Usage": ["Public"] * 5}, "E308 no row is Private"),
        (lambda c: c | {"Usage": ["Public"] * 4 + ["secret"]}, "E308 1 answer is not a class: a cell at line 6"),
        (lambda c: {"id": c["id"], "price": c["y"], "area": c["y"]}, 'there is no column "y" to score'),
        (lambda c: {"id": c["id"], "y": c["y"], "usage": c["Usage"]}, 'a column is called "usage"'),
    ],
)
def test_a_wrong_solution_is_told_to_the_host_without_its_cells(
    change: Callable[[Columns], Columns], said: str, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    make("rmse", change({"id": IDS, "y": [1, 2, 3, 4, 0], "Usage": USAGE}), {"y": 0})
    sample: Columns = {"id": IDS, "y": [0] * 5}
    Path("competitions/mine/data/sample_submission.csv").write_bytes(written(sample))

    assert run(["info", "mine"]) == 7
    err = " ".join(capsys.readouterr().err.split())
    assert "E603" in err
    assert said in err
    assert "secret" not in err


@pytest.mark.parametrize("missing", ["solution.csv", "sample_submission.csv"])
def test_a_folder_without_one_of_the_two_files_is_e501(
    missing: str, prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (prices / "data" / missing).unlink()

    assert run(["info", "mine"]) == 6
    assert f"E501  1 file is missing: {missing}" in capsys.readouterr().err


@pytest.mark.parametrize(("method", "n_public"), [("official", 15), ("hashed", 13)])
def test_without_usage_the_public_rows_are_drawn(
    method: str, n_public: int, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [str(i) for i in range(50)]
    folder = make("rmse", {"id": ids, "y": [1] * 50}, {"y": 0})
    text = (folder / "competition.toml").read_text()
    (folder / "competition.toml").write_text(text.replace('"official"', f'"{method}"'))

    facts = told(capsys, "info", "mine")

    assert (facts["n_public"], facts["n_private"]) == (n_public, 50 - n_public)


def test_a_label_that_only_the_training_table_has_is_an_answer(
    make: Make, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    solution = {"id": IDS, "kind": ["cat", "dog", "cat", "dog", ""], "Usage": USAGE}
    folder = make("accuracy", solution, {"kind": "cat"}, kind="image-classification")
    (folder / "data" / "train.csv").write_text("id,kind\n9,fox\n")
    (bare_workspace / "preds.csv").write_bytes(written({"id": IDS, "kind": ["fox", "dog", "cat", "dog", "cat"]}))

    assert told(capsys, "submit", "preds.csv", "-c", "mine")["score"] == 0.5


def test_other_keys_than_a_folder_of_files_has_are_told(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make("rmse", {"id": IDS, "y": [1] * 5, "Usage": USAGE}, {"y": 0})
    text = (folder / "competition.toml").read_text().replace('path = "data"\n', "")
    (folder / "competition.toml").write_text(text.replace('"official"', '"stratified"'))

    assert run(["info", "mine"]) == 2
    err = capsys.readouterr().err
    assert "data.path is needed" in err
    assert "split.method is 'stratified'" in err


def test_the_next_step_of_such_a_class_is_to_take_the_files(
    prices: Path, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare_workspace / "kit.toml").write_text('title = "A class"\ncompetition = "mine"\n')

    assert run([]) == 0
    assert "kit data mine      what there is to answer, in a file" in capsys.readouterr().out


@pytest.mark.parametrize("metric", ["map_at_k", "dice", "wmae"])
def test_a_metric_of_other_things_than_rows_have_is_sent_to_a_folder_of_files(
    metric: str, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(metric, {"id": IDS, "y": [1] * 5}, {"y": 0})
    text = (
        (folder / "competition.toml")
        .read_text()
        .replace('source = "files"\npath = "data"', 'source = "sklearn:diabetes"')
    )
    (folder / "competition.toml").write_text(text.replace('"official"', '"hashed"\ntest = 0.5'))

    assert run(["info", "mine"]) == 7
    assert 'source = "files"' in capsys.readouterr().err
