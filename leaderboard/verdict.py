"""The verdict on a run: did it learn, too little, too much, or about right, and from which numbers that is seen.

Pure: it knows scores and curves, no files and no plugins. What the rule is worth was measured on runs whose kind was
known beforehand: ``python -m benchmarks verdict``, reported in ``docs/explanation/verdict.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kit.clues import ends, rises
from kit.notation import score

Kind = Literal["not learning", "under-fitting", "over-fitting", "appropriate"]
Cause = Literal["", "rate too high", "no step", "one answer", "labels"]
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
LABELS_FROM_EPOCHS = 5  # before, a loss that falls while the score stays a constant's has just begun
FAR_ABOVE_A_GUESS = 3.0  # times ln K: what the first epoch costs where the steps are far too long
UNMOVED, UNMOVED_IN_NOISE = 1e-6, 0.05  # of the valid loss, always of the same rows; of the loss of changing batches


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
    one_answer
        The validation rows all got the same answer.
    in_steps
        Whether it learns in steps, so that a learning rate and epochs are something to change. A logistic regression on
        features that a network gave does not, even where its ``fit`` has a parameter ``lr`` for something else.
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
    one_answer: bool = False
    in_steps: bool = True

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
    """A verdict, the sentence with the numbers that led to it, and what to try next.

    `cause` is why nothing was learned, where that can be told: the next command follows from it.
    """

    kind: Kind
    because: str
    advice: str
    cause: Cause = ""


def judge(evidence: Evidence) -> Verdict:
    """The first of these that holds, else *appropriate*.

    Notes
    -----
    1. *not learning*: the loss is no number, or the train score no better than the constant's, or the loss is never
       below ln K (what a guess among K classes costs) or does not fall, and the train score is below the reference.
    2. *under-fitting*: the train score is below the reference by more than `BELOW_REFERENCE_POINTS`, and the gap is
       allowed by rule 3 or smaller than that, or both losses fell to the end.
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
        if not e.in_steps:
            return Verdict(kind="not learning", because="the loss was not a number", advice="to look at the inputs")
        because, advice = f"the loss was not a number from epoch {broken} on", "a smaller learning rate, and look at"
        return Verdict(kind="not learning", because=because, advice=f"{advice} the inputs", cause="rate too high")
    over_constant = None if e.train is None or e.constant is None else e.points(e.train, e.constant)
    # What was learned from mixed labels makes larger errors than a constant; of shares it may have more, by chance.
    chance = e.train_noise() if e.greater_is_better else 0.0
    if over_constant is not None and over_constant <= max(BELOW_REFERENCE_POINTS, chance):
        because = f"train {_shown(e, e.train)}, and always giving the same answer has {_shown(e, e.constant)}"
        return _explained(e, because)
    behind = _behind(e)
    # A loss that is a sum, or of another kind, says nothing against a train score that is as good as the baseline's.
    if not e.losses or (behind is not None and behind <= BELOW_REFERENCE_POINTS):
        return None
    if min(e.losses) >= _guess(e):
        guess = f"{_guess(e):.2f}, which guessing among {e.n_classes} classes costs"
        return _explained(e, f"the loss was never below {guess}")
    first, last = ends(e.losses)
    if len(e.losses) > 1 and last >= first:
        return _explained(e, f"the loss did not fall: {first:.3g} at first, {last:.3g} at last")
    return None


def _explained(e: Evidence, because: str) -> Verdict:
    """That nothing was learned, and why, as far as the curves and the answers tell."""
    cause, seen, advice = _cause_of_not_learning(e)
    return Verdict(kind="not learning", because=f"{because}; {seen}" if seen else because, advice=advice, cause=cause)


def _cause_of_not_learning(e: Evidence) -> tuple[Cause, str, str]:
    """What was it, what of it is to be seen, and what to do."""
    if not e.in_steps:
        seen = "the model gives one answer to everything" if e.one_answer else ""
        return "", seen, "another model, or other settings of it; and do the labels belong to their rows?"
    if e.losses and e.one_answer and e.losses[0] > FAR_ABOVE_A_GUESS * _guess(e):
        seen = f"the first loss was {e.losses[0]:.3g}, and a guess costs {_guess(e):.2f}: the steps were far too long"
        return "rate too high", seen, "a far smaller learning rate"
    if _is_unmoved(e):
        seen = "the loss did not move at all, so the weights did not change: is there a backward() and a step()?"
        return (
            "no step",
            seen,
            "loss.backward() and opt.step() for each batch; if both are there, a far larger learning rate",
        )
    if e.one_answer:
        seen = "the model gives one answer to everything: it is too small, or its units are dead"
        return "one answer", seen, "a larger model, or nn.LeakyReLU in place of nn.ReLU"
    if len(e.losses) > 1 and rises(e.losses):
        return "rate too high", "", "a smaller learning rate"
    if len(e.losses) >= LABELS_FROM_EPOCHS and e.losses[-1] < (1 - STILL_FALLING) * e.losses[0]:
        advice = "to find out whether each row still has its own label: X and y shuffled or sorted apart?"
        return "labels", "but the loss fell", advice
    return (
        "",
        "",
        "more epochs or another learning rate, ten times smaller or larger; and do the labels belong to their rows?",
    )


def _guess(e: Evidence) -> float:
    """What guessing among the classes costs; where values are predicted there is no such number."""
    return math.log(e.n_classes) if e.n_classes > 1 else math.inf


def _is_unmoved(e: Evidence) -> bool:
    """Whether the weights seem to be what they were at first: the loss changes by its batches only, or not at all."""
    if len(e.valid_losses) > 2:
        return _spread(e.valid_losses) <= UNMOVED
    return len(e.losses) > 2 and not e.one_answer and _spread(e.losses) <= UNMOVED_IN_NOISE


def _spread(losses: Sequence[float]) -> float:
    """Between the highest and the lowest, as a share of the highest; 1 where that can't be told."""
    highest = max(losses)
    return (highest - min(losses)) / highest if math.isfinite(highest) and highest > 0 else 1.0


def _under_fitting(e: Evidence) -> Verdict | None:
    behind, gap = _behind(e), _gap(e)
    if behind is None or gap is None or behind <= BELOW_REFERENCE_POINTS:
        return None
    if gap > max(_allowed_gap(e), behind) and not _still_learns(e):
        return None
    because = f"train {_shown(e, e.train)}, and the simple baseline gets {_shown(e, e.reference)} on the same rows"
    because += "" if e.greater_is_better else " (lower is better)"
    advice = "a larger model, or a larger learning rate" if e.in_steps else "a larger model, or other settings of it"
    falling = _fall_at_the_end(e.losses)
    if falling > STILL_FALLING:
        because += f", and the loss still fell by {100 * falling:.0f} % in the last fifth"
        advice = "train longer: more epochs or a larger learning rate"
    return Verdict(kind="under-fitting", because=because, advice=advice)


def _still_learns(e: Evidence) -> bool:
    """Whether both losses were falling when training ended: whatever the gap is, it ended too early."""
    return _valid_still_falls(e) and _fall_at_the_end(e.losses) > STILL_FALLING


def _valid_still_falls(e: Evidence) -> bool:
    return len(e.valid_losses) > 1 and min(e.valid_losses) == e.valid_losses[-1]


def _over_fitting(e: Evidence) -> Verdict | None:
    best, gap = _best_before_a_rise(e), _gap(e)
    still_falls = _valid_still_falls(e)
    advice = f"a smaller model, {'' if still_falls else 'fewer epochs, '}more data or weight decay"
    if not e.in_steps:
        advice = "a smaller model, settings that leave it less freedom, or more data"
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
            ("the train score is not known", e.train is not None),
            ("no loss was logged (so there is no curve)", bool(e.losses or e.valid_losses)),
            ("there is no baseline to compare with", e.reference is not None),
        )
        if not known
    ]
    if gap is None:
        because = f"valid {_shown(e, e.valid)}"
    else:
        small = "within noise" if gap <= e.noise() else "small"
        because = f"{_both(e)}, " + (f"{_the_gap(e, gap)} is {small}" if gap > 0 else "no gap")
    if missing:
        because += f"; but {', '.join(missing)}"
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


def _the_gap(e: Evidence, points: float) -> str:
    """``the 2.8 point gap``, or ``the gap of 1.6``."""
    if e.unit == "share":
        return f"the {points:.1f} point gap"
    whole = e.whole[1]
    return f"the gap of {points * whole / 100:.{4 if whole < 10 else 1}f}"
