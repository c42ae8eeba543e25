"""Proximal policy optimisation: act, see what went better than expected, do more of that, never much more at once."""

from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

TASKS = ["agent"]


# Two hidden layers of tanh, in numpy: to import torch takes longer than to solve CartPole. All weights are views of
# one flat vector, so that Adam is four lines for all layers together.
class Net:
    def __init__(self, rng, sizes, last):
        shapes = [(a + 1, b) for a, b in pairwise(sizes)]  # the last row of a layer is its bias
        ends = np.cumsum([a * b for a, b in shapes])
        self.flat, self.grad, self.m, self.v = np.zeros((4, ends[-1]), dtype=np.float32)
        cuts = [(slice(end - a * b, end), (a, b)) for (a, b), end in zip(shapes, ends, strict=True)]
        self.layers, self.grads = ([flat[cut].reshape(shape) for cut, shape in cuts] for flat in (self.flat, self.grad))
        self.t = 0
        # Orthogonal weights keep the length of a signal. The last layer of an actor begins small: it prefers nothing.
        for w, gain in zip(self.layers, (2**0.5, 2**0.5, last), strict=True):
            q = np.linalg.qr(rng.standard_normal((max(w[1:].shape), min(w[1:].shape))))[0]
            w[:-1] = gain * (q if w[1:].shape == q.shape else q.T)

    def __call__(self, X):
        self.inputs = [X]  # of each layer, (n, width): learn() needs them
        for w in self.layers[:-1]:
            self.inputs.append(np.tanh(self.inputs[-1] @ w[:-1] + w[-1]))
        return self.inputs[-1] @ self.layers[-1][:-1] + self.layers[-1][-1]  # (n, k)

    # One step of Adam. d_out (n, k) says for each output of the last call how fast the loss grows with it.
    def learn(self, d_out, lr):
        d_out = (d_out / len(d_out)).astype(np.float32)
        for w, g, X in zip(self.layers[::-1], self.grads[::-1], self.inputs[::-1], strict=True):
            np.matmul(X.T, d_out, out=g[:-1])
            g[-1] = d_out.sum(axis=0)
            d_out = (d_out @ w[:-1].T) * (1 - X * X)
        self.grad *= min(1, 0.5 / (np.linalg.norm(self.grad) + 1e-8))  # no batch may pull harder than that
        self.t += 1
        self.m += 0.1 * (self.grad - self.m)
        self.v += 0.001 * (self.grad * self.grad - self.v)
        self.flat -= lr / (1 - 0.9**self.t) * self.m / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-5)


# What the outputs of the actor mean. Both kinds draw what to do, and hand over what the environment takes. log_p() says
# how likely draws were, and which outputs would make them likelier, or the next ones more varied.
class OneOfMany:
    def __init__(self, space):
        self.first, self.n_outputs = space.start, space.n

    def draw(self, out, rng=None):  # each as often as softmax(out) says; without chance the likeliest
        return (out if rng is None else out + rng.gumbel(size=out.shape)).argmax(axis=1)

    def action(self, drawn):
        return drawn + self.first

    def log_p(self, out, drawn):
        log_p = out - out.max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))  # (n, k)
        p, is_drawn = np.exp(log_p), np.arange(out.shape[1]) == drawn[:, np.newaxis]
        return log_p[is_drawn], is_drawn - p, p * ((p * log_p).sum(axis=1, keepdims=True) - log_p)


class Numbers:
    def __init__(self, space):
        low, high = np.reshape(space.low, space.shape), np.reshape(space.high, space.shape)
        with np.errstate(invalid="ignore"):
            middle, half = (low + high) / 2, (high - low) / 2
        has_ends = np.isfinite(half)  # where it has, -1 to 1 is from end to end
        self.middle, self.half = np.where(has_ends, middle, 0), np.where(has_ends, half, 1)
        self.n_outputs = 2 * low.size  # a mean, and the logarithm of a deviation

    def draw(self, out, rng=None):
        mean, log_std = np.split(out, 2, axis=1)
        return mean if rng is None else mean + np.exp(log_std) * rng.standard_normal(mean.shape, dtype=np.float32)

    def action(self, drawn):
        return self.middle + self.half * np.clip(drawn, -1, 1).reshape(-1, *self.half.shape)

    def log_p(self, out, drawn):
        mean, log_std = np.split(out, 2, axis=1)
        z = (drawn - mean) / np.exp(log_std)
        d_log_p = np.hstack([z / np.exp(log_std), z * z - 1])
        return -(z * z / 2 + log_std).sum(axis=1), d_log_p, np.hstack([0 * z, np.ones_like(z)])


class Actor:
    def __init__(self, task, rng):
        self.space, action = task.environment.observation, task.environment.action
        # Of an image every so many numbers are enough for 64 units, and all of them would take minutes.
        self.stride = -(-int(np.prod(self.space.shape)) // 4096)
        self.policy = OneOfMany(action) if action.n else Numbers(action)
        n = self.space.n or len(range(0, int(np.prod(self.space.shape)), self.stride))
        self.net = Net(rng, (n, 64, 64, self.policy.n_outputs), last=0.01)
        self.mean, self.var, self.n_seen = np.zeros(n, np.float32), np.ones(n, np.float32), 0

    def rows(self, X):
        if self.space.n:  # a number of a place says nothing by its size: a row of zeros with a single 1
            return (np.arange(self.space.n) == X[:, np.newaxis] - self.space.start).astype(np.float32)
        return X.reshape(len(X), -1)[:, :: self.stride].astype(np.float32)  # (n, d)

    # Networks like inputs around 0 and about as large as 1; the mean and variance of all that was seen do that.
    def see(self, rows):
        self.n_seen += len(rows)
        share, delta = len(rows) / self.n_seen, rows.mean(axis=0) - self.mean
        self.var += share * (rows.var(axis=0) - self.var + (1 - share) * delta**2)
        self.mean += share * delta

    def scaled(self, rows):
        return rows if self.space.n else ((rows - self.mean) / np.sqrt(self.var + 1e-8)).clip(-10, 10)

    def best(self, X):
        return self.policy.action(self.policy.draw(self.net(self.scaled(self.rows(X)))))


def fit(task, run, steps=1_000_000, n_envs=16, passes=8, lr=1.5e-3, gamma=0.995, lam=0.98, clip=0.2, entropy=0.005):
    threadpool_limits(1)  # on matrices as small as these, threads wait for each other longer than they work
    env, rng, seconds = task.environment, np.random.default_rng(run.seed), run.seconds_left
    threshold = np.inf if env.reward_threshold is None else env.reward_threshold
    actor = Actor(task, rng)
    policy, critic = actor.policy, Net(rng, (len(actor.mean), 64, 64, 1), last=1)
    envs, exams = task.make_vec(n_envs, run.seed), task.make_vec(32, run.seed + n_envs)
    X, n_steps, per_update = actor.rows(envs.reset()[0]), 128, 128 * n_envs
    so_far, discounted, variances = np.zeros(n_envs), np.zeros(n_envs), []
    returns, bar, examined, is_solved = [], None, 0, False

    for update in range(1, steps // per_update + 1):
        # 1. Act for a while, in some environments at once, and write down what happens.
        seen = []
        for _ in range(n_steps):
            drawn = policy.draw(actor.net(actor.scaled(X)), rng)
            X_next, rewards, terminated, truncated, info = envs.step(policy.action(drawn))
            goes_on = ~(terminated | truncated)
            so_far, discounted = so_far + rewards, gamma * discounted + rewards
            seen.append((X, actor.rows(info["final_obs"]), drawn, rewards, ~terminated, goes_on, discounted))
            returns += so_far[~goes_on].tolist()
            so_far, discounted, X = so_far * goes_on, discounted * goes_on, actor.rows(X_next)
        before, after, drawn, rewards, lives, goes_on, discounted_all = map(np.stack, zip(*seen, strict=True))
        before, after, drawn = (part.reshape(per_update, *part.shape[2:]) for part in (before, after, drawn))
        actor.see(before)
        before, after = actor.scaled(before), actor.scaled(after)  # (n_steps * n_envs, d)
        variances.append(discounted_all.var())
        rewards = rewards / (np.sqrt(np.mean(variances)) + 1e-8)  # as large as 1, whatever they are in

        # 2. What was better than the critic expected? An episode that was cut would have gone on: what would have
        # come is worth what the critic says. Surprises of later steps count too, less and less (GAE).
        value, value_after = (critic(part).reshape(n_steps, n_envs) for part in (before, after))
        surprise = rewards + gamma * lives * value_after - value
        advantage, later = np.zeros_like(surprise), 0
        for t in reversed(range(n_steps)):
            advantage[t] = later = surprise[t] + gamma * lam * goes_on[t] * later
        target, advantage = (advantage + value).reshape(-1, 1), advantage.ravel()
        log_p_before, _, _ = policy.log_p(actor.net(before), drawn)

        # 3. Make what was better likelier, until it is 1.2 times as likely as it was; the critic learns what came.
        # Steps become smaller with the time that is used; 40 % of it is left for the episodes that count.
        done = max(update * per_update / steps, (1 - run.seconds_left / seconds) / 0.6)
        pace = lr * max(0, 1 - done)
        for rows in np.concatenate([np.split(rng.permutation(per_update), 8) for _ in range(passes)]):
            log_p, d_log_p, d_entropy = policy.log_p(actor.net(before[rows]), drawn[rows])
            a = (advantage[rows] - advantage[rows].mean()) / (advantage[rows].std() + 1e-8)
            ratio = np.exp(log_p - log_p_before[rows])
            weight = np.where(np.where(a > 0, ratio < 1 + clip, ratio > 1 - clip), ratio * a, 0)[:, np.newaxis]
            actor.net.learn(-weight * d_log_p - entropy * d_entropy, pace)
            critic.learn(critic(before[rows]) - target[rows], pace)

        # 4. Good enough? Two thirds of the way to the threshold it is worth an exam; after one that fails, half of the
        # way that is left. A third of all steps or so may go into exams.
        used = update * per_update
        if returns:
            mean = np.mean(returns[-16:])
            run.log(epoch=update, steps=used, mean_return=mean)
            bar = mean + (threshold - mean) * 2 / 3 if bar is None else bar
            if mean >= bar and examined < used // 2:
                is_solved, n = exam(actor, exams, threshold, used // 2, run, 0.4 * seconds)
                bar, examined = (bar + threshold) / 2, examined + n
        if is_solved or done >= 1:
            break
    return actor


# Episodes without any chance in the actions, three in each of 32 environments and then three more, until it is clear
# on which side of the threshold their mean is: two standard errors above it is solved.
def exam(actor, envs, threshold, most, run, until):
    returns, n, low, high = [], 0, -np.inf, np.inf
    while low < threshold <= high and n < most and run.seconds_left > until:
        X, total, left = envs.reset()[0], np.zeros(32), np.full(32, 3)
        while (left > 0).any() and threshold <= high and run.seconds_left > until:
            X, rewards, terminated, truncated, _ = envs.step(actor.best(X))
            ended, total, n = terminated | truncated, total + rewards, n + 32
            returns += total[ended & (left > 0)].tolist()
            left, total = left - ended, total * ~ended
            if ended.any() and len(returns) >= 16:
                low, high = np.mean(returns) + np.array([-2, 1]) * np.std(returns) / len(returns) ** 0.5
    return low >= threshold, n


def predict(model, X):
    return model.best(X)
