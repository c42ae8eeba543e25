"""Episodic return: how much reward an agent collects in an episode, on average."""

from __future__ import annotations

from math import inf

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, mean


def episodic_return() -> Metric:
    """Mean return of an agent over episodes that nobody has seen.

    Returns
    -------
    Metric
        Without ends; greater is better. In the environment's unit of reward.

    Notes
    -----
    mean of the undiscounted sums of rewards. The episodes begin from a fixed list of hidden seeds, the same for all
    agents. One that is cut at its limit of steps counts as it is. A submission is the agent, not a file; the rows are
    the episodes, and intervals and comparisons are over them.

    References
    ----------
    R. S. Sutton, A. G. Barto, *Reinforcement Learning: An Introduction*, 2nd ed., MIT Press 2018, section 3.3.

    Examples
    --------
    >>> episodic_return().value(np.array([7, 8]), np.array([500.0, 12.0]))
    256.0
    """
    return Metric(
        name="episodic_return",
        summary="How much reward does the agent collect in an episode, on average?",
        greater_is_better=True,
        needs="returns",
        best=inf,
        worst=-inf,
        unit="value",
        interval="bootstrap",
        source="Sutton, Barto, Reinforcement Learning: An Introduction, 2nd ed., MIT Press 2018, section 3.3",
        terms=returns,
        combine=mean,
    )


def returns(y_true: Array, y_pred: Array) -> FloatArray:  # noqa: ARG001 - the signature of terms
    """The return of each episode, in the environment's unit of reward.

    Parameters
    ----------
    y_true : shape (n_episodes,)
        Seeds of the episodes; not looked at.
    y_pred : shape (n_episodes,)
        Sums of the rewards of each episode, undiscounted; one that was cut at its limit of steps counts as it is.

    Returns
    -------
    shape (n_episodes, 1)
        In float64. Their mean is the score; greater is better.

    Examples
    --------
    >>> returns(np.array([7, 8]), np.array([500.0, 12.0])).tolist()
    [[500.0], [12.0]]
    """
    return np.asarray(y_pred, dtype=np.float64)[:, np.newaxis]
