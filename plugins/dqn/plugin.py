"""Deep Q-learning: learn what each action is worth from what came of it, and do what is worth most."""

from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

TASKS = ["agent"]


# Two hidden layers of ReLU, in numpy: to import torch takes longer than to solve Acrobot. All weights are views of one
# flat vector, so that Adam is four lines for all layers together, and the slow copy of the network is one.
class Net:
    def __init__(self, rng, sizes):
        shapes = [(a + 1, b) for a, b in pairwise(sizes)]  # the last row of a layer is its bias
        ends = np.cumsum([a * b for a, b in shapes])
        self.flat, self.grad, self.m, self.v = np.zeros((4, ends[-1]), dtype=np.float32)
        cuts = [(slice(end - a * b, end), (a, b)) for (a, b), end in zip(shapes, ends, strict=True)]
        self.layers, self.grads = ([flat[cut].reshape(shape) for cut, shape in cuts] for flat in (self.flat, self.grad))
        self.t = 0
        for w in self.layers:
            w[:-1] = rng.standard_normal(w[:-1].shape) * (2 / len(w)) ** 0.5

    def __call__(self, X):
        self.inputs = [X]  # of each layer, (n, width): learn() needs them
        for w in self.layers:
            out = self.inputs[-1] @ w[:-1] + w[-1]
            self.inputs.append(np.maximum(out, 0))
        return out  # (n, k)

    # One step of Adam. d_out (n, k) says for each output of the last call how fast the loss grows with it.
    def learn(self, d_out, lr):
        for w, g, X in zip(self.layers[::-1], self.grads[::-1], self.inputs[-2::-1], strict=True):
            np.matmul(X.T, d_out, out=g[:-1])
            g[-1] = d_out.sum(axis=0)
            d_out = (d_out @ w[:-1].T) * (X > 0)
        self.t += 1
        self.m += 0.1 * (self.grad - self.m)
        self.v += 0.001 * (self.grad * self.grad - self.v)
        self.flat -= lr / (1 - 0.9**self.t) * self.m / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


class Agent:
    def __init__(self, task, rng, width):
        self.space, action = task.environment.observation, task.environment.action
        # Of an image every so many numbers are enough for a small network, and all of them would take minutes.
        self.stride = -(-int(np.prod(self.space.shape)) // 4096)
        n = self.space.n or len(range(0, int(np.prod(self.space.shape)), self.stride))
        self.mean, self.std = np.zeros(n, np.float32), np.ones(n, np.float32)
        # There is one output for each action. Where actions are numbers, a few of them have to do.
        if action.n:
            self.choices = action.start + np.arange(action.n)
        else:
            low, high = np.clip(action.low, -1e3, 1e3), np.clip(action.high, -1e3, 1e3)  # (k,), never infinite
            grid = np.linspace(0, 1, 5)[:, np.newaxis] if low.size == 1 else rng.integers(3, size=(81, low.size)) / 2
            self.choices = (low + grid * (high - low)).reshape(len(grid), *action.shape)
        self.net = Net(rng, (n, width, width, len(self.choices)))

    def rows(self, X):
        if self.space.n:  # the number of a place says nothing by its size: a row of zeros with a single 1
            return (np.arange(self.space.n) == X[:, np.newaxis] - self.space.start).astype(np.float32)
        return X.reshape(len(X), -1)[:, :: self.stride].astype(np.float32)  # (n, d)

    def worth(self, net, rows):
        return net(rows if self.space.n else ((rows - self.mean) / self.std).clip(-10, 10))  # (n, actions)

    def best(self, X):
        return self.choices[self.worth(self.net, self.rows(X)).argmax(axis=1)]


def fit(task, run, steps=400_000, width=64, batch=128, lr=2e-3, gamma=0.995, ahead=5, explore=20_000, size=100_000):
    threadpool_limits(1)  # on matrices as small as these, threads wait for each other longer than they work
    env, rng, seconds = task.environment, np.random.default_rng(run.seed), run.seconds_left
    threshold = np.inf if env.reward_threshold is None else env.reward_threshold
    agent, n_envs, rows = Agent(task, rng, width), 8, np.arange(8)
    slow, fast = agent.net, Net(rng, (len(agent.mean), width, width, len(agent.choices)))
    envs, exams = task.make_vec(n_envs, run.seed), task.make_vec(32, run.seed + n_envs)
    X = agent.rows(envs.reset()[0])  # (e, d)
    # What happened, a line for each step, the newest over the oldest: what was seen and done, the rewards of the next
    # steps, what was seen after them and what that counts for, and whether there is more to come.
    n = min(size, 2**27 // X.shape[1]) // n_envs
    before, after = np.zeros((2, n, *X.shape), np.float32)
    reward, weight = np.zeros((2, n, n_envs), np.float32)
    action, is_open = np.zeros((n, n_envs), int), np.zeros((n, n_envs), bool)
    # Some rows try much for ever and others hardly anything; those say how good the agent is by now.
    curious = 0.4 ** np.linspace(1, 8, n_envs)
    hold, held, so_far = np.zeros(n_envs, int), np.zeros(n_envs, int), np.zeros(n_envs)
    returns, bar, examined, is_solved, scale, look = [], None, 0, False, 1, 1000

    for step in range(steps // n_envs):
        # 1. Act. Now and then something else is tried, and kept up for a while: mostly a step or two, seldom very
        # many. Who changes their mind at each step never gets out of a valley.
        used, now = (step + 1) * n_envs, step % n
        tries = (hold == 0) & (rng.random(n_envs) < np.maximum(curious, 1 - used / explore))
        hold[tries] = np.minimum(rng.zipf(2, tries.sum()), 100)
        held[tries] = rng.integers(len(agent.choices), size=tries.sum())
        before[now], reward[now], is_open[now] = X, 0, True
        action[now] = np.where(hold > 0, held, agent.worth(fast, X).argmax(axis=1))
        X_next, rewards, terminated, truncated, info = envs.step(agent.choices[action[now]])
        goes_on = ~(terminated | truncated)
        returns += (so_far + rewards)[~goes_on & (rows >= n_envs // 2)].tolist()
        hold, so_far, X = np.maximum(hold - 1, 0) * goes_on, (so_far + rewards) * goes_on, agent.rows(X_next)

        # 2. The reward counts for the last steps too, and what is seen now is what they led to.
        k = np.arange(min(ahead, step + 1))[:, np.newaxis]
        last = (step - k[:, 0]) % n
        more = is_open[last]  # (k, e)
        reward[last] += more * gamma**k * rewards
        weight[last] = np.where(more, gamma ** (k + 1) * ~terminated, weight[last])
        after[last] = np.where(more[:, :, np.newaxis], agent.rows(info["final_obs"]), after[last])
        is_open[last] &= goes_on
        if used >= look:  # after 1000 steps, 2000, 4000, …: how large are the things here?
            seen = before[: step + 1]
            agent.mean, agent.std = seen.mean(axis=(0, 1)), seen.std(axis=(0, 1)) + 1e-6
            look, scale = 2 * look, 0.5 / (np.sqrt(np.square(reward[: step + 1]).mean()) + 1e-3)

        # 3. Learn from some of what happened. An action is worth what came in the next steps and what is best to do
        # after them: the fast network says what that is, the slow one what it is worth. Who asks one for both gets
        # the largest of its errors.
        done = max(used / steps, (1 - run.seconds_left / seconds) / 0.6)
        if look > 1000:
            i, j = rng.integers(min(step + 1, n), size=batch), rng.integers(n_envs, size=batch)
            best = agent.worth(fast, after[i, j]).argmax(axis=1)
            target = scale * reward[i, j] + weight[i, j] * agent.worth(slow, after[i, j])[np.arange(batch), best]
            worth = agent.worth(fast, before[i, j])
            is_done = np.arange(worth.shape[1]) == action[i, j][:, np.newaxis]  # (b, actions)
            fast.learn(np.where(is_done, (worth - target[:, np.newaxis]).clip(-1, 1) / batch, 0), lr * max(0, 1 - done))
            slow.flat += 0.01 * (fast.flat - slow.flat)

        # 4. Good enough? Two thirds of the way to the threshold it is worth an exam; after one that fails, half of the
        # way that is left. A third of all steps or so may go into exams.
        if step % 250 == 249 and returns:
            mean = np.mean(returns[-16:])
            run.log(epoch=(step + 1) // 250, steps=used, mean_return=mean)
            bar = mean + (threshold - mean) * 2 / 3 if bar is None else bar
            if mean >= bar and examined < used // 2:
                is_solved, m = exam(agent, exams, threshold, used, run, 0.4 * seconds)
                bar, examined = (bar + threshold) / 2, examined + m
        if is_solved or done >= 1:
            break
    return agent


# Episodes without any chance in the actions, three in each of 32 environments and then three more, until it is clear
# on which side of the threshold their mean is: two standard errors above it is solved.
def exam(agent, envs, threshold, most, run, until):
    returns, n, low, high = [], 0, -np.inf, np.inf
    while low < threshold <= high and n < most and run.seconds_left > until:
        X, total, left = envs.reset()[0], np.zeros(32), np.full(32, 3)
        while (left > 0).any() and threshold <= high and run.seconds_left > until:
            X, rewards, terminated, truncated, _ = envs.step(agent.best(X))
            ended, total, n = terminated | truncated, total + rewards, n + 32
            returns += total[ended & (left > 0)].tolist()
            left, total = left - ended, total * ~ended
            if ended.any() and len(returns) >= 16:
                low, high = np.mean(returns) + np.array([-2, 1]) * np.std(returns) / len(returns) ** 0.5
    return low >= threshold, n


def predict(model, X):
    return model.best(X)
