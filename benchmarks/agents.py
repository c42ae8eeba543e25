"""What the shipped agents take until an environment is solved, beside PPO of Stable-Baselines3.

``python -m benchmarks agents [--env ID] [--seeds 5] [--no-peer]``. Ours and the peer alternate. CPU seconds of one core
from the start of the training on, imports not counted. An agent is done when it says so itself, and what it tries for
that counts. So it does for the peer: its own callback, asked every 5,000 steps, stops it when the mean of 20 episodes
is at the threshold; after 50,000 steps it is ended. A second line counts its training alone. A hit is a mean of 100
held-out episodes, 1000 on FrozenLake, at or above the threshold that the environment is registered with. The seeds were
not used for choosing settings.

The settings of the peer are those of DLR-RM/rl-baselines3-zoo, ``hyperparams/ppo.yml``, for each environment; it has
none for FrozenLake, where the library's own defaults are used.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pairs import load, spread
from kit.environments import batch
from kit.environments.gym import quiet
from kit.job import Environment, Space
from kit.plugin.built_in import BUNDLED
from kit.plugin.context import Run, Task
from kit.plugin.load import load_plugin
from kit.sandbox.agent import Faults, Seen, play
from kit.worker.answers import one_action_each

Act = Callable[[NDArray[Any]], NDArray[Any]]
FIRST_SEED, FIRST_HELD_OUT = 100, 10**6
MOST_STEPS, ASK_EVERY, TIME_LIMIT_S = 50_000, 5_000, 300.0
PLUGINS = ("gym_agent", "ppo", "dqn")
# n_envs and normalize belong to the environments, all the others to PPO; what is not named is its default.
PEER: dict[str, dict[str, Any]] = {
    "CartPole-v1": {
        "n_envs": 8,
        "n_steps": 32,
        "batch_size": 256,
        "gae_lambda": 0.8,
        "gamma": 0.98,
        "n_epochs": 20,
        "ent_coef": 0.0,
        "learning_rate": lambda left: 0.001 * left,
        "clip_range": lambda left: 0.2 * left,
        "n_timesteps": 100_000,  # which the two before fall over
    },
    "Acrobot-v1": {"normalize": True, "n_envs": 16, "n_steps": 256, "gae_lambda": 0.94, "gamma": 0.99, "n_epochs": 4},
    "MountainCar-v0": {
        "normalize": True,
        "n_envs": 16,
        "n_steps": 16,
        "gae_lambda": 0.98,
        "gamma": 0.99,
        "n_epochs": 4,
    },
    "FrozenLake-v1": {"n_envs": 8},
    "LunarLander-v3": {
        "n_envs": 16,
        "n_steps": 1024,
        "batch_size": 64,
        "gae_lambda": 0.98,
        "gamma": 0.999,
        "n_epochs": 4,
        "ent_coef": 0.01,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One training: CPU seconds, those without the peer's trials, and the mean of the held-out episodes."""

    seconds: float
    mean: float
    is_hit: bool
    training_s: float = 0.0


def run(*arguments: str) -> None:
    """Print a table for each environment."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks agents", description=__doc__)
    parser.add_argument("--env", action="append", choices=[*PEER])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--no-peer", action="store_true")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    peer = None if chosen.no_peer else peer_version()
    seeds = range(FIRST_SEED, FIRST_SEED + chosen.seeds)
    print(f"CPU seconds until an agent stops, seeds {seeds[0]} to {seeds[-1]}, peer: {peer or 'none'}; {load()}")
    for name in chosen.env or PEER:
        table(name, seeds, has_peer=peer is not None)


def table(name: str, seeds: range, *, has_peer: bool) -> None:
    """Train and show every agent on one environment, in turn."""
    env = environment(name)
    plugins = [plugin for plugin in PLUGINS if not (name == "LunarLander-v3" and plugin == "gym_agent")]
    results: dict[str, list[Result]] = {agent: [] for agent in (*plugins, *(["SB3 PPO"] if has_peer else []))}
    for seed in seeds:
        for plugin in plugins:
            results[plugin].append(ours(plugin, env, seed))
        if has_peer:
            results["SB3 PPO"].append(theirs(env, seed))
    print(f"{name}, solved at {env.reward_threshold:g}")
    print(f"  {'agent':<14}{'CPU seconds':<24}{'hits':<7}{'held-out means':<28}peer / ours")
    for agent, some in results.items():
        ratio = ""
        if has_peer and agent != "SB3 PPO":
            pairs = zip(results["SB3 PPO"], some, strict=True)
            ratio = f"{statistics.median(peer.seconds / own.seconds for peer, own in pairs):.0f}"
            ratio += "" if all(one.is_hit for one in results["SB3 PPO"]) else "+"
        times = spread([one.seconds for one in some], "{:.2f}")
        means = spread([one.mean for one in some], "{:.3g}")
        print(f"  {agent:<14}{times:<24}{f'{sum(one.is_hit for one in some)}/{len(some)}':<7}{means:<28}{ratio}")
    if has_peer:
        alone = spread([one.training_s for one in results["SB3 PPO"]], "{:.2f}")
        print(f"  {'  training':<14}{alone}")
    if has_peer and not all(one.is_hit for one in results["SB3 PPO"]):
        print("  + the peer stopped without a hit at least once: it would have taken longer")


def environment(name: str) -> Environment:
    """What the source ``gymnasium`` makes of an environment."""
    with quiet():
        import gymnasium

        env = gymnasium.make(name)
    action, seen, spec = env.action_space, env.observation_space, env.spec
    if not isinstance(action, gymnasium.spaces.Discrete) or spec is None:
        raise TypeError(f"{name} is measured with whole numbers as actions")
    is_whole = isinstance(seen, gymnasium.spaces.Discrete)
    return Environment(
        id=name,
        kwargs={},
        observation=Space(dtype="int64", shape=(), n=int(seen.n))  # type: ignore[attr-defined]
        if is_whole
        else Space(dtype="float32", shape=tuple(seen.shape or ())),
        action=Space(dtype="int64", shape=(), n=int(action.n)),
        max_episode_steps=spec.max_episode_steps,
        reward_threshold=spec.reward_threshold,
    )


def ours(name: str, env: Environment, seed: int) -> Result:
    """Train a shipped plugin in this process, through the kit's own loading."""
    plugin = load_plugin(BUNDLED / "plugins" / name, name)
    task = Task(
        kind="agent",
        classes=(),
        n_outputs=env.action.n,
        metric="episodic_return",
        input_shape=env.observation.shape,
        environment=env,
    )
    with tempfile.TemporaryDirectory() as workdir:
        run = Run(
            seed=seed,
            device="cpu",
            n_threads=1,
            workdir=Path(workdir),
            ends_at=time.monotonic() + TIME_LIMIT_S,
            send=lambda _: None,
        )
        start = time.process_time()
        model = plugin.fit(task=task, train=None, valid=None, run=run)
        seconds = time.process_time() - start

    def act(X: NDArray[Any]) -> NDArray[Any]:
        answers = plugin.predict(model=model, X=X, task=task, run=run)
        return one_action_each(answers, len(X), env.action, where=name)

    return held_out(env, act, seconds)


def theirs(env: Environment, seed: int) -> Result:
    """Train the peer with its published settings, until its own evaluation says that it is solved."""
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    torch.set_num_threads(1)
    settings = dict(PEER[env.id])
    n_envs, normalize = settings.pop("n_envs"), settings.pop("normalize", False)
    total = settings.pop("n_timesteps", 10**6)
    with quiet():
        envs: Any = make_vec_env(env.id, n_envs=n_envs, seed=seed)
        envs = VecNormalize(envs) if normalize else envs
        model = PPO("MlpPolicy", envs, seed=seed, device="cpu", **settings)

        def act(X: NDArray[Any]) -> NDArray[Any]:
            seen = envs.normalize_obs(X) if normalize else X
            actions, _ = model.predict(seen, deterministic=True)
            return np.asarray(actions)

        asked = callback(env, n_envs, normalize=normalize)
        start = time.process_time()
        model.learn(total, callback=asked)
        seconds = time.process_time() - start
    result = held_out(env, act, seconds)
    return replace(result, training_s=seconds - asked.asking_s)


def callback(env: Environment, n_envs: int, *, normalize: bool) -> Any:
    """The peer's own: asks and stops. Its attribute ``asking_s`` is what the asking took."""
    from stable_baselines3.common.callbacks import EvalCallback, StopTrainingOnRewardThreshold
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    class Asking(EvalCallback):
        asking_s = 0.0

        def _on_step(self) -> bool:
            begun = time.process_time()
            goes_on = super()._on_step()
            self.asking_s += time.process_time() - begun
            return goes_on and self.num_timesteps < MOST_STEPS

    envs: Any = make_vec_env(env.id, n_envs=1, seed=FIRST_HELD_OUT - 1)
    envs = VecNormalize(envs, training=False, norm_reward=False) if normalize else envs
    stop = StopTrainingOnRewardThreshold(env.reward_threshold or 0.0)
    return Asking(envs, callback_on_new_best=stop, n_eval_episodes=20, eval_freq=ASK_EVERY // n_envs, verbose=0)


def held_out(env: Environment, act: Act, seconds: float) -> Result:
    """The same check for everybody."""
    n = 1000 if env.id == "FrozenLake-v1" else 100
    mean = float(episodes(env, act, range(FIRST_HELD_OUT, FIRST_HELD_OUT + n)).mean())
    return Result(seconds=seconds, mean=mean, is_hit=env.reward_threshold is not None and mean >= env.reward_threshold)


def episodes(env: Environment, act: Act, seeds: range) -> NDArray[np.float64]:
    """The return of an episode for each seed."""
    envs = batch(env)
    try:
        return play(tuple(seeds), len(seeds), envs, act, Faults(most=1), Seen())
    finally:
        envs.close()


def peer_version() -> str | None:
    """The peer's name and version; None where it is not installed."""
    try:
        import stable_baselines3
    except ModuleNotFoundError:
        return None
    return f"Stable-Baselines3 {stable_baselines3.__version__}"
