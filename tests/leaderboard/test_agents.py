"""A competition of agents from the first command to the reveal, and what agents may try."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.cli import run
from kit.workspace import Workspace

pytest.importorskip("gymnasium")
POLES = """\
title = "Poles"
kind = "agent"
[data]
source = "gymnasium:CartPole-v1"
episodes = 30
batch = 16
[split]
method = "official"
salt = "poles"
public = 0.4
[metric]
name = "episodic_return"
[submission]
columns = ["return"]
[limits]
time_limit_s = 30
"""
GOOD = """
import numpy as np

def fit(task):
    return np.array([0.1, 0.5, 1, 1])

def predict(model, X):
    return (X @ model > 0).astype(int)
"""
Told = tuple[int, str, str]
Kit = Callable[..., Told]


@pytest.fixture
def poles(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Kit:
    """Runs a command in a workspace with the competition ``poles``; exit code, what is shown and what is said."""
    folder = workspace / "competitions" / "poles"
    folder.mkdir(parents=True)
    (folder / "competition.toml").write_text(POLES)
    (workspace / "plugins").mkdir()

    def typed(*arguments: str) -> Told:
        capsys.readouterr()
        code = run([*arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


def plugin(text: str, name: str = "mine") -> str:
    Path("plugins", f"{name}.py").write_text(text)
    return f"plugins/{name}.py"


def sent(poles: Kit, text: str) -> dict[str, Any]:
    code, out, err = poles("submit", plugin(text), "-c", "poles", "--json")
    assert code == 0, err
    receipt: dict[str, Any] = json.loads(out)
    return receipt


def test_an_agent_is_scored_on_public_and_private_episodes(poles: Kit) -> None:
    receipt = sent(poles, GOOD)

    assert (receipt["n"], receipt["rank"], receipt["state"]) == (12, 1, "scored")
    assert receipt["score"] > 100
    assert receipt["interval_lo"] <= receipt["score"] <= receipt["interval_hi"]
    assert poles("reveal", "poles", "--yes")[0] == 0
    board = json.loads(poles("leaderboard", "poles", "--json")[1])
    assert (board["private"][0]["n"], board["public"][0]["n"]) == (18, 12)


def test_the_same_agent_gets_the_same_score_again(poles: Kit) -> None:
    assert sent(poles, GOOD)["score"] == sent(poles, f"# other bytes\n{GOOD}")["score"]


def test_a_run_of_ones_own_is_scored_on_other_episodes(poles: Kit) -> None:
    code, out, _ = poles("run", plugin(GOOD), "-c", "poles", "--json")
    ran = json.loads(out)

    assert (code, ran["n_valid"], ran["metric"], ran["verdict"]) == (0, 12, "episodic_return", None)
    assert ran["solved_from"] == 475.0
    assert [check["state"] for check in ran["checks"]] == ["ok"] * 3


def test_a_run_says_whether_the_environment_is_solved(poles: Kit) -> None:
    bad = GOOD.replace("[0.1, 0.5, 1, 1]", "[0, 0, 1, 0]")

    assert "  solved   not yet: from 475.0 on" in poles("run", plugin(bad), "-c", "poles")[1]
    assert "  solved   yes, from 475.0 on" in poles("run", "gym_agent", "-c", "poles")[1]


def test_the_board_says_where_solved_begins_and_how_many_have(poles: Kit) -> None:
    sent(poles, GOOD.replace("[0.1, 0.5, 1, 1]", "[0, 0, 1, 0]"))
    assert "solved from 475.0 on: no row has its whole interval above it yet" in poles("leaderboard", "poles")[1]
    poles("submit", "gym_agent", "-c", "poles", "--team", "other")

    told = json.loads(poles("leaderboard", "poles", "--json")[1])

    assert (told["solved_from"], told["n_solved"]) == (475.0, 1)
    assert "solved from 475.0 on: 1 of 2 rows has its whole interval above it" in poles("leaderboard", "poles")[1]


def test_a_check_plays_a_few_episodes(poles: Kit) -> None:
    code, out, _ = poles("check", plugin(GOOD), "-c", "poles", "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}

    assert code == 0
    assert "8 episodes, mean return" in checks["predict"]["detail"]
    assert {checks[name]["state"] for name in ("same twice", "any order", "one by one", "saves", "same seed")} == {"ok"}


def test_a_file_of_answers_is_refused_in_a_sentence(poles: Kit) -> None:
    Path("preds.csv").write_text("id,return\n0,500\n")
    code, _, err = poles("submit", "preds.csv", "-c", "poles")

    assert code == 4
    assert "E314  poles takes agents, and preds.csv is a file" in err


def test_there_are_no_files_to_write(poles: Kit) -> None:
    code, out, _ = poles("data", "poles")

    assert code == 0
    assert "poles has no files: an agent learns by acting" in out
    assert not Path("data").exists()


def test_the_page_of_the_competition_tells_what_is_seen_and_done(poles: Kit) -> None:
    out = poles("info", "poles")[1]

    assert "CartPole-v1, at most 500 steps" in out
    assert "X   float32 (n, 4)" in out
    assert "int64 (n,), 0 to 1" in out
    assert "solved from 475.0 on" in out
    assert json.loads(poles("info", "poles", "--json")[1])["task"]["environment"]["id"] == "CartPole-v1"


def test_a_new_plugin_for_agents_is_a_copy_of_gym_agent(poles: Kit) -> None:
    code, out, _ = poles("new", "my_agent", "-c", "poles")

    assert code == 0
    assert "from 'gym_agent'" in " ".join(out.split())
    assert 'COMPETITION = "poles"' in Path("plugins/my_agent/plugin.py").read_text()


def test_rows_are_missed_with_what_to_do_instead(poles: Kit) -> None:
    wrong = "def fit(train):\n    return train.y.mean()\n\ndef predict(model, X):\n    return [0] * len(X)\n"
    code, _, err = poles("run", plugin(wrong), "-c", "poles")

    assert code == 3
    assert "an agent has no rows, and so no .y: it learns by acting" in " ".join(err.split())


def test_an_environment_is_missed_where_there_are_rows(poles: Kit) -> None:
    code, _, err = poles("run", plugin("def fit(task):\n    return task.make_vec(2, seed=0)\n"), "-c", "digits")

    assert code == 3
    assert "there is nothing to act in: this competition is one of image-classification" in " ".join(err.split())


def test_one_environment_can_be_learned_in_too(poles: Kit) -> None:
    text = GOOD.replace(
        "def fit(task):",
        "def fit(task):\n    env = task.make_env(seed=3)\n    a, b = env.reset()[0], env.reset()[0]\n"
        "    assert (a != b).any() and (a == task.make_env(seed=3).reset()[0]).all()",
    )

    assert sent(poles, text)["state"] == "scored"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("return X", "E203", "predict() gave actions of another shape"),
        ("return [0]", "E203", "predict() gave 1 action for 16 rows"),
        ("return X[:, 2]", "E211", "actions that are no whole numbers"),
        ("return X[:, 2] * float('nan')", "E204", "actions that are not numbers (NaN)"),
        ("return ['left'] * len(X)", "E211", "no numbers"),
        ("return [7] * len(X)", "E220", "actions that do not exist"),
        ("return None", "E213", "returned nothing"),
        ("return 1 / 0", "E202", "your code stopped with an error while predicting"),
    ],
)
def test_an_action_that_is_none_is_told_with_its_line(poles: Kit, answer: str, code: str, words: str) -> None:
    text = f"def fit(task):\n    return 1\n\ndef predict(model, X):\n    X = X[:16]\n    {answer}\n"
    exit_code, _, err = poles("run", plugin(text.replace("    X = X[:16]\n", "")), "-c", "poles")

    assert exit_code == 3
    assert f"{code}  " in err
    assert words.replace("16", "12") in " ".join(err.split())
    assert "plugins/mine.py:" in err


@pytest.mark.parametrize(
    "answer",
    ["[[1.0, 3.5]] * len(X)", "[True] * len(X)", "[1.0] * len(X)", "[[1]] * len(X)"],
)
def test_actions_come_in_several_forms(poles: Kit, answer: str) -> None:
    text = f"def fit(task):\n    return 1\n\ndef predict(model, X):\n    return {answer}\n"

    assert 8 < sent(poles, text)["score"] < 11  # always to the right


@pytest.mark.slow
def test_scores_of_actions_may_come_from_torch(poles: Kit) -> None:
    pytest.importorskip("torch")
    text = "import torch\n\ndef fit(task):\n    return torch.nn.Linear(4, 2)\n\n"
    text += "def predict(model, X):\n    return model(torch.tensor(X))\n"

    assert sent(poles, text)["state"] == "scored"


def test_a_return_that_an_agent_claims_is_no_score(poles: Kit) -> None:
    claims = GOOD.replace("def fit(task):", "def fit(task, run):\n    run.log(score=500, episodic_return=500)")
    claims = claims.replace("[0.1, 0.5, 1, 1]", "[0, 0, 0, 0]") + "\nprint('episodic_return=500.0')\n"

    assert sent(poles, claims)["score"] < 12


def test_what_an_agent_logs_while_it_plays_for_the_score_is_not_passed_on(poles: Kit) -> None:
    telling = GOOD.replace("def fit(task):", "def fit(task, run):\n    run.log(epoch=1)")
    receipt = sent(poles, telling.replace("predict(model, X):", "predict(model, X, run):\n    run.log(epoch=77)"))
    from leaderboard.board import Board

    board = Board.of(Workspace.find())
    digest = board.kept(receipt["submission_id"]).run_sha256
    assert digest is not None
    kept = json.loads(board.blobs.get(digest))
    board.close()

    assert [event["epoch"] for event in kept["events"]] == [1]


def test_neither_the_job_nor_the_environment_of_a_worker_tells_a_seed(poles: Kit) -> None:
    spying = GOOD.replace(
        "def fit(task):",
        "import os, sys\nfrom pathlib import Path\n\ndef fit(task):\n"
        "    told = Path(sys.argv[1]).read_text() + str(os.environ) + repr(task)\n    print('SEEN', told)",
    )
    receipt = sent(poles, spying)
    prepared = Workspace.find().prepared("poles")
    from leaderboard.board import Board

    board = Board.of(Workspace.find())
    digest = board.kept(receipt["submission_id"]).log_sha256
    assert digest is not None
    log = board.blobs.get(digest).decode()
    board.close()

    assert "SEEN" in log
    assert "CartPole-v1" in log
    assert not any(str(seed) in log for seed in (*prepared.seeds("valid"), *prepared.seeds("test")))


def test_an_agent_that_fails_now_and_then_is_scored_with_what_it_has(poles: Kit) -> None:
    rare = GOOD.replace(
        "def predict(model, X):",
        "asked = []\n\ndef predict(model, X):\n    asked.append(1)\n    if len(asked) == 700:\n        1 / 0",
    )
    receipt = sent(poles, rare)
    actions = next(check for check in receipt["checks"] if check["name"] == "actions")

    assert actions["problem"]["code"] == "E220"
    assert "ended early, with what they had" in actions["detail"]


def test_the_third_failure_ends_the_run(poles: Kit) -> None:
    often = GOOD.replace(
        "def predict(model, X):",
        "asked = []\n\ndef predict(model, X):\n    asked.append(1)\n    if len(asked) > 3:\n        1 / 0",
    )
    code, _, err = poles("submit", plugin(often), "-c", "poles")

    assert code == 3
    assert "E220 3 answers of predict() could not be used: the run was ended" in " ".join(err.split())
