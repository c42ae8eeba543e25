"""Learning rates: a short run with each of nine, and the largest one at which training still works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

from kit.errors import Problem, UsageError
from kit.job import Json
from kit.plugin.settings import typed
from leaderboard.runs import LocalRun
from leaderboard.training import NewRun, curve

if TYPE_CHECKING:
    from kit.plugin.settings import Parameters

NAMES = ("lr", "learning_rate")
FACTORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Of the default: four decades in nearly equal steps, and every product is a number that one would type."""
CLEARLY = 0.1
"""A loss is clearly lower than another when this share of it is gone."""
GAINED = 0.5
"""A return is clearly higher than the first one from this share of the way to the best of all rates on."""
MEASURES = ("valid_loss", "loss", "mean_return")
"""What is compared, of what ``run.log`` was given: the first of these that is there. The last one is an agent's."""
PART = 3.0
"""The suggestion is this part of the largest stable rate."""
LIMIT_S = 10.0
"""What ``run.seconds_left`` begins with in each of the runs."""
_ONE = ("epochs", "updates")  # set to 1 where fit has them: a pass over the data, and no least number of steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One learning rate and what came of it.

    Parameters
    ----------
    lr, run
        The rate, and its run.
    loss
        The last one that was logged, of the validation rows where there is one; of an agent the mean return, which is
        better where it is higher; not a number where there is none.
    is_stable
        Whether it is a number, and clearly better than at the start.
    """

    lr: float
    run: LocalRun
    loss: float
    is_stable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What nine rates came to.

    Parameters
    ----------
    name, competition, parameter, default
        The plugin, what it was for, what its rate is called and which one stands in ``fit``.
    measure
        ``valid loss``, ``loss`` or ``mean return``; empty where the plugin logs none of them.
    start
        The same before anything was learned: the first that the smallest rate told.
    rates
        Ascending.
    largest
        The largest stable one that is reached from the best without leaving the stable ones; None where there is none.
    """

    name: str
    competition: str
    parameter: str
    default: float
    measure: str
    start: float
    rates: tuple[Rate, ...]
    largest: float | None

    @property
    def rises(self) -> bool:
        """Whether higher is better."""
        return self.measure == "mean return"

    @property
    def suggested(self) -> float | None:
        """A third of the largest stable rate, with two digits."""
        return None if self.largest is None else float(f"{self.largest / PART:.2g}")


def rate_of(known: Parameters, called: str, *, around: float | None) -> tuple[str, float]:
    """What the learning rate is called, and what the runs lie around.

    Parameters
    ----------
    known
        The plugin's hyper-parameters.
    called
        How the entrant calls the plugin.
    around
        What was asked for; None: the default in ``fit``.

    Raises
    ------
    UsageError
        E016 if ``fit`` has no learning rate, or none that can be multiplied.
    """
    name = next((name for name in NAMES if name in known.defaults), None)
    if name is None:
        listed = ", ".join(known.defaults) or "none"
        raise UsageError(
            Problem(
                code="E016",
                message=f"{called} has no lr=: there is no learning rate to try",
                where=known.where,
                why=f"A learning rate is a parameter of fit called lr, with a default. Parameters here: {listed}.",
                fix="def fit(train, run, lr=0.01):   and use lr where the steps are made",
            )
        )
    default = known.values[name]
    if around is not None and isinstance(default, (float, type(None), str)):
        return name, around
    if type(default) is float and isfinite(default) and default > 0:
        return name, default
    what = typed(default)
    fix = f"kit lr {called} --around 0.01   or write a number above 0 in fit"
    if type(default) is int:
        fix = f"write   {name}={float(default)}   in fit: then it takes fractions"
    message = f"{name}={what} is nothing that rates could lie around"
    raise UsageError(Problem(code="E016", message=message, where=known.where, fix=fix))


def short_runs(new: NewRun, known: Parameters, name: str, middle: float, *, limit_s: float) -> tuple[NewRun, ...]:
    """A short run for each rate: one epoch where ``fit`` can be told so, and `limit_s` seconds at the most.

    A plugin hears of the seconds through ``run.seconds_left``; one that looks neither at that nor at ``epochs`` trains
    as long as ever.
    """
    short: dict[str, Json] = {one: 1 for one in _ONE if type(known.values.get(one)) is int}
    return tuple(
        replace(new, params={**new.params, **short, name: float(f"{middle * factor:.6g}")}, fit_limit_s=limit_s)
        for factor in FACTORS
    )


def judged(new: NewRun, name: str, middle: float, runs: Mapping[int, LocalRun]) -> Rates:
    """What the runs of `short_runs`, by their places, came to.

    Notes
    -----
    A rate is stable if the last loss is a number and lower by `CLEARLY` than the first loss of the smallest rate,
    which has learned next to nothing by then. Returns have no zero to measure shares from: one is stable that has come
    `GAINED` of the way from there to the best of all. Of the stable ones those count that hang together with the best
    one: a rate beyond a gap was lucky. A third of the largest is suggested.

    References
    ----------
    Y. Bengio, "Practical recommendations for gradient-based training of deep architectures", in *Neural Networks:
    Tricks of the Trade*, 2nd ed., Springer 2012, section 3.1.1: the optimum is usually close to the largest rate that
    does not diverge, and a third of a rate that diverges is to be tried next. That a third of a stable one is taken is
    the careful side: what is stable for one epoch may not be for fifty.
    """
    ordered = [runs[place] for place in sorted(runs)]
    measure = _measure(ordered)
    first = [value for value in curve(ordered[0].events, measure)[:1] if isfinite(value)] if measure else []
    start = first[0] if first else float("nan")
    last = [next(reversed(curve(run.events, measure)), float("nan")) for run in ordered]
    sign = -1 if measure == "mean_return" else 1
    best = min((sign * value for value in last if isfinite(value)), default=float("nan"))
    line = start - CLEARLY * abs(start) if sign > 0 else -start + GAINED * min(0.0, best + start)
    rates = [
        Rate(lr=_lr(run, name), run=run, loss=value, is_stable=sign * value <= line and sign * value < sign * start)
        for run, value in zip(ordered, last, strict=True)
    ]
    return Rates(
        name=new.name,
        competition=new.competition,
        parameter=name,
        default=middle,
        measure=measure.replace("_", " "),
        start=start,
        rates=tuple(rates),
        largest=_largest(rates, sign),
    )


def _lr(run: LocalRun, name: str) -> float:
    value = run.params[name]
    assert isinstance(value, float), "set by short_runs"
    return value


def _measure(runs: Sequence[LocalRun]) -> str:
    """The loss on validation rows, which are the same in each run and judged after the steps; else that in training."""
    told = {name for run in runs for event in run.events for name in event}
    return next((name for name in MEASURES if name in told), "")


def _largest(rates: Sequence[Rate], sign: int) -> float | None:
    stable = [place for place, rate in enumerate(rates) if rate.is_stable]
    if not stable:
        return None
    place = min(stable, key=lambda i: sign * rates[i].loss)
    while place + 1 < len(rates) and rates[place + 1].is_stable:
        place += 1
    return rates[place].lr
