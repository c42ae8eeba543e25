"""The verdict on a run: did it learn, too little, too much, or about right, and from which numbers that is seen.

Pure: it knows scores and curves, no files and no plugins. What the rule is worth was measured on runs whose kind was
known beforehand: ``python -m benchmarks verdict``, reported in ``docs/explanation/verdict.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from kit.notation import score

Kind = Literal["not learning", "under-fitting", "over-fitting", "appropriate"]
Interval = tuple[float, float]

# Points are percentage points of a share, F1 and the area under a ROC curve included. Of an error they are per cent of
# the constant's: per cent of the baseline's own would grow without limit where the baseline is nearly perfect.
# All were set by hand on 16 runs of a small network on 8x8 digits; the study that the module names kept them.
BELOW_REFERENCE_POINTS = 2.0  # a train score this far behind the simple baseline's is too low
GAP_POINTS = 5.0  # train and valid may differ by this much whatever the noise
RISE = 0.10  # of the best valid loss: what a curve may rise after it
BEST_EPOCH_WITHIN = 0.8  # of the epochs: a best one later than that says nothing of what would follow
STILL_FALLING = 0.10  # of the loss, within the last fifth of the epochs
LAST_PART = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a run showed. What is None, 0 or empty is not known, and the rules that need it are left out.

    Parameters
    ----------
    train, valid
        Scores of the fitted model on the rows it learned from and on those it did not.
    train_interval, valid_interval
        Their 95 % intervals.
    reference, constant
        Train scores of the competition's simple baseline, and of always giving the same answer.
    greater_is_better, unit
        As in `kit.metrics.base.Metric`.
    n_classes
        K of the classification; 0 where values are predicted.
    losses, valid_losses
        What ``run.log`` was given, an entry for each epoch; not a number where training broke.
    first_epoch
        What the plugin calls its first epoch: some count from 0.
    """

    valid: float
    greater_is_better: bool
    unit: Literal["share", "value"]
    train: float | None = None
    train_interval: Interval | None = None
    valid_interval: Interval | None = None
    reference: float | None = None
    constant: float | None = None
    n_classes: int = 0
    losses: tuple[float, ...] = ()
    valid_losses: tuple[float, ...] = ()
    first_epoch: int = 1

    @property
    def whole(self) -> tuple[str, float]:
        """What a difference of scores is measured by: 1 for shares, else a score, and whose it is."""
        scores = (self.valid, self.train, self.reference, self.constant)
        if self.unit == "share" or (self.greater_is_better and all(0 <= score <= 1 for score in scores if score)):
            return "", 1.0
        known = (("constant", self.constant), ("baseline", self.reference), ("valid score", self.valid))
        return next(((name, abs(value)) for name, value in known if value), ("", 1.0))

    def points(self, better: float, worse: float) -> float:
        """How much better the first score is than the second, in points; negative where it is worse."""
        difference = better - worse if self.greater_is_better else worse - better
        return 100 * difference / self.whole[1]

    def noise(self) -> float:
        """How many points train may seem better than valid by chance.

        Notes
        -----
        From train to the worse end of its interval, and from valid to the better end of its own, as the legs of a right
        triangle: each end on its own side, because the interval of a share near 1, or of a log loss with few large
        terms, is far longer to one side.

        References
        ----------
        G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general approach",
        Statistics in Medicine 27 (2008), p. 1693: the lower limit of a difference.
        """
        ends = (max, min) if self.greater_is_better else (min, max)
        better = ends[0](self.valid_interval) if self.valid_interval else self.valid
        return math.hypot(max(0.0, self.points(better, self.valid)), self.train_noise())

    def train_noise(self) -> float:
        """From the train score to the worse end of its interval, in points."""
        if self.train is None or self.train_interval is None:
            return 0.0
        worse = (min if self.greater_is_better else max)(self.train_interval)
        return max(0.0, self.points(self.train, worse))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A verdict, the sentence with the numbers that led to it, and what to try next."""

    kind: Kind
    because: str
    advice: str


def judge(evidence: Evidence) -> Verdict:
    """The first of these that holds, else *appropriate*.

    Notes
    -----
    1. *not learning*: the loss is no number, or the train score no better than the constant's, or the loss is never
       below ln K (what a guess among K classes costs) or does not fall, and the train score is below the reference.
    2. *under-fitting*: the train score is below the reference by more than `BELOW_REFERENCE_POINTS`, and the gap is
       allowed by rule 3 or smaller than that.
    3. *over-fitting*: the valid loss rose by more than `RISE` since a best epoch within `BEST_EPOCH_WITHIN` and is
       above the train loss; or the gap between train and valid is larger than `GAP_POINTS`, and larger than the noise
       of the two scores or such that valid is no better than the constant's.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press 2016, sections 5.2 (under- and over-fitting as
    train error and gap) and 7.8 (the valid loss that rises again). The numbers are ours.
    """
    return _not_learning(evidence) or _under_fitting(evidence) or _over_fitting(evidence) or _appropriate(evidence)


def _not_learning(e: Evidence) -> Verdict | None:
    broken = next((epoch for epoch, loss in enumerate(e.losses, e.first_epoch) if not math.isfinite(loss)), None)
    if broken is not None:
        because = f"the loss was not a number from epoch {broken} on"
        return Verdict(kind="not learning", because=because, advice="a smaller learning rate, and look at the inputs")
    over_constant = None if e.train is None or e.constant is None else e.points(e.train, e.constant)
    # What was learned from mixed labels makes larger errors than a constant; of shares it may have more, by chance.
    chance = e.train_noise() if e.greater_is_better else 0.0
    if over_constant is not None and over_constant <= max(BELOW_REFERENCE_POINTS, chance):
        because = f"train {_shown(e, e.train)}, and always giving the same answer has {_shown(e, e.constant)}"
        return Verdict(kind="not learning", because=because, advice=_advice_when_not_learning(e))
    behind = _behind(e)
    # A loss that is a sum, or of another kind, says nothing against a train score that is as good as the baseline's.
    if not e.losses or (behind is not None and behind <= BELOW_REFERENCE_POINTS):
        return None
    if e.n_classes > 1 and min(e.losses) >= math.log(e.n_classes):
        guess = f"{math.log(e.n_classes):.2f}, which guessing among {e.n_classes} classes costs"
        because = f"the loss was never below {guess}"
        return Verdict(kind="not learning", because=because, advice=_advice_when_not_learning(e))
    if len(e.losses) > 1 and e.losses[-1] >= e.losses[0]:
        because = f"the loss did not fall: {e.losses[0]:.3g} at first, {e.losses[-1]:.3g} at last"
        return Verdict(kind="not learning", because=because, advice="a smaller learning rate")
    return None


def _advice_when_not_learning(e: Evidence) -> str:
    if len(e.losses) > 1 and e.losses[-1] < (1 - STILL_FALLING) * e.losses[0]:
        return "the loss fell all the same: does each row still have its own label? (shuffled or sorted apart)"
    return "more epochs or another learning rate, ten times smaller or larger; and do the labels belong to their rows?"


def _under_fitting(e: Evidence) -> Verdict | None:
    behind, gap = _behind(e), _gap(e)
    if behind is None or gap is None or behind <= BELOW_REFERENCE_POINTS or gap > max(_allowed_gap(e), behind):
        return None
    because = f"train {_shown(e, e.train)}, the baseline {_shown(e, e.reference)}: {_distance(e, behind)} better"
    advice = "a larger model, or a larger learning rate"
    falling = _fall_at_the_end(e.losses)
    if falling > STILL_FALLING:
        because += f", and the loss still fell by {100 * falling:.0f} % in the last fifth"
        advice = "train longer: more epochs or a larger learning rate"
    return Verdict(kind="under-fitting", because=because, advice=advice)


def _over_fitting(e: Evidence) -> Verdict | None:
    best, gap = _best_before_a_rise(e), _gap(e)
    still_falls = len(e.valid_losses) > 1 and min(e.valid_losses) == e.valid_losses[-1]
    advice = f"a smaller model, {'' if still_falls else 'fewer epochs, '}more data or weight decay"
    if best is not None:
        epoch = best + e.first_epoch
        losses = f"{e.valid_losses[best]:.3g} at epoch {epoch}, its lowest, and {e.valid_losses[-1]:.3g} at last"
        because = f"the valid loss was {losses}"
        advice = f"stop near epoch {epoch}, or a smaller model, more data or weight decay"
    elif gap is not None and gap > _allowed_gap(e):
        because = f"{_both(e)}, {_the_gap(e, gap)} is more than noise"
    elif gap is not None and gap > GAP_POINTS and e.constant is not None and e.points(e.valid, e.constant) <= 0:
        because = f"{_both(e)}, and always giving the same answer has {_shown(e, e.constant)}"
    else:
        return None
    return Verdict(kind="over-fitting", because=because, advice=advice)


def _appropriate(e: Evidence) -> Verdict:
    gap = _gap(e)
    missing = [
        name
        for name, known in (
            ("the train score", e.train is not None),
            ("a learning curve", bool(e.losses or e.valid_losses)),
            ("a baseline to compare with", e.reference is not None),
        )
        if not known
    ]
    if gap is None:
        because = f"valid {_shown(e, e.valid)}"
    else:
        small = "within noise" if gap <= e.noise() else "small"
        because = f"{_both(e)}, " + (f"{_the_gap(e, gap)} is {small}" if gap > 0 else "no gap")
    if missing:
        because += f" (not looked at, because it is not known: {', '.join(missing)})"
    return Verdict(kind="appropriate", because=because, advice="other ideas: what the model mistakes most often")


def _behind(e: Evidence) -> float | None:
    return None if e.train is None or e.reference is None else e.points(e.reference, e.train)


def _gap(e: Evidence) -> float | None:
    return None if e.train is None else e.points(e.train, e.valid)


def _allowed_gap(e: Evidence) -> float:
    return max(GAP_POINTS, e.noise())


def _best_before_a_rise(e: Evidence) -> int | None:
    """The place of the lowest valid loss, from 0 on, if it is an early one and the loss rose since."""
    losses = e.valid_losses
    if len(losses) < 2 or not all(map(math.isfinite, losses)):
        return None
    best = min(range(len(losses)), key=losses.__getitem__)
    is_early = best + 1 <= BEST_EPOCH_WITHIN * len(losses)
    if not is_early or losses[best] < 0 or losses[-1] <= (1 + RISE) * losses[best]:
        return None
    # Where the rows are harder in training (turned, shifted, dropped out) and cost more, none is known by heart yet.
    return None if e.losses and e.losses[-1] > losses[-1] else best


def _fall_at_the_end(losses: tuple[float, ...]) -> float:
    """By which share the loss fell in the last fifth of the epochs."""
    if len(losses) < 2:
        return 0.0
    before = losses[-1 - max(1, round(LAST_PART * len(losses)))]
    return 1 - losses[-1] / before if before > 0 else 0.0


def _both(e: Evidence) -> str:
    return f"train {_shown(e, e.train)}, valid {_shown(e, e.valid)}"


def _shown(e: Evidence, value: float | None) -> str:
    return "" if value is None else score(value, e.unit)


def _distance(e: Evidence, points: float) -> str:
    """``2.8 points``, ``0.0280``, or ``1.6 (2 % of the constant's 77.0)``."""
    if e.unit == "share":
        return f"{points:.1f} points"
    name, whole = e.whole
    distance = f"{points * whole / 100:.{4 if whole < 10 else 1}f}"
    return f"{distance} ({points:.0f} % of the {name}'s {_shown(e, whole)})" if name else distance


def _the_gap(e: Evidence, points: float) -> str:
    return f"the {points:.1f} point gap" if e.unit == "share" else f"the gap of {_distance(e, points)}"
