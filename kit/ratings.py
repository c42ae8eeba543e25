"""How strong agents are that play against each other: one number each, from who won against whom."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import log
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Agent = TypeVar("Agent", bound=Hashable)

_POINTS = 400 / log(10)
"""Points in a difference of 1 of the log odds: 400 points are odds of ten to one, the scale of chess (A. Elo)."""

_MAX_STEPS = 100
_PRECISION = 1e-10  # of the log odds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratings(Generic[Agent]):
    """What `bradley_terry` found.

    Parameters
    ----------
    agents
        In the order in which they first played.
    points
        The rating of each, shape (n_agents,); their mean is 0.
    standard_errors
        Of each rating against the mean of all, in points, shape (n_agents,).
    """

    agents: tuple[Agent, ...]
    points: FloatArray
    standard_errors: FloatArray


def bradley_terry(games: Sequence[tuple[Agent, Agent, float]], *, ridge: float = 0.01) -> Ratings[Agent]:
    """Ratings under which the results of all games together are the most likely.

    Parameters
    ----------
    games
        Two agents, and what the first of them got: 1 for a win, 0 for a loss, 0.5 for a draw, which counts as half a
        win of each. The order of the games does not matter.
    ridge
        Weight of the prior, positive: without games an agent's rating is 0 with a standard deviation of
        174 / sqrt(ridge) points. So one that won all its games stays finite, as do groups that never met.

    Returns
    -------
    Ratings
        In points: 100 more are won 64 of 100 games, 400 more 10 of 11.

    Raises
    ------
    ValueError
        If there is no game, one against oneself, or a result that is not from 0 to 1.

    Notes
    -----
    P(i beats j) = 1 / (1 + 10^((r_j - r_i) / 400)). Newton's method on the logistic likelihood; the standard errors
    are the roots of the diagonal of C H^-1 C, where H is the Hessian and C takes the mean off.

    References
    ----------
    R. A. Bradley, M. E. Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 39 (1952); D. R. Hunter,
    "MM Algorithms for Generalized Bradley-Terry Models", Annals of Statistics 32 (2004).

    Examples
    --------
    Anna wins 30 of 40 games against Ben: odds of 3, which are 400 log10(3) = 191 points, a little less by the prior.

    >>> found = bradley_terry([("anna", "ben", 1)] * 30 + [("anna", "ben", 0)] * 10)
    >>> found.agents, found.points.round(1).tolist(), found.standard_errors.round(1).tolist()
    (('anna', 'ben'), [95.4, -95.4], [31.7, 31.7])
    """
    agents = tuple(dict.fromkeys(agent for first, second, _ in games for agent in (first, second)))
    wins = _wins(games, {agent: i for i, agent in enumerate(agents)})
    if ridge <= 0:
        raise ValueError("the ridge is positive: without it, one that wins all games has no rating")
    strengths = _most_likely(wins, ridge)
    centred = np.eye(len(agents)) - 1 / len(agents)
    covariance = centred @ np.linalg.inv(_hessian(strengths, wins, ridge)) @ centred
    return Ratings(
        agents=agents,
        points=_POINTS * (strengths - strengths.mean()),
        standard_errors=_POINTS * np.sqrt(np.diag(covariance)),
    )


def _wins(games: Sequence[tuple[Agent, Agent, float]], number: dict[Agent, int]) -> FloatArray:
    """How often each agent (row) won against each other (column), shape (n_agents, n_agents)."""
    if not games:
        raise ValueError("there are no games")
    wins = np.zeros((len(number), len(number)))
    for first, second, result in games:
        if first == second:
            raise ValueError(f"{first!r} played against itself")
        if not 0 <= result <= 1:
            raise ValueError(f"the result of {first!r} against {second!r} is {result}, and not from 0 to 1")
        wins[number[first], number[second]] += result
        wins[number[second], number[first]] += 1 - result
    return wins


def _most_likely(wins: FloatArray, ridge: float) -> FloatArray:
    """Strengths in log odds, by Newton's method; a step that overshoots is halved."""
    strengths = np.zeros(len(wins))
    for _ in range(_MAX_STEPS):
        surplus = (wins - (wins + wins.T) * _chances(strengths)).sum(axis=1) - ridge * strengths
        step = np.linalg.solve(_hessian(strengths, wins, ridge), surplus)
        while _log_likelihood(strengths + step, wins, ridge) < _log_likelihood(strengths, wins, ridge) - _PRECISION:
            step = step / 2
        strengths = strengths + step
        if np.abs(step).max() < _PRECISION:
            break
    return strengths


def _chances(strengths: FloatArray) -> FloatArray:
    """P(row beats column)."""
    return np.asarray(np.exp(-np.logaddexp(0, strengths - strengths[:, np.newaxis])))


def _log_likelihood(strengths: FloatArray, wins: FloatArray, ridge: float) -> float:
    log_chances = -np.logaddexp(0, strengths - strengths[:, np.newaxis])
    return float((wins * log_chances).sum() - ridge / 2 * np.square(strengths).sum())


def _hessian(strengths: FloatArray, wins: FloatArray, ridge: float) -> FloatArray:
    """Of the negative log likelihood."""
    chances = _chances(strengths)
    information = (wins + wins.T) * chances * chances.T
    return np.asarray(np.diag(information.sum(axis=1) + ridge) - information)
