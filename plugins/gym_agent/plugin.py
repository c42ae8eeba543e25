"""Cross-entropy agent: play many random policies, keep the best, draw new ones around them."""

import numpy as np

TASKS = ["agent"]


# A policy is a matrix: what is seen, and a 1, times it make a score for each action, or the numbers of one.
def fit(task, run, n_policies=64, n_episodes=8, generations=40, noise=1.0, fade=0.9):
    rng, seconds = np.random.default_rng(run.seed), run.seconds_left
    threshold = np.inf if task.environment.reward_threshold is None else task.environment.reward_threshold
    envs = task.make_vec(n_policies, run.seed)
    mean, std = np.zeros((features(task, envs.reset()[0]).shape[1], task.n_outputs)), 1.0  # (d, k)
    for generation in range(1, generations + 1):
        policies = mean + std * rng.standard_normal((n_policies, *mean.shape))  # (p, d, k)
        returns, size = play(task, run, envs, policies, until=seconds / 2)
        # The best eighth tells where to look next, and how far around. Noise keeps the search from ending before it
        # has found anything, and fades. What is seen in small numbers takes large weights.
        elite = np.argsort(-returns.mean(axis=1))[: n_policies // 8]
        mean, std = policies[elite].mean(axis=0), policies[elite].std(axis=0) + noise * fade**generation / size
        run.log(epoch=generation, mean_return=returns.mean(), best_return=returns[elite[0]].mean())
        # Their middle is the answer. Where they seem good enough it plays alone: was that more than luck?
        if returns[elite].mean() >= threshold:
            returns, _ = play(task, run, envs, mean[np.newaxis], until=seconds / 2)  # (1, p * e)
        if returns.mean() - 2 * returns.std() / returns.size**0.5 >= threshold or run.seconds_left < seconds / 2:
            break
        # An episode for each says what a generation costs. Where it is little, there are several from now on.
        if generation == 1 and generations * (seconds - run.seconds_left) < seconds / 2:
            envs = task.make_vec(n_policies * n_episodes, run.seed)
    return mean[np.newaxis]


# The returns of each policy, all played at once, and the size of what was seen. Half of the time is left for the
# episodes that count.
def play(task, run, envs, policies, until):
    X, returns, goes_on = envs.reset()[0], np.zeros(envs.num_envs), np.ones(envs.num_envs, dtype=bool)
    squares = [np.full(policies.shape[1], 1e-8)]
    while goes_on.any() and run.seconds_left > until:
        squares.append(np.square(features(task, X)).mean(axis=0))
        X, rewards, terminated, truncated, _ = envs.step(predict(policies, X, task))
        returns += rewards * goes_on  # an environment whose episode ended begins another, which does not count
        goes_on &= ~(terminated | truncated)
    return returns.reshape(len(policies), -1), np.sqrt(np.mean(squares, axis=0))[:, np.newaxis]  # (p, e), (d, 1)


def features(task, X):
    seen = task.environment.observation  # of a number of a place a row of zeros with a single 1
    rows = np.eye(seen.n)[X - seen.start] if seen.n else X.reshape(len(X), -1)
    return np.hstack([rows, np.ones((len(X), 1))])  # (n, d)


def predict(model, X, task):  # model: (p, d, k), a policy for as many rows as the next one
    scores = features(task, X).reshape(len(model), -1, model.shape[1]) @ model  # (p, e, k)
    action = task.environment.action
    return scores.argmax(axis=-1).ravel() + action.start if action.n else scores.reshape(-1, *action.shape)
