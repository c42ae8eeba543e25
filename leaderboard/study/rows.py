"""How the score grows with the rows that are learned from: nested random parts of train, the same valid rows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from kit.errors import Problem, UsageError
from leaderboard.runs import LocalRun, Runs
from leaderboard.study.sweep import CLEAR, Plan, average, chance
from leaderboard.training import NewRun

if TYPE_CHECKING:
    from kit.dataset import Index, Labels
    from kit.metrics.base import Metric
    from kit.prepare import Prepared

SIZES = (Fraction(1, 16), Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(1))
MIN_ROWS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What was learned from so many rows.

    Parameters
    ----------
    n
        Rows of train.
    runs
        One for each seed.
    valid, lo, hi, train
        As in `leaderboard.study.sweep.Tried`.
    """

    n: int
    runs: tuple[LocalRun, ...]
    valid: float | None = None
    lo: float | None = None
    hi: float | None = None
    train: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A learning curve over rows.

    Parameters
    ----------
    name, competition, seeds
        The plugin, what it was for, and the seeds that drew the rows.
    sizes
        Ascending.
    more
        Of the last step, from the size before the largest to the largest: ``helps`` where the score is clearly better,
        ``hurts`` where it is clearly worse, else ``unclear``; empty where there is no score.
    """

    name: str
    competition: str
    seeds: tuple[int, ...]
    sizes: tuple[Size, ...]
    more: Literal["helps", "hurts", "unclear", ""]


def read_sizes(text: str | None, n: int, n_classes: int) -> tuple[int, ...]:
    """How many rows to learn from, ascending: ``1/16,1/4,all`` or ``50,100,200``.

    Parameters
    ----------
    text
        What was typed; None: halves from a sixteenth to all.
    n, n_classes
        Rows of train, and classes, each of which is among the smallest part.

    Raises
    ------
    UsageError
        E015 for what is no share and no count, for more rows than there are, and where fewer than two sizes are left.
    """
    least = max(MIN_ROWS, n_classes)
    if text is None:
        sizes = sorted({max(least, round(n * share)) for share in SIZES if n * share >= least} | {n})
    else:
        sizes = sorted({_size(part.strip(), n, least) for part in text.split(",")})
    if len(sizes) < 2:
        message = f"a curve needs two sizes at least, and of {n} rows there is one"
        fix = "--sizes 1/2,all   or counts of rows:   --sizes 50,100,200"
        raise UsageError(Problem(code="E015", message=message, fix=fix))
    return tuple(sizes)


def _size(text: str, n: int, least: int) -> int:
    fix = f"--sizes 1/8,1/2,all   or counts of rows, from {least} to {n}:   --sizes {max(least, n // 4)},{n}"
    try:
        share = Fraction(1) if text == "all" else Fraction(text)
    except (ValueError, ZeroDivisionError):
        message = f"--sizes takes shares and counts of rows, not {text!r}"
        raise UsageError(Problem(code="E015", message=message, fix=fix)) from None
    is_count = share.denominator == 1 and text != "all" and "." not in text and "/" not in text
    size = int(share) if is_count else round(share * n)
    if not least <= size <= n:
        why = f"There are {n} to learn from, and {least} are the fewest that can stand for all of them."
        raise UsageError(Problem(code="E015", message=f"{text} of the rows are {size}", why=why, fix=fix))
    return size


def order_of(y: Labels, n_classes: int, seed: int) -> Index:
    """All rows in a random order of which every beginning is a fair sample.

    Parameters
    ----------
    y : shape (n,)
        Class indices, or values.
    n_classes
        0 where there are none.
    seed
        Draws the order.

    Returns
    -------
    array of shape (n,)
        Places of rows. Of classes every beginning has nearly their shares, and one that is as long as there are classes
        has each.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(y))
    if not n_classes or y.ndim > 1:
        return shuffled
    # A class of m rows is spread evenly: its i-th row stands near the share (i + u) / m of the whole. The first ones
    # are called up before all others.
    place = np.empty(len(y))
    for k in range(n_classes):
        rows = shuffled[y[shuffled] == k]
        place[rows] = (np.arange(len(rows)) + rng.random(len(rows))) / max(1, len(rows))
        place[rows[:1]] -= 1
    return np.argsort(place, kind="stable")


@contextmanager
def parts_of(
    prepared: Prepared, sizes: Sequence[int], seeds: Sequence[int]
) -> Iterator[dict[tuple[int, int], Prepared]]:
    """The data with fewer rows to learn from: (size, seed) -> as prepared. They are gone when this is left.

    They are written on the trusted side: a plugin is given them as it is given all rows, and knows of no others.
    """
    from kit.dataset import Dataset, take, write_part

    rows = prepared.rows("train")
    assert isinstance(rows, Dataset), "train has labels"
    n_classes = len(prepared.facts.task.classes)
    with TemporaryDirectory(prefix="kit-curve-", ignore_cleanup_errors=True) as folder:
        found = {}
        for seed in seeds:
            order = order_of(rows.y, n_classes, seed)
            for n in sizes:
                if n == len(rows):
                    found[n, seed] = prepared
                    continue
                public = Path(folder) / f"{seed}-{n}" / "public"
                index = order[:n]
                write_part(public / "train", take(rows.storage, index), ids=rows.ids[index], y=rows.y[index])
                for part in ("valid", "test"):
                    _lend(prepared.folder / "public" / part, public / part)
                digest = sha256(f"{prepared.facts.digest} {n} {seed}".encode()).hexdigest()
                facts = replace(prepared.facts, n_train=n, digest=digest)
                found[n, seed] = replace(prepared, folder=public.parent, facts=facts)
        yield found


def _lend(folder: Path, to: Path) -> None:
    """Make `folder` be at `to` as well, without a copy where the system allows that."""
    try:
        to.symlink_to(folder.resolve(), target_is_directory=True)
    except OSError:  # Windows asks for a right that few have
        shutil.copytree(folder, to)


def to_run(
    new: NewRun, parts: Mapping[tuple[int, int], Prepared], sizes: Sequence[int], seeds: Sequence[int]
) -> tuple[NewRun, ...]:
    """A run for each size and each seed, the seeds of a size side by side."""
    return tuple(replace(new, prepared=parts[n, seed], seed=seed) for n in sizes for seed in seeds)


def grown(
    plan: Plan, made: Mapping[int, LocalRun], runs: Runs, *, sizes: Sequence[int], seeds: Sequence[int]
) -> Growth:
    """What the runs of `to_run` came to."""
    new, everything = plan.news[0], {**plan.before, **made}
    points = []
    for place, n in enumerate(sizes):
        own = [everything[place * len(seeds) + i] for i in range(len(seeds))]
        points.append(_size_of(n, own))
    return Growth(
        name=new.name,
        competition=new.competition,
        seeds=tuple(seeds),
        sizes=tuple(points),
        more=_more(points[-2], points[-1], runs, new.metric, new.competition),
    )


def _size_of(n: int, runs: Sequence[LocalRun]) -> Size:
    return Size(
        n=n,
        runs=tuple(runs),
        valid=average([run.valid_score for run in runs]),
        lo=average([run.interval_lo for run in runs]),
        hi=average([run.interval_hi for run in runs]),
        train=average([run.train_score for run in runs]),
    )


def _more(
    fewer: Size, most: Size, runs: Runs, metric: Metric, competition: str
) -> Literal["helps", "hurts", "unclear", ""]:
    if fewer.valid is None or most.valid is None:
        return ""
    if chance(most.runs, fewer.runs, runs, metric, competition) < CLEAR:
        return "helps"
    return "hurts" if chance(fewer.runs, most.runs, runs, metric, competition) < CLEAR else "unclear"
