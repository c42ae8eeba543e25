"""Anything at random: what an agent gets that has learned nothing. Who scores no more has not learned yet."""

import numpy as np

TASKS = ["agent"]


# Nothing is learned. What is drawn here is the agent: a number for each byte of an observation, and one more.
def fit(task, run):
    space = task.environment.observation
    n_bytes = np.dtype(space.dtype).itemsize * int(np.prod(space.shape))
    rng = np.random.default_rng(run.seed)
    return rng.integers(2**64, size=(n_bytes + 1, task.n_outputs), dtype=np.uint64)  # (b + 1, k)


# The same observation has to get the same action each time, alone and beside others: nothing may be drawn here. So
# the observation itself is the dice: its bytes, each times its number, summed up modulo 2^64 as unsigned numbers are.
# The smallest change of it turns the whole sum, whose upper 53 bits are a number from 0 to 1.
def predict(model, X, task):
    rows = np.ascontiguousarray(X).reshape(len(X), -1).view(np.uint8).astype(np.uint64)  # (n, b)
    dice = ((rows @ model[:-1] + model[-1]) >> np.uint64(11)) / 2**53  # (n, k), evenly from 0 to 1
    space = task.environment.action
    if space.n:
        return dice.argmax(axis=1) + space.start  # (n,)
    low, high = (np.clip(end, -1e3, 1e3).astype(float) for end in (space.low, space.high))  # (k,), never infinite
    return (low + dice * (high - low)).reshape(len(X), *space.shape)
