"""compare and similar as they are typed, and what the leaderboard says of ties."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.cli import run
from kit.metrics.roc_auc import roc_auc
from kit.workspace import Workspace
from leaderboard.commands.compare import lines
from leaderboard.comparison import Changed, Compared, PartCompared, Side

ALL_BUT = "def fit(train):\n    return 1\n\ndef predict(model, X):\n    return {answers}\n"


@pytest.fixture
def here(workspace: Path) -> Path:
    """A workspace with a file of right answers, three that are wrong in some rows, and two plugins."""
    prepared = Workspace.find(workspace).prepared("digits")
    with prepared.solution.open(newline="") as file:
        solution = {row["id"]: int(row["label"]) for row in csv.DictReader(file)}
    answers: dict[str, int] = {}
    for name, every in (("right", 0), ("ada", 20), ("ben", 3)):
        answers = {i: (y + 1) % 10 if every and n % every == 0 else y for n, (i, y) in enumerate(solution.items())}
        write(workspace / f"{name}.csv", answers)
    write(workspace / "eve.csv", dict(reversed(answers.items())))  # ben's, in another order
    (workspace / "plugins").mkdir()
    for name, answers_of in (("threes", "[3] * len(X)"), ("eights", "[8] * len(X)")):
        (workspace / "plugins" / f"{name}.py").write_text(ALL_BUT.format(answers=answers_of))
    return workspace


def write(path: Path, answers: dict[str, int]) -> None:
    path.write_text("\n".join(["id,label", *(f"{i},{label}" for i, label in answers.items()), ""]))


def submit(*names: str) -> None:
    for name in names:
        assert run(["submit", f"{name}.csv", "-c", "digits", "--team", name]) == 0


def typed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(arguments) == code
    told = capsys.readouterr()
    return told.out if code == 0 else told.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(typed(capsys, *arguments, "--json"))


def test_of_two_files_the_better_is_named_with_how_sure_that_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("ada", "ben")

    out = typed(capsys, "compare", "s1", "s2")

    assert "almost certainly s1 is better" in out
    assert "a file has no answers to these rows (s1, s2)" in out
    assert "p =" not in out


def test_the_numbers_behind_the_words_are_in_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("right", "ben")

    public = told(capsys, "compare", "s1", "s2")["public"]

    assert (public["kind"], public["n_second_alone"]) == ("better", 0)
    assert 0 < public["p"] == 2 * 0.5 ** public["n_first_alone"]


def test_the_other_way_round_it_is_the_other_way_round(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("ada", "ben")

    one, other = (told(capsys, "compare", *both)["public"] for both in (("s1", "s2"), ("s2", "s1")))

    assert (one["kind"], other["kind"]) == ("better", "worse")
    assert (one["p"], one["n_first_alone"]) == (other["p"], other["n_second_alone"])


def test_no_public_row_is_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("ada", "ben")

    assert told(capsys, "compare", "s1", "s2")["changed"] == []


def test_of_two_plugins_the_validation_rows_that_changed_are_listed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("threes", "eights"):
        run(["submit", name, "-c", "digits"])

    rows = told(capsys, "compare", "s1", "s2")["changed"]
    out = typed(capsys, "compare", "s1", "s2")

    assert len(rows) == 216
    assert {(row["first"], row["second"]) for row in rows} == {("3", "8")}
    assert {row["truth"] for row in rows if row["right"] == "first"} == {"3"}
    assert rows[-1]["right"] == "neither"
    assert "… and 206 more: --all" in out


def test_every_changed_row_is_in_the_csv(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("threes", "eights"):
        run(["submit", name, "-c", "digits"])

    header, *rows = typed(capsys, "compare", "s1", "s2", "--csv").splitlines()

    assert (header, len(rows)) == ("id,truth,first,second,right", 216)


def test_a_run_is_compared_with_a_submission_on_the_validation_rows(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["submit", "threes", "-c", "digits"])
    run(["run", "eights", "-c", "digits"])

    compared = told(capsys, "compare", "s1", "r2")

    assert compared["public"] is None
    assert compared["why_no_public"] == "r2 never answered it"
    assert compared["valid"]["n"] == len(compared["changed"]) == 216


def test_the_same_twice_has_no_difference(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["submit", "threes", "-c", "digits"])

    out = typed(capsys, "compare", "s1", "s1")

    assert "no difference: the same are right" in out
    assert "no answer to a validation image" in out


@pytest.mark.parametrize("label", ["s9", "x", "r9", "1 2", ""])
def test_what_is_not_there_is_not_compared(label: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("ada")

    assert "E001" in typed(capsys, "compare", "s1", label, code=2)


def test_a_submission_that_failed_has_nothing_to_compare(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "plugins" / "broken.py").write_text(ALL_BUT.format(answers="None"))
    submit("ada")
    run(["submit", "broken", "-c", "digits"])

    assert "E010  s2 has no score: failed" in typed(capsys, "compare", "s1", "s2", code=2)


def test_scores_of_other_rows_are_not_compared(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("ada", "ben")
    solution = Workspace.find(here).prepared("digits").solution
    solution.write_text(solution.read_text().replace("Public", "Ignored", 1))

    assert "were scored before the competition changed" in typed(capsys, "compare", "s1", "s2", code=2)


@pytest.mark.parametrize("columns", ["60", "100"])
def test_a_comparison_fits_the_terminal(
    columns: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("threes", "eights"):
        run(["submit", name, "-c", "digits"])
    monkeypatch.setenv("COLUMNS", columns)

    assert [line for line in typed(capsys, "compare", "s1", "s2").splitlines() if len(line) > int(columns)] == []


def test_of_probabilities_the_share_of_the_true_class_is_shown() -> None:
    side = Side(label="s1", competition="pets", name="a", team="ada", kind="plugin")
    part = PartCompared(
        n=9, first=0.9, second=0.8, kind="unclear", sure="perhaps", p=0.1, n_first_alone=None, n_second_alone=None
    )
    row = Changed(id="7", truth="cat", first="0.91", second="0.2", right="")
    compared = Compared(
        competition="pets",
        metric="roc_auc",
        first=side,
        second=side,
        public=part,
        valid=part,
        changed=(row,),
        of_truth=True,
    )

    text = "\n".join(lines(compared, roc_auc()))

    assert "probability that each gave to the true class" in text
    assert "no clear difference: a hint, no more" in text


def test_teams_with_the_same_answers_are_listed_for_the_host(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mallory.csv").write_bytes((here / "ada.csv").read_bytes())
    submit("right", "ada", "ben", "eve", "mallory")

    pairs = told(capsys, "similar", "digits")
    out = typed(capsys, "similar", "digits")

    assert [(p["first_team"], p["second_team"], p["kind"]) for p in pairs] == [
        ("ada", "mallory", "file"),
        ("ben", "eve", "exact"),
    ]
    assert "Look at these 2 pairs: there may be a good reason" in out
    assert "kit compare s2 s5" in out


def test_where_no_two_are_alike_that_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("ada", "ben")

    assert typed(capsys, "similar", "digits") == "digits   2 teams: no two have the same answers, or nearly.\n"
    assert typed(capsys, "similar", "digits", "--csv").startswith("first_team,second_team,kind")


def test_ones_own_rows_are_one_team(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ben", "eve"):
        run(["submit", f"{name}.csv", "-c", "digits"])

    assert told(capsys, "similar", "digits") == []


def test_what_everybody_was_given_is_no_copy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for team in ("ada", "ben"):
        run(["submit", "constant", "-c", "digits", "--team", team])

    assert told(capsys, "similar", "digits") == []


@pytest.mark.parametrize("columns", ["60", "100"])
def test_pairs_and_ties_fit_the_terminal(
    columns: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submit("right", "ada", "ben", "eve")
    run(["reveal", "digits", "--yes"])
    monkeypatch.setenv("COLUMNS", columns)

    for arguments in (["similar", "digits"], ["leaderboard", "digits"], ["leaderboard", "digits", "--public"]):
        assert [line for line in typed(capsys, *arguments).splitlines() if len(line) > int(columns)] == []


BOARD = """\
digits   public part, 240 images.  The private ranking is hidden until it is revealed.
  practice: the answers to these rows are public
  rank        who       score   95 % interval        tries   last
┌    1   =1   right   100.0 %   98.4 --● 100.0           1   now
└    2   =1   ada      98.3 %   95.8 -●- 99.4            1   now
┌    3   =1   ben      66.2 %   60.1 ----●--- 71.9       1   now
└    3   =1   eve      66.2 %   60.1 ----●--- 71.9       1   now
  "=1": 1 other team lies inside this row's rank interval (the same images)
  each of the first 2 rows may be the best: the differences between them may be luck
"""


def test_where_no_row_is_clearly_worse_each_may_be_the_best(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("right", "ada")

    assert "each of the 2 rows may be the best" in typed(capsys, "leaderboard", "digits")


def test_rows_that_cant_be_told_apart_are_bracketed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("right", "ada", "ben", "eve")

    assert typed(capsys, "leaderboard", "digits") == BOARD


def test_ties_are_in_json_and_csv(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("right", "ben", "eve")

    rows = told(capsys, "leaderboard", "digits")["public"]
    listed = list(csv.DictReader(typed(capsys, "leaderboard", "digits", "--csv").splitlines()))

    assert [(r["rank_lo"], r["rank_hi"], r["n_tied"], r["in_leader_group"]) for r in rows] == [
        (1, 1, 0, True),
        (2, 3, 1, False),
        (2, 3, 1, False),
    ]
    assert [row["n_tied"] for row in listed] == ["0", "1", "1"]


def test_the_reveal_tells_how_far_teams_moved_beside_luck(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("right", "ada", "ben")

    shaken = told(capsys, "reveal", "digits", "--yes")["shake_up"]
    out = typed(capsys, "leaderboard", "digits")

    assert (shaken["observed"], shaken["predicted"] < 0.01) == (0.0, True)
    assert "teams moved 0.0 places on average; the luck of the rows alone would move them 0.0" in out


def test_a_try_says_with_which_ranks_it_is_tied(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit("right", "ben")

    assert "2 of 3, tied with ranks 2-3" in typed(capsys, "submit", "eve.csv", "-c", "digits", "--team", "eve")


def test_many_tries_are_told_what_luck_does(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = Workspace.find(here).prepared("digits").form().row_ids
    rng = np.random.default_rng(0)
    outs = []
    for n in range(5):
        write(here / "mine.csv", dict(zip(ids, rng.integers(0, 10, len(ids)).tolist(), strict=True)))
        outs.append(typed(capsys, "submit", "mine.csv", "-c", "digits", "--team", f"ada{n // 5}"))

    assert "luck" not in outs[1]
    assert "the best of 5 tries: in private up to" in outs[4]
    assert "points worse by luck alone" in outs[4]


def test_a_withheld_score_is_told_in_words(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_feedback(here, "ladder")
    (here / "ada.csv").rename(here / "first.csv")
    run(["submit", "first.csv", "-c", "mine", "--team", "ada"])
    out = typed(capsys, "submit", "ben.csv", "-c", "mine", "--team", "ada")
    said = told(capsys, "submit", "ben.csv", "-c", "mine", "--team", "ada")

    assert "no significant improvement: your best stays" in out
    assert said["is_withheld"]
    assert said["score"] == pytest.approx(said["previous_score"])
    assert "only a clear improvement changes a score" in typed(capsys, "leaderboard", "mine")


def with_feedback(here: Path, feedback: str) -> None:
    """The competition ``mine``: digits once more, with this feedback."""
    folder = here / "competitions" / "mine"
    folder.mkdir(parents=True)
    path = Workspace.find(here).competitions["digits"].path
    text = (path if path.is_file() else path / "competition.toml").read_text()
    (folder / "competition.toml").write_text(f'{text}\n[leaderboard]\nfeedback = "{feedback}"\n')
