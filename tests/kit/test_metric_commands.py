"""``kit metrics``: what there is, and one explained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kit.cli import run
from kit.cli.metrics import bounds
from kit.errors import OTHER_WORDS
from kit.plugin.built_in import register_metrics
from kit.plugin.manager import harness

HEAVY = {"pandas", "sklearn", "scipy", "torch", "rapidfuzz", "PIL"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("columns", ["60", "79", "80", "100"])
def test_every_metric_is_listed_by_its_whole_name(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert run(["metrics"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in lines[1 : len(register_metrics()) + 1]] == list(register_metrics())
    assert max(map(len, lines)) <= int(columns)


def test_the_list_says_which_way_is_better_and_what_is_handed_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "--json"]) == 0
    found = {metric["name"]: metric for metric in json.loads(capsys.readouterr().out)}

    assert found["map_at_k"]["greater_is_better"] is True
    assert found["map_at_k"]["needs"] == "ranking"
    assert found["map_at_k"]["params"] == {"k": 5, "divide_by": "attainable"}
    assert found["rmsle"]["worst"] is None  # there is no end


def test_the_list_goes_into_a_spreadsheet(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "--csv"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()

    assert header.startswith("name,greater_is_better,needs,summary")
    assert len(rows) == len(register_metrics())


@pytest.mark.parametrize("columns", ["60", "100"])
@pytest.mark.parametrize("name", register_metrics())
def test_a_metric_is_explained_within_the_terminal(
    name: str, columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert run(["metrics", name]) == 0
    text = capsys.readouterr().out

    assert text.startswith(f"{name}  ")
    assert f'    name = "{name}"' in text
    assert "``" not in text
    assert [line for line in text.splitlines() if len(line) > int(columns) and not line.startswith("    ")] == []


def test_an_explanation_has_the_example_of_the_docstring(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "map_at_k"]) == 0

    assert (
        '    >>> map_at_k(k=2).value(np.array(["a c e"]), np.array(["a b c d e"]))\n    0.5\n'
        in capsys.readouterr().out
    )


def test_an_explanation_comes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "map_at_k", "--json"]) == 0
    explained = json.loads(capsys.readouterr().out)

    assert explained["parameters"][1] == {
        "name": "divide_by",
        "takes": '"attainable" or "relevant"',
        "default": "attainable",
        "explanation": explained["parameters"][1]["explanation"],
    }
    assert ">>> map_at_k(k=2)" in explained["examples"]


def test_the_parameters_of_a_metric_come_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "mrr", "--csv"]) == 0

    assert capsys.readouterr().out.splitlines()[:2] == [
        "name,takes,default,explanation",
        "k,a whole number,0,How many names of each list are looked at; 0 for all.",
    ]


def test_a_name_that_is_nearly_one_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "rmslee"]) == 2

    assert "did you mean   rmsle ?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "meant"),
    [("qwk", "quadratic_weighted_kappa"), ("AUC", "roc_auc"), ("map", "map_at_k"), ("ndcg", "ndcg_at_k")],
)
def test_an_abbreviation_leads_to_the_name_of_the_metric(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["metrics", word]) == 2

    assert f"did you mean   {meant} ?" in capsys.readouterr().err


def test_other_words_lead_to_metrics_and_splits_that_there_are() -> None:
    known = [*harness().catalogue("register_metrics"), "hashed", "temporal", "contiguous"]

    assert [word for word, meant in OTHER_WORDS.items() if meant not in known or word in known] == []


def test_a_scorer_of_scikit_learn_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "sklearn:neg_median_absolute_error"]) == 0
    page = capsys.readouterr().out

    assert "higher is better, any number; answers: numbers; from scikit-learn" in " ".join(page.split())
    assert '    name = "sklearn:neg_median_absolute_error"\n    greater_is_better = true\n' in page


def test_a_scorer_that_scikit_learn_does_not_have_leads_to_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "sklearn:balanced_acuracy"]) == 2

    assert "did you mean   sklearn:balanced_accuracy ?" in capsys.readouterr().err


def test_a_file_of_a_hosts_own_leads_to_how_to_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["metrics", "metric.py"]) == 0
    page = capsys.readouterr().out

    assert "docs/how-to/a-metric-of-your-own.md" in page
    assert '    name = "metric.py"\n    greater_is_better = true   # or false\n' in page


@pytest.mark.parametrize("name", ["metric.py", "sklearn:accuracy"])
def test_what_is_not_in_the_list_comes_as_json_with_the_same_keys(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = []
    for one in ("mae", name):
        assert run(["metrics", one, "--json"]) == 0
        keys.append(json.loads(capsys.readouterr().out).keys())

    assert keys[0] == keys[1]


def test_metrics_of_other_packages_are_listed_and_a_broken_one_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    info = tmp_path / "site" / "mine-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[kit]\nmine = a_stranger\n")
    (tmp_path / "site" / "a_stranger.py").write_text(
        "from kit import hookimpl\n\n@hookimpl\ndef register_metrics():\n"
        '    return {"odd": "kit.metrics.mae:mae", "off": "nowhere:metric"}\n'
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    harness.cache_clear()

    assert run(["metrics", "--json"]) == 0
    found = {metric["name"]: metric for metric in json.loads(capsys.readouterr().out)}
    harness.cache_clear()

    assert found["odd"]["provider"] == "mine"
    assert "nowhere" in found["off"]["problem"]


@pytest.mark.parametrize("arguments", [["metrics"], ["metrics", "wer"]])
def test_nothing_heavy_is_imported_to_tell_of_metrics(arguments: list[str]) -> None:
    code = f"import sys, kit.cli; kit.cli.run({arguments!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, encoding="utf-8")

    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize(
    ("best", "worst", "words"),
    [
        (1.0, 0.0, "from 0 to 1"),
        (0.0, float("inf"), "from 0 on"),
        (1.0, float("-inf"), "up to 1"),
        (float("inf"), float("-inf"), "any number"),
    ],
)
def test_the_ends_of_a_score_are_said_in_words(best: float, worst: float, words: str) -> None:
    assert bounds({"best": best, "worst": worst}) == words
