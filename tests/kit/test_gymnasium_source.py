from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kit.competition import Competition, read_competition
from kit.environments import batch
from kit.errors import DataError, KitError, MetricError, PluginError
from kit.job import Environment
from kit.metrics.episodic_return import episodic_return
from kit.prepare import Prepared, prepare
from kit.source.gymnasium import load

pytest.importorskip("gymnasium")
TOML = """\
title = "Act"
kind = "agent"
[data]
source = "gymnasium:{id}"
episodes = {episodes}
env_kwargs = {{ {kwargs} }}
[split]
method = "official"
salt = "s"
public = 0.3
[metric]
name = "episodic_return"
[submission]
columns = ["return"]
"""


def competition(name: str = "CartPole-v1", episodes: int = 10, kwargs: str = "", limit: int = 0) -> Competition:
    text = TOML.format(id=name, episodes=episodes, kwargs=kwargs)
    if limit:
        text = text.replace("[split]", f"max_episode_steps = {limit}\n[split]")
    return read_competition(text, where="competition.toml")


def environment(name: str, kwargs: str = "", limit: int = 0) -> Environment:
    return load(name, competition(name, kwargs=kwargs, limit=limit), Path(), on_progress=lambda _: None)


def made(folder: Path, c: Competition | None = None) -> Prepared:
    return prepare("act", c or competition(), folder, folder / "act", source=load, metric=episodic_return())


def test_cartpole_is_known_with_its_spaces_limit_and_line() -> None:
    cartpole = environment("CartPole-v1")

    assert (cartpole.observation.dtype, cartpole.observation.shape) == ("float32", (4,))
    assert (cartpole.action.n, cartpole.action.start) == (2, 0)
    assert (cartpole.max_episode_steps, cartpole.reward_threshold) == (500, 475.0)


def test_a_box_of_actions_is_known_with_its_ends() -> None:
    action = environment("Pendulum-v1").action

    assert (action.shape, action.n, action.low, action.high) == ((1,), 0, (-2.0,), (2.0,))
    assert environment("Pendulum-v1").reward_threshold is None


def test_arguments_are_kept_with_the_environment() -> None:
    assert environment("FrozenLake-v1", kwargs="is_slippery = false").kwargs == {"is_slippery": False}


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("CartPol-v1", "no environment gymnasium:CartPol-v1", "gymnasium:CartPole-v1 ?"),
        ("CartPole-v0", "deprecated: there is a version 1", "gymnasium:CartPole-v1 ?"),
        ("CartPole-v9", "no environment gymnasium:CartPole-v9", "gymnasium:CartPole-v1 ?"),
        ("CartPole", "no environment gymnasium:CartPole", "gymnasium:CartPole-v1 ?"),
    ],
)
def test_an_id_that_is_not_there_is_answered_with_the_one_that_is_meant(name: str, message: str, fix: str) -> None:
    with pytest.raises(DataError) as caught:
        environment(name)

    assert caught.value.code == "E504"
    assert message in caught.value.problem.message
    assert fix in caught.value.problem.fix


@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("Blackjack-v1", "", "the observations of Blackjack-v1 are Tuple"),
        ("CartPole-v1", "colour = 'red'", "CartPole-v1 can't be made with these env_kwargs"),
    ],
)
def test_an_environment_that_agents_can_not_act_in_is_refused(name: str, kwargs: str, message: str) -> None:
    with pytest.raises(MetricError, match=message) as caught:
        environment(name, kwargs)

    assert caught.value.code == "E603"


def test_an_environment_that_cuts_no_episode_needs_a_limit_of_steps() -> None:
    with pytest.raises(MetricError, match="CliffWalking-v1 cuts no episode") as caught:
        environment("CliffWalking-v1")

    assert caught.value.code == "E603"
    assert "max_episode_steps = 200" in caught.value.problem.fix
    assert environment("CliffWalking-v1", limit=200).max_episode_steps == 200


@pytest.mark.parametrize("name", ["CliffWalking-v1", "CartPole-v1", "FrozenLake-v1", "Taxi-v4"])
def test_an_episode_is_cut_at_the_limit_of_the_competition(name: str) -> None:
    envs = batch(environment(name, limit=3))
    envs.begin([1, 2])
    cut = [envs.step(np.zeros(2, dtype=np.int64)).truncated.tolist() for _ in range(3)]
    envs.close()

    assert cut == [[False, False], [False, False], [True, True]]


def test_with_another_limit_of_steps_nobody_has_said_what_is_good() -> None:
    assert environment("CartPole-v1", limit=200).reward_threshold is None
    assert environment("CartPole-v1", limit=500).reward_threshold == 475


def test_where_gymnasium_is_missing_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(PluginError) as caught:
        made(tmp_path)

    assert caught.value.code == "E102"
    assert "install it here:" in caught.value.problem.fix


def test_where_box2d_is_missing_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for loaded in ("lunar_lander", "bipedal_walker", "car_racing"):
        monkeypatch.delitem(sys.modules, f"gymnasium.envs.box2d.{loaded}", raising=False)
    monkeypatch.delitem(sys.modules, "gymnasium.envs.box2d", raising=False)
    monkeypatch.setitem(sys.modules, "Box2D", None)
    with pytest.raises(PluginError) as caught:
        made(tmp_path, competition("LunarLander-v3"))

    assert caught.value.code == "E102"
    assert "not installed here: Box2D" in caught.value.problem.message
    assert "gymnasium[box2d]" in caught.value.problem.fix


def test_a_prepared_competition_of_agents_has_seeds_and_no_rows(tmp_path: Path) -> None:
    prepared = made(tmp_path)
    facts = prepared.facts

    assert (facts.n_train, facts.n_valid, facts.n_public, facts.n_private) == (0, 3, 3, 7)
    assert len({*prepared.seeds("valid"), *prepared.seeds("test")}) == 13
    assert sorted(path.name for path in (prepared.folder / "public").iterdir()) == ["facts.json"]
    assert prepared.form().row_ids == tuple("0123456789")


def test_no_seed_is_in_the_public_folder(tmp_path: Path) -> None:
    prepared = made(tmp_path)
    public = (prepared.folder / "public" / "facts.json").read_text()

    assert not any(str(seed) in public for seed in (*prepared.seeds("valid"), *prepared.seeds("test")))


def test_another_salt_gives_other_episodes_under_the_same_digest(tmp_path: Path) -> None:
    one = made(tmp_path / "1")
    other = made(
        tmp_path / "2",
        read_competition(TOML.format(id="CartPole-v1", episodes=10, kwargs="").replace('"s"', '"t"'), where=""),
    )

    assert one.facts.digest == other.facts.digest
    assert one.seeds("test") != other.seeds("test")


def test_damaged_seeds_are_told_with_what_to_do(tmp_path: Path) -> None:
    prepared = made(tmp_path)
    (prepared.folder / "private" / "valid.csv").write_text("id,seed\n0,many\n")

    with pytest.raises(KitError) as caught:
        prepared.seeds("valid")
    assert caught.value.code == "E704"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('kind = "agent"', 'kind = "tabular-regression"', "kind"),
        ('"gymnasium:CartPole-v1"', '"sklearn:digits"', "data.source"),
        ('method = "official"', 'method = "contiguous"\ntest = 0.4', "split.method"),
        ('"episodic_return"', '"rmse"', "metric.name"),
        ("episodes = 10", "episodes = 1", "data.episodes"),
        ("env_kwargs = {  }", "env_kwargs = { max_episode_steps = 9 }", "data.env_kwargs"),
    ],
)
def test_what_only_fits_agents_or_only_rows_is_told(old: str, new: str, key: str) -> None:
    text = TOML.format(id="CartPole-v1", episodes=10, kwargs="").replace(old, new)
    with pytest.raises(KitError) as caught:
        read_competition(text, where="competition.toml")

    problems = caught.value.parts or (caught.value.problem,)
    assert key in {problem.where for problem in problems}
