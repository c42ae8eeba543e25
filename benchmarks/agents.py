"""What the shipped agents take until an environment is solved, beside Stable-Baselines3.

``python -m benchmarks agents [--env ID] [--agent NAME] [--seeds 5] [--peer-seconds 20] [--no-peer]``. Ours and the peer
alternate. CPU seconds of one core from the start of the training on, imports not counted. An agent is done when it says
so itself, and what it tries for that counts. So it does for the peer: its own callback, asked every 5,000 steps, stops
it when the mean of 20 episodes is at the threshold; it is ended after 50,000 steps, or after ``--peer-seconds``. A hit
is a mean of 100 held-out episodes, 1000 on FrozenLake, at or above the threshold that the environment is registered
with. The seeds were not used for choosing settings.

Under each peer stands how long 50,000 steps of its training take, without that callback: reckoned from the steps that
it made. The last column says how many of our seeds were hits within the shortest of these times.

The settings of the peers are those of DLR-RM/rl-baselines3-zoo, ``hyperparams/ppo.yml`` for each environment and
``hyperparams/dqn.yml`` for CartPole; it has none for FrozenLake, where the library's own defaults are used.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
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
PEER_OF = {"dqn": "SB3 DQN"}  # where there are settings for it; all others, and dqn elsewhere, stand beside SB3 PPO
# n_envs and normalize belong to the environments, all the others to the algorithm; what is not named is its default.
PPO: dict[str, dict[str, Any]] = {
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


DQN: dict[str, dict[str, Any]] = {
    "CartPole-v1": {
        "n_envs": 1,
        "learning_rate": 2.3e-3,
        "batch_size": 64,
        "buffer_size": 100_000,
        "learning_starts": 1000,
        "gamma": 0.99,
        "target_update_interval": 10,
        "train_freq": 256,
        "gradient_steps": 128,
        "exploration_fraction": 0.16,
        "exploration_final_eps": 0.04,
        "policy_kwargs": {"net_arch": [256, 256]},
        "n_timesteps": 50_000,  # which the exploration's share is of
    }
}
PEERS = {"SB3 PPO": PPO, "SB3 DQN": DQN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One training: CPU seconds, the mean of the held-out episodes, and of a peer what 50,000 steps alone take."""

    seconds: float
    mean: float
    is_hit: bool
    most_steps_s: float = 0.0


def run(*arguments: str) -> None:
    """Print a table for each environment."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks agents", description=__doc__)
    parser.add_argument("--env", action="append", choices=[*PPO])
    parser.add_argument("--agent", action="append", choices=PLUGINS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peer-seconds", type=float, default=20.0)
    parser.add_argument("--no-peer", action="store_true")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    peer = None if chosen.no_peer else peer_version()
    seeds = range(FIRST_SEED, FIRST_SEED + chosen.seeds)
    print(f"CPU seconds until an agent stops, seeds {seeds[0]} to {seeds[-1]}, peer: {peer or 'none'}; {load()}")
    for name in chosen.env or PPO:
        agents = [one for one in chosen.agent or PLUGINS if not (name == "LunarLander-v3" and one == "gym_agent")]
        peers = [*dict.fromkeys(peer_of(one, name) for one in agents)] if peer else []
        table(environment(name), measured(environment(name), agents, peers, seeds, chosen.peer_seconds))


def measured(
    env: Environment, agents: Sequence[str], peers: Sequence[str], seeds: range, peer_s: float
) -> dict[str, list[Result]]:
    """Train every agent with every seed, in turn."""
    results: dict[str, list[Result]] = {agent: [] for agent in (*agents, *peers)}
    for seed in seeds:
        for agent in agents:
            results[agent].append(ours(agent, env, seed))
        for peer in peers:
            results[peer].append(theirs(peer, env, seed, peer_s))
    return results


def table(env: Environment, results: Mapping[str, Sequence[Result]]) -> None:
    """Show what was measured on one environment."""
    print(f"{env.id}, solved at {env.reward_threshold:g}")
    print(f"  {'agent':<12}{'CPU seconds':<24}{'hits':<6}{'held-out means':<26}{'peer / ours':<13}before 50k")
    for agent, some in results.items():
        peer = results.get(peer_of(agent, env.id))
        beside = beside_peer(some, peer) if peer and agent not in PEERS else ""
        times = spread([one.seconds for one in some], "{:.2f}")
        means = spread([one.mean for one in some], "{:.3g}")
        hits = f"{sum(one.is_hit for one in some)}/{len(some)}"
        print(f"  {agent:<12}{times:<24}{hits:<6}{means:<26}{beside}".rstrip())
        if agent in PEERS:
            print(f"  {'  50k steps':<12}{spread([one.most_steps_s for one in some], '{:.2f}')}")
    if not all(one.is_hit for agent in results if agent in PEERS for one in results[agent]):
        print("  + the peer stopped without a hit at least once: it would have taken longer")


def peer_of(agent: str, name: str) -> str:
    """Beside which peer an agent stands in an environment."""
    peer = PEER_OF.get(agent, "SB3 PPO")
    return peer if name in PEERS[peer] else "SB3 PPO"


def beside_peer(some: Sequence[Result], peer: Sequence[Result]) -> str:
    """How often as fast as the peer, and how many seeds were hits before the peer could have made 50,000 steps."""
    ratio = f"{statistics.median(theirs.seconds / own.seconds for theirs, own in zip(peer, some, strict=True)):.0f}"
    ratio += "" if all(one.is_hit for one in peer) else "+"
    line = min(one.most_steps_s for one in peer)
    return f"{ratio:<13}{sum(one.is_hit and one.seconds < line for one in some)}/{len(some)}"


def environment(name: str) -> Environment:
    """What the source ``gymnasium`` makes of an environment."""
    with quiet():
        import gymnasium

        env = gymnasium.make(name)
    action, seen, spec = env.action_space, env.observation_space, env.spec
    if not isinstance(action, gymnasium.spaces.Discrete) or spec is None or spec.max_episode_steps is None:
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


def theirs(name: str, env: Environment, seed: int, most_s: float) -> Result:
    """Train a peer with its published settings, until its own evaluation says that it is solved."""
    import stable_baselines3
    import torch
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    torch.set_num_threads(1)
    settings = dict(PEERS[name][env.id])
    n_envs, normalize = settings.pop("n_envs"), settings.pop("normalize", False)
    total = settings.pop("n_timesteps", 10**6)
    with quiet():
        envs: Any = make_vec_env(env.id, n_envs=n_envs, seed=seed)
        envs = VecNormalize(envs) if normalize else envs
        algorithm = getattr(stable_baselines3, name.removeprefix("SB3 "))
        model = algorithm("MlpPolicy", envs, seed=seed, device="cpu", **settings)

        def act(X: NDArray[Any]) -> NDArray[Any]:
            seen = envs.normalize_obs(X) if normalize else X
            actions, _ = model.predict(seen, deterministic=True)
            return np.asarray(actions)

        asked = callback(env, n_envs, normalize=normalize, most_s=most_s)
        start = time.process_time()
        model.learn(total, callback=asked)
        seconds = time.process_time() - start
    result = held_out(env, act, seconds)
    return replace(result, most_steps_s=(seconds - asked.asking_s) * MOST_STEPS / model.num_timesteps)


def callback(env: Environment, n_envs: int, *, normalize: bool, most_s: float) -> Any:
    """The peer's own: asks and stops. Its attribute ``asking_s`` is what the asking took."""
    from stable_baselines3.common.callbacks import EvalCallback, StopTrainingOnRewardThreshold
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    ends_at = time.process_time() + most_s

    class Asking(EvalCallback):
        asking_s = 0.0

        def _on_step(self) -> bool:
            begun = time.process_time()
            # Not before it has learned once: what 50,000 steps take is reckoned from these, and learning is most of it.
            goes_on = super()._on_step() and (begun < ends_at or not self.model._n_updates)
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
