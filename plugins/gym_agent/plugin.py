"""Cross-entropy agent: keep the best of many random policies, draw new ones around them."""

import numpy as np

TASKS = ["agent"]


def fit(task, run, n_policies=64, n_episodes=16, generations=12, noise=0.5):
    rng = np.random.default_rng(run.seed)
    envs = task.make_vec(n_policies * n_episodes, seed=run.seed)
    # A policy is a matrix: a score for each action, made of the observation and a constant 1.
    shape = (int(np.prod(task.input_shape)) + 1, task.n_outputs)
    mean, std = np.zeros(shape), np.ones(shape)
    for generation in range(generations):
        policies = mean + std * rng.standard_normal((n_policies, *shape))  # (p, d + 1, k)
        returns = play(envs, policies, n_episodes)  # (p,)
        # The best eighth tells where to look next. Their spread shrinks quickly; noise keeps the search from ending
        # before it has found anything, and fades.
        elite = np.argsort(-returns)[: n_policies // 8]
        mean, std = policies[elite].mean(axis=0), policies[elite].std(axis=0) + noise * 0.9**generation
        run.log(epoch=generation + 1, epochs=generations, mean_return=returns.mean(), best_return=returns.max())
        if returns[elite].min() == returns.max() > returns.mean():  # the best are all equally good: it is found
            break
    return mean


def play(envs, policies, n_episodes):
    """The mean return of each policy over `n_episodes` episodes, all played at once."""
    X, _ = envs.reset()
    returns, goes_on = np.zeros(len(X)), np.ones(len(X), dtype=bool)
    while goes_on.any():
        rows = features(X).reshape(len(policies), n_episodes, -1)  # (p, e, d + 1)
        X, rewards, terminated, truncated, _ = envs.step((rows @ policies).argmax(axis=2).ravel())
        returns += rewards * goes_on  # an environment whose episode ended begins another, which does not count
        goes_on &= ~(terminated | truncated)
    return returns.reshape(len(policies), n_episodes).mean(axis=1)


def features(X):
    rows = X.reshape(len(X), -1)
    return np.hstack([rows, np.ones((len(rows), 1))])  # (n, d + 1)


def predict(model, X):
    return (features(X) @ model).argmax(axis=1)  # (n,)
