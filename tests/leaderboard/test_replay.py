"""Episodes that an agent has played, as they are kept and shown."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.cli import run
from kit.environments.replay import unpack

pytest.importorskip("gymnasium")
POLES = """\
title = "Poles"
kind = "agent"
[data]
source = "gymnasium:CartPole-v1"
episodes = 10
[split]
method = "official"
salt = "poles"
public = 0.4
[metric]
name = "episodic_return"
[submission]
columns = ["return"]
"""
CLUMSY = """
import numpy as np

def fit(task, gain=1.0):
    return np.array([0, 0, 1, gain])

def predict(model, X):
    return (X @ model > 0).astype(int)
"""
Typed = Callable[..., str]


@pytest.fixture(scope="module")
def folder_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled by the first test that wants it: three trainings take longer than all the tests."""
    return tmp_path_factory.mktemp("played")


def typing(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command; what it shows, or says where it ends with `code`."""

    def typed(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run([*arguments]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return typed


@pytest.fixture
def typed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """In a workspace with the competition ``poles`` and a plugin."""
    folder = workspace / "competitions" / "poles"
    folder.mkdir(parents=True)
    (folder / "competition.toml").write_text(POLES)
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "mine.py").write_text(CLUMSY)
    return typing(capsys)


@pytest.fixture
def played(typed: Typed, workspace: Path, folder_of_all: Path) -> Typed:
    """The same after a submission (s1) and two runs (r2, r3)."""
    state, made = workspace / ".kit", folder_of_all / ".kit"
    if not made.exists():
        typed("submit", "plugins/mine.py", "-c", "poles", "--team", "us")
        typed("run", "plugins/mine.py", "-c", "poles")
        typed("run", "plugins/mine.py", "-c", "poles", "--set", "gain=0.1")
        shutil.copytree(state, made)
    shutil.rmtree(state)
    shutil.copytree(made, state)
    return typed


def test_the_newest_run_is_drawn_at_some_steps(played: Typed) -> None:
    text = played("replay")

    assert text.startswith("r3   poles / plugins/mine.py   the best valid episode")
    assert text.count("r3 step") == 4
    assert "⣿" in text


def test_an_episode_is_told_in_json_without_its_seed(played: Typed) -> None:
    told = json.loads(played("replay", "r2", "--episode", "worst", "--json"))

    assert (told["of"], told["part"], told["episode"]) == ("r2", "valid", "worst")
    assert told["return"] == sum(told["rewards"])
    assert len(told["seen"]) == told["steps"] + 1
    assert "seed" not in told


def test_the_steps_are_rows_of_csv(played: Typed) -> None:
    head, first, *_ = played("replay", "r2", "--csv").splitlines()

    assert head == "step,action,reward,return,place,speed,angle,its speed"
    assert first.startswith("0,,,0.0,")


def test_another_agent_is_shown_beside_in_the_episode_that_both_played(played: Typed) -> None:
    first, other = json.loads(played("replay", "r2", "--beside", "r3", "--json"))

    assert (first["of"], other["of"]) == ("r2", "r3")
    assert first["seen"][0] == other["seen"][0]


def test_a_page_holds_all_episodes_and_no_seed(played: Typed, workspace: Path) -> None:
    assert "open it in a browser" in played("replay", "r2", "--html", "films/r2.html")
    page = (workspace / "films" / "r2.html").read_text(encoding="utf-8")
    replay = unpack((workspace / ".kit" / "runs" / "r2" / "replay.npz").read_bytes())

    assert page.count("<option") == 4 + 5
    assert "http" not in page
    assert not any(str(one.seed) in page for one in replay.episodes)


def test_a_page_shows_two_agents_in_one_episode(played: Typed, workspace: Path) -> None:
    played("replay", "r2", "--beside", "r3", "--html", "both.html")

    assert (workspace / "both.html").read_text(encoding="utf-8").count("<canvas") == 2


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_an_episode_is_written_as_a_picture_that_moves(played: Typed, workspace: Path, form: str) -> None:
    image = pytest.importorskip("PIL.Image")
    played("replay", "r2", f"--{form}", f"r2.{form}", "--speed", "4")

    assert image.open(io.BytesIO((workspace / f"r2.{form}").read_bytes())).n_frames > 1


def test_of_a_submission_public_episodes_alone_are_kept(played: Typed, workspace: Path) -> None:
    told = json.loads(played("replay", "s1", "--json"))
    rows = (workspace / ".kit/prepared/poles/private/solution.csv").read_text().splitlines()[1:]
    public = {int(row.split(",")[1]) for row in rows if row.endswith("Public")}
    kept = [file.read_bytes() for file in (workspace / ".kit" / "objects").rglob("*") if file.is_file()]
    replays = [unpack(data) for data in kept if b"seeds.npy" in data]

    assert told["part"] == "public"
    assert {one.seed for replay in replays for one in replay.episodes} <= public


def test_a_host_who_tells_less_shows_no_public_episode(played: Typed, workspace: Path) -> None:
    file = workspace / "competitions" / "poles" / "competition.toml"
    file.write_text(POLES + '[leaderboard]\nfeedback = "rounded"\n')

    assert "the episodes of s1 are not shown" in played("replay", "s1", code=2)


def test_runs_and_submissions_share_no_episode(played: Typed) -> None:
    said = played("replay", "r2", "--beside", "s1", code=2)

    assert "E017" in said
    assert "submissions the public ones" in said


def test_where_nothing_was_played_it_is_said_what_to_do(typed: Typed) -> None:
    said = typed("replay", code=2)

    assert "E017" in said
    assert "kit run gym_agent -c cartpole" in said


def test_a_damaged_replay_is_told(played: Typed, workspace: Path) -> None:
    (workspace / ".kit" / "runs" / "r2" / "replay.npz").write_bytes(b"nothing")

    assert "E704" in played("replay", "r2", code=8)
