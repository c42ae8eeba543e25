"""A sweep: every combination of some settings, what each came to, and which of them can be told from the best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isfinite
from statistics import fmean
from typing import TYPE_CHECKING

from kit.executor.base import Executor
from kit.job import Json
from leaderboard.runs import LocalRun, Runs
from leaderboard.study.pool import Going, train_all
from leaderboard.training import NewRun

if TYPE_CHECKING:
    from kit.metrics.base import Metric

CLEAR = 0.05
"""As in `leaderboard.statistics.paired`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One combination of settings.

    Parameters
    ----------
    settings
        What was set.
    runs
        One for each seed, in their order.
    n_reused
        How many of them were there before.
    valid, lo, hi, train
        Mean of the scores of the runs that have one, of the ends of their intervals, and of their train scores; None
        where there is none.
    is_like_best
        Whether it can't be told from the best: None where it has no score.
    """

    settings: Mapping[str, Json]
    runs: tuple[LocalRun, ...]
    n_reused: int = 0
    valid: float | None = None
    lo: float | None = None
    hi: float | None = None
    train: float | None = None
    is_like_best: bool | None = None

    @property
    def verdict(self) -> str:
        """The verdict on most of its runs; of agents whether they solved it, of those that failed the code."""
        found = Counter(_ended(run) for run in self.runs)
        words, n = found.most_common(1)[0]
        return words if n == len(self.runs) else f"{words} ({n} of {len(self.runs)})"

    @property
    def seconds(self) -> float:
        """Of all its runs together."""
        return sum(run.seconds for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep came to.

    Parameters
    ----------
    name, competition
        How the entrant calls the plugin, and what it was for.
    names
        The settings that have more than one value; those that are the same in all combinations are not among them.
    seeds
        Each combination ran once with each of them.
    tried
        In the order of the grid.
    best
        Place of the best mean score; None where nothing has one.
    """

    name: str
    competition: str
    names: tuple[str, ...]
    seeds: tuple[int, ...]
    tried: tuple[Tried, ...]
    best: int | None

    @property
    def like_best(self) -> tuple[int, ...]:
        """Places of those that can't be told from the best, without it."""
        return tuple(i for i, one in enumerate(self.tried) if one.is_like_best and i != self.best)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The runs of a study, those that are there already and those that are to be made.

    Parameters
    ----------
    news
        All of them.
    before
        Place -> the run of the same bytes, settings, seed and data that was made earlier.
    """

    news: tuple[NewRun, ...]
    before: Mapping[int, LocalRun]

    @classmethod
    def of(cls, news: Sequence[NewRun], runs: Runs) -> Plan:
        """Look for each of `news` among `runs`."""
        found: dict[int, LocalRun] = {}
        for archive in {new.archive for new in news}:
            for run in runs.of_plugin(sha256(archive).hexdigest()):  # the latest first: that one is taken
                for place, new in enumerate(news):
                    if place not in found and new.archive == archive and _is_of(run, new):
                        found[place] = run
        return cls(news=tuple(news), before=found)

    @property
    def missing(self) -> list[int]:
        """Places of those that are to be made."""
        return [place for place in range(len(self.news)) if place not in self.before]


def carried_out(
    plan: Plan, runs: Runs, executor: Executor, *, jobs: int, on_progress: Callable[[Going], None] = lambda _: None
) -> Generator[tuple[int, LocalRun], None, None]:
    """Make what is missing, each run with its place as soon as it is over. See `leaderboard.study.pool.train_all`."""
    missing = plan.missing

    def tell(going: Going) -> None:  # what goes on, by its place in the plan
        on_progress(replace(going, now={missing[i]: progress for i, progress in going.now.items()}))

    news = [plan.news[place] for place in missing]
    with closing(train_all(news, runs, executor, jobs=jobs, on_progress=tell)) as made:
        for place, run in made:
            yield missing[place], run


def combined(new: NewRun, grid: Sequence[Mapping[str, Json]], seeds: Sequence[int]) -> tuple[NewRun, ...]:
    """A run for each combination and each seed, the seeds of a combination side by side."""
    return tuple(replace(new, params=dict(settings), seed=seed) for settings in grid for seed in seeds)


def summed_up(plan: Plan, made: Mapping[int, LocalRun], runs: Runs, *, seeds: Sequence[int]) -> Swept:
    """What the runs of `plan` came to.

    Parameters
    ----------
    plan, made
        The runs that were there before, and those that were made.
    runs
        Where they lie.
    seeds
        Of each combination.
    """
    n, new = len(seeds), plan.news[0]
    everything = {**plan.before, **made}
    tried = [
        _tried(plan.news[start].params, [everything[i] for i in range(start, start + n)], plan.before, start)
        for start in range(0, len(plan.news), n)
    ]
    best = _best(tried, new.metric)
    if best is not None:
        alike = _like_best(tried, best, runs, new.metric, new.competition)
        tried = [replace(one, is_like_best=is_like) for one, is_like in zip(tried, alike, strict=True)]
    return Swept(
        name=new.name,
        competition=new.competition,
        names=_varied([one.settings for one in tried]),
        seeds=tuple(seeds),
        tried=tuple(tried),
        best=best,
    )


def _is_of(run: LocalRun, new: NewRun) -> bool:
    """Whether `run` is what `new` would come to. One that failed may have met a full disk: it is tried again."""
    return (
        (run.state, run.competition, run.digest) == ("done", new.competition, new.prepared.facts.digest)
        and (run.seed, run.metric, run.metric_version) == (new.seed, new.metric.code, new.metric.version)
        and run.settings == {**new.defaults, **new.params}
    )


def _tried(settings: Mapping[str, Json], runs: Sequence[LocalRun], before: Mapping[int, LocalRun], start: int) -> Tried:
    return Tried(
        settings=settings,
        runs=tuple(runs),
        n_reused=sum(start + i in before for i in range(len(runs))),
        valid=average([run.valid_score for run in runs]),
        lo=average([run.interval_lo for run in runs]),
        hi=average([run.interval_hi for run in runs]),
        train=average([run.train_score for run in runs]),
    )


def average(values: Sequence[float | None]) -> float | None:
    """The mean of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _best(tried: Sequence[Tried], metric: Metric) -> int | None:
    scored = [(one.valid, place) for place, one in enumerate(tried) if one.valid is not None and isfinite(one.valid)]
    # One that failed with a seed is no recommendation, however well it did with the others.
    whole = [pair for pair in scored if all(run.valid_score is not None for run in tried[pair[1]].runs)]
    if not scored:
        return None
    sign = 1 if metric.greater_is_better else -1
    return max(whole or scored, key=lambda pair: (sign * pair[0], -pair[1]))[1]


def _like_best(tried: Sequence[Tried], best: int, runs: Runs, metric: Metric, competition: str) -> list[bool | None]:
    """Of each, whether it can't be told from the best.

    With several seeds a difference is clear where it is with each of them. The more combinations are compared with the
    best one, the likelier is one that looks worse by chance: Holm's adjustment takes that into account.
    """
    from leaderboard.statistics import holm

    places = [place for place, one in enumerate(tried) if one.valid is not None and place != best]
    p_values = [chance(tried[best].runs, tried[place].runs, runs, metric, competition) for place in places]
    adjusted = dict(zip(places, holm(p_values), strict=True))
    found: list[bool | None] = [adjusted[place] >= CLEAR if place in adjusted else None for place in range(len(tried))]
    found[best] = True
    return found


def chance(
    better: Sequence[LocalRun], other: Sequence[LocalRun], runs: Runs, metric: Metric, competition: str
) -> float:
    """How often chance alone would put the first ones so far ahead of the second ones, of the same seeds and rows.

    The largest over the seeds; 1 where one of them points the other way, or can't be compared.
    """
    from leaderboard.statistics import compare

    largest, n_seen = 0.0, 0
    for one, two in zip(better, other, strict=True):
        first, second = runs.score(one), runs.score(two)
        if first is None or second is None or first.n != second.n:
            continue
        found = compare(metric, first, second, seed_text=f"{competition}/valid")
        is_ahead = first.value > second.value if metric.greater_is_better else first.value < second.value
        largest, n_seen = max(largest, found.p if is_ahead else 1.0), n_seen + 1
    return largest if n_seen else 1.0


def _varied(settings: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    names = tuple(settings[0])
    varied = tuple(name for name in names if any(one[name] != settings[0][name] for one in settings))
    return varied or names[:1]


def _ended(run: LocalRun) -> str:
    if run.verdict is not None:
        return run.verdict.kind
    if run.solved_from is not None and run.interval_lo is not None:
        return "solved" if run.interval_lo >= run.solved_from else "not solved"
    return f"failed {run.problem.code}" if run.problem else run.state
