"""The trusted half of a trial: what ``kit check`` asks a plugin, in one child, on a few rows and before any is scored.

The first fit is on all rows of the trial; its model answers validation rows for every check of answers. Then the
model is taken through bytes and back, and ``fit`` is called again: on the same rows, which has to give the same model,
and on half of them, which tells how the time grows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from kit.dataset import Array, Index
from kit.environments import batch
from kit.errors import PluginError, Problem
from kit.job import Check
from kit.sandbox.agent import Faults, Returns, Seen, ask_for_actions, play
from kit.sandbox.channel import Channel, Frame
from kit.sandbox.invariances import NAMES, differing, invariances
from kit.sandbox.predict import Again, Episodes, Questions, expect, number_in
from kit.submission.answers import from_answers
from kit.submission.form import Form

FIRST_BUDGET_S, REFIT_BUDGET_S = 20.0, 3.0
_SMALL_FRAME_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is asked, as it lies in ``rehearsal.json``.

    Parameters
    ----------
    signature
        ``fit(train, C=1.0)``, for the line of its check.
    where
        How messages name the place of ``predict``.
    form
        What an answer to the validation rows of the trial has to look like.
    n_rows, n_fewer
        Training rows of the trial, and how many of them the smaller fit gets.
    n_full
        Training rows of the competition.
    time_limit_s
        Seconds that a run of the competition may take.
    watches_clock
        ``run.seconds_left`` decides how long the plugin trains: no two fits need be alike.
    """

    signature: str
    where: str
    form: Form
    n_rows: int
    n_fewer: int
    n_full: int
    time_limit_s: float
    watches_clock: bool = False


class Rehearsal:
    """Holds the conversation of a trial and keeps its checks. The same attributes as `Conversation`."""

    def __init__(self, questions: Questions, script: Script, *, on_check: Callable[[], None] = lambda: None) -> None:
        self._questions, self._script, self._on_check = questions, script, on_check
        self.phase: Literal["starting", "training", "predicting", "ending"] = "starting"
        self.checks: list[Check] = []
        self.answers: Array | None = None
        self.valid_answers: Array | None = None
        self.train_answers: Array | None = None
        self.model = self.replay = b""
        self.fit_s = self.predict_s = 0.0
        self._fits: dict[int, float] = {}  # rows -> seconds, of all fits but the first

    def __call__(self, channel: Channel) -> None:
        """Ask everything. Raises as `Conversation` does; what a check finds is no error."""
        for check in self._checks(channel):
            self.checks.append(check)
            self._on_check()

    def _checks(self, channel: Channel) -> Iterator[Check]:
        script = self._script
        self.fit_s = number_in(expect(channel, Frame.FITTED, _SMALL_FRAME_BYTES), "fit_s")
        yield Check(name="fit", state="ok", detail=script.signature)
        self.phase = "predicting"
        again = self._asker(channel)
        yield (predicted := self._predicts(again))
        if self.valid_answers is None:
            return
        self.phase = "ending"
        is_steady = predicted.ok
        for check in invariances(again, again.n) if predicted.ok else ():
            is_steady = is_steady and (check.name != NAMES[0] or check.ok)
            yield check
        yield self._saves(channel, again) if is_steady else _unsteady("saves")
        yield self._same_seed(channel, again) if is_steady else _unsteady("same seed")
        yield self._time(channel)

    def _asker(self, channel: Channel) -> Again | Acting:
        if self._questions.episodes is not None:
            return Acting(channel, self._questions.episodes)
        assert self._questions.valid is not None
        return Again(channel, Path(self._questions.valid), self._questions.n_outputs)

    def _predicts(self, again: Again | Acting) -> Check:
        script = self._script
        if isinstance(again, Acting):
            return self._acts(again)
        try:
            self.valid_answers = answers = again(np.arange(again.n))
            from_answers(answers, script.form, where=script.where)
        except PluginError as error:
            return _failed("predict", error.problem)
        return Check(name="predict", state="ok", detail=_described(answers, script.form))

    def _acts(self, again: Acting) -> Check:
        try:
            returns = again.play()
            self.valid_answers = again(np.arange(again.n))
        except PluginError as error:
            return _failed("predict", error.problem)
        played = f"{len(returns)} episode{'s' if len(returns) > 1 else ''}, mean return {returns.mean():.1f}"
        return Check(name="predict", state="ok", detail=f"actions {self.valid_answers.shape} a step, {played}")

    def _saves(self, channel: Channel, again: Again | Acting) -> Check:
        try:
            channel.send(Frame.RELOAD)
            size = number_in(expect(channel, Frame.RELOADED, _SMALL_FRAME_BYTES), "n_bytes")
            bad = self._others(again)
        except PluginError as error:
            return _failed("saves", error.problem)
        if bad:
            message = f"the model answers differently after it was saved and loaded: {bad} of {again.n} rows"
            why = "Something it needs is not in it: a global, or what a __reduce__ or __getstate__ leaves out."
            return _failed("saves", Problem(code="E218", message=message, why=why, fix="keep all of it in the model"))
        return Check(name="saves", state="ok", detail=f"{size / 1e6:.1f} MB, loads again with the same answers")

    def _same_seed(self, channel: Channel, again: Again | Acting) -> Check:
        name, script = "same seed", self._script
        if script.watches_clock:
            return _not_checked(name, "the clock decides when this plugin stops (run.seconds_left)")
        try:
            expected_s = self._fewer(channel) * script.n_rows / script.n_fewer
            if expected_s > REFIT_BUDGET_S:
                return _not_checked(name, f"one fit takes {roughly(expected_s)}")
            self._refit(channel, script.n_rows)
            bad = self._others(again)
        except PluginError as error:
            return _failed(name, _second_time(error.problem))
        if not bad:
            return Check(name=name, state="ok", detail="a second fit gives the same answers")
        message = f"the same seed gives another model: fitted again, {bad} of {again.n} rows have other answers"
        return _failed(name, Problem(code="E219", message=message, why="Nobody could repeat the score."))

    def _fewer(self, channel: Channel) -> float:
        """Seconds of a fit on fewer rows. The first fit does not tell: it may have imported half of torch."""
        script = self._script
        if self.fit_s <= FIRST_BUDGET_S and script.n_fewer < script.n_rows:
            return self._refit(channel, script.n_fewer)
        return self.fit_s * script.n_fewer / script.n_rows

    def _refit(self, channel: Channel, n: int) -> float:
        channel.send(Frame.REFIT, json.dumps({"n_rows": n}).encode())
        self._fits[n] = number_in(expect(channel, Frame.FITTED, _SMALL_FRAME_BYTES), "fit_s")
        return self._fits[n]

    def _others(self, again: Again | Acting) -> int:
        assert self.valid_answers is not None
        return int(differing(self.valid_answers, again(np.arange(again.n))).sum())

    def _time(self, channel: Channel) -> Check:
        """How long the whole training takes, reckoned from fits on two numbers of rows."""
        script = self._script
        if script.watches_clock:
            detail = f"the plugin watches run.seconds_left itself; {script.time_limit_s:g} s are allowed"
            return Check(name="time", state="ok", detail=detail)
        if not self._fits:
            try:
                self._fewer(channel)
            except PluginError as error:
                return _failed("time", _second_time(error.problem))
        fits = self._fits or {script.n_rows: self.fit_s}
        full_s = extrapolated(fits, script.n_full)
        if self._fits:  # what the first fit took beyond that: imports, and code that is made once
            full_s += max(0.0, self.fit_s - extrapolated(fits, script.n_rows))
        said = f"about {roughly(full_s)}" if full_s >= 1 else "less than 1 s"
        if full_s <= script.time_limit_s:
            return Check(name="time", state="ok", detail=f"full training {said} of {script.time_limit_s:g} s allowed")
        n = max(fits)
        return _failed("time", _too_long(script, n, fits[n], said))


class Acting:
    """Plays the episodes of a trial, and asks again for actions to some of what was seen in them."""

    def __init__(self, channel: Channel, episodes: Episodes) -> None:
        self._channel, self._episodes, self._seen = channel, episodes, Seen()

    @property
    def n(self) -> int:
        """How many observations there are to ask for."""
        return self._seen.n

    def play(self) -> Returns:
        """The returns of all episodes. Raises `PluginError` for the first answer that can't be used."""
        asked, envs = self._episodes, batch(self._episodes.environment)
        try:
            return play(asked.valid, asked.batch, envs, self._ask, Faults(most=1), self._seen)
        finally:
            envs.close()

    def __call__(self, index: Index) -> Array:
        """The actions to the observations at `index`, in its order."""
        return self._ask(self._seen.rows(self._episodes.environment.observation)[index])

    def _ask(self, observations: Array) -> Array:
        return ask_for_actions(self._channel, self._episodes, observations)


def extrapolated(fits: Mapping[int, float], full: int) -> float:
    """Seconds that a fit on `full` rows takes, from fits on one or two numbers of rows.

    A fixed part and one that grows with the rows, where that can be; for what grows faster than the rows, a power of
    their number, at most the third. Where there was but one fit, or the larger one was quicker, time is taken to grow
    as the rows do.

    Parameters
    ----------
    fits
        Rows -> seconds.
    full
        How many rows to reckon for.
    """
    fewer, n = min(fits), max(fits)
    fewer_s, n_s = fits[fewer], fits[n]
    if fewer == n or not 0 < fewer_s < n_s:
        return n_s * full / n
    each = (n_s - fewer_s) / (n - fewer)
    if each * n <= n_s:
        return n_s + each * (full - n)
    power = min(3.0, math.log(n_s / fewer_s) / math.log(n / fewer))
    return float(n_s * (full / n) ** power)


def _described(answers: Array, form: Form) -> str:
    shape = str(answers.shape)
    if form.needs == "values":
        return f"values {shape}, no NaN"
    if answers.ndim == 2 and answers.shape[1] > 1:
        sums = answers.sum(axis=1, dtype=np.float64)
        is_share = bool((answers >= 0).all() and np.allclose(sums, 1, atol=1e-2))
        return f"probabilities {shape}, rows sum to 1, no NaN" if is_share else f"numbers {shape}, the largest counts"
    return f"{'probabilities' if form.needs == 'probabilities' else 'labels'} {shape}, no NaN"


def _too_long(script: Script, n: int, took_s: float, said: str) -> Problem:
    return Problem(
        code="E206",
        message=f"training on all {script.n_full} rows would take {said}, and {script.time_limit_s:g} s are allowed",
        why=f"Reckoned from {roughly(took_s)} for {n} rows: it may well be half of that, or twice.",
        fix="fewer epochs, or stop in time:\n   if run.seconds_left < 5: break",
    )


def _second_time(problem: Problem) -> Problem:
    """Fitting worked once and then did not: told as a model that can't be repeated, with the error's own lines."""
    return Problem(
        code="E219",
        message="fit() stopped with an error when it was called a second time",
        where=problem.where,
        excerpt=problem.excerpt,
        why="It keeps something from the first call: a global, a file.",
        fix="make all that fit needs inside of fit",
    )


def roughly(value_s: float) -> str:
    """Seconds with a digit or two, minutes from ten on: ``8 s``, ``98 s``, ``12 min``."""
    if value_s < 10:
        return f"{float(f'{value_s:.1g}'):g} s"
    return f"{float(f'{value_s:.2g}'):.0f} s" if value_s < 600 else f"{value_s / 60:.0f} min"


def _failed(name: str, problem: Problem) -> Check:
    return Check(name=name, state="failed", detail=problem.message, problem=problem)


def _not_checked(name: str, why: str) -> Check:
    return Check(name=name, state="not checked", detail=why)


def _unsteady(name: str) -> Check:
    return _not_checked(name, "there are no steady answers to compare")
