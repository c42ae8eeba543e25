"""Cross-entropy agent: play many random policies, keep the best, draw new ones around them."""

import numpy as np

TASKS = ["agent"]


def fit(task, run, n_policies=64, n_episodes=8, generations=40, noise=1.0, fade=0.9):
    rng, run_s = np.random.default_rng(run.seed), run.seconds_left
    envs, has_time = task.make_vec(n_policies * n_episodes, run.seed), lambda: run.seconds_left > run_s / 2
    # A policy is a matrix. Of what is seen, and a 1, it makes a score for each action, or the numbers of one.
    mean, std = np.zeros((features(task, envs.reset()[0]).shape[1], task.n_outputs)), 1.0  # (d, k)
    for generation in range(1, generations + 1):
        policies = mean + std * rng.standard_normal((n_policies, *mean.shape))  # (p, d, k)
        returns, size = play(task, envs, policies, has_time)
        # The best eighth tells where to look next, and how far around. Noise keeps the search from ending before it
        # has found anything, and fades. What is seen in small numbers takes large weights.
        elite = np.argsort(-returns.mean(axis=1))[: n_policies // 8]
        mean, std = policies[elite].mean(axis=0), policies[elite].std(axis=0) + noise * fade**generation / size
        run.log(epoch=generation, mean_return=returns.mean(), best_return=returns[elite[0]].mean())
        # Their middle is the answer. Where they seem good enough it shows in all environments whether that was luck.
        threshold = task.environment.reward_threshold
        if threshold is not None and returns[elite].mean() >= threshold:
            alone, _ = play(task, envs, mean[np.newaxis], has_time)  # (1, p * e)
            if alone.mean() - 2 * alone.std() / alone.size**0.5 >= threshold:
                break
        if not has_time():
            break
    return mean


def play(task, envs, policies, has_time):
    """The returns of each policy, all played at once, and the size of what was seen."""
    X, returns, goes_on, squares = envs.reset()[0], np.zeros(envs.num_envs), np.ones(envs.num_envs, dtype=bool), []
    for _ in range(task.environment.max_episode_steps or 1000):
        rows = features(task, X).reshape(len(policies), -1, policies.shape[1])  # (p, e, d)
        squares.append(np.square(rows).mean(axis=(0, 1)))
        X, rewards, terminated, truncated, _ = envs.step(actions(task, rows @ policies))
        returns += rewards * goes_on  # an environment whose episode ended begins another, which does not count
        goes_on &= ~(terminated | truncated)
        if not goes_on.any() or not has_time():
            break
    return returns.reshape(len(policies), -1), np.sqrt(np.mean(squares, axis=0) + 1e-8)[:, np.newaxis]  # (p, e), (d, 1)


def features(task, X):
    n, first = task.environment.observation.n, task.environment.observation.start
    X = np.arange(first, first + n) == X[:, np.newaxis] if n else X.reshape(len(X), -1)  # a number: zeros and one 1
    return np.hstack([X, np.ones((len(X), 1))])  # (n, d)


def actions(task, scores):
    space = task.environment.action
    return scores.argmax(axis=-1).ravel() + space.start if space.n else scores.reshape(-1, *space.shape)


def predict(model, X, task):
    return actions(task, features(task, X) @ model)
