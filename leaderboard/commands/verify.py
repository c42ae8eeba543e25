"""``kit verify``: run a submission again, and say whether the same comes out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from kit.cli import screen
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import PluginError
from leaderboard.commands.submit import open_board

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.metrics.base import Metric
    from leaderboard.verification import Verified

DIFFERENT_EXIT_CODE = 10  # not one of an error's: nobody has done anything wrong
LAST_DIGITS = 1e-5  # as far as sums of 32-bit floats in another order are apart
_ROOM = 11


@click.command()
@click.argument("label", metavar="SUBMISSION")
@screen.formats()
def command(label: str, form: screen.Form) -> int:
    """Run SUBMISSION (s12) again and compare its answers with those that were scored.

    The exit code is 0 if they are equal, and 10 if they are not.
    """
    here = workspace()
    board = open_board(here)
    try:
        with LiveLine() as shown:
            verified = board.examination.verify(label, on_progress=shown.show)
    finally:
        board.close()
    if form == "json":
        screen.show_json(asdict(verified))
    else:
        metric = here.metric(verified.competition)
        screen.show(
            "\n".join(lines(verified, metric, noun=screen.noun_of(here.competition(verified.competition).kind)))
        )
    return 0 if verified.is_equal else DIFFERENT_EXIT_CODE


def lines(verified: Verified, metric: Metric, *, noun: str = "row") -> list[str]:
    """What came of it as text."""
    again = "read" if verified.kind == "csv" else "run"
    head = f"{verified.submission}   {verified.competition} / {verified.name}   {again} again"
    rows = [("answers", _answers(verified, noun)), ("score", _score(verified, metric))]
    if not verified.is_equal:
        rows += _reasons(verified)
    text = [line for label, words in rows if words for line in screen.labelled(label, words, room=_ROOM)]
    told = (
        [] if verified.problem is None or verified.is_equal else ["", screen.error_text(PluginError(verified.problem))]
    )
    return [f"{head}, {screen.duration(verified.seconds)}", *text, *told]


def _answers(verified: Verified, noun: str) -> str:
    if verified.problem is not None:
        if verified.is_equal:
            return f"none, as before: {verified.problem.code}, {verified.problem.message}"
        before = f"none, for another reason ({verified.code_before})" if verified.code_before else "some"
        return f"none now, and {before} before"
    if verified.code_before:
        return f"some now, and none before ({verified.code_before})"
    assert verified.n is not None
    if verified.is_equal:
        return f"equal, all {screen.count(verified.n, noun)}"
    if verified.n_different is None:
        return "not to be compared: the competition has other rows now"
    apart = f", by {verified.largest:.2g} at most" if verified.largest is not None else ""
    differ = "differs" if verified.n_different == 1 else "differ"
    return f"{verified.n_different} of {screen.count(verified.n, noun)} {differ}{apart}"


def _score(verified: Verified, metric: Metric) -> str:
    if verified.score_now is None:
        return ""
    now = screen.score(verified.score_now, metric.unit)
    if verified.score_before is None or verified.score_before == verified.score_now:
        return f"{now} on the public part" + (", as before" if verified.score_before is not None else "")
    return f"{screen.score(verified.score_before, metric.unit)} before, {now} now, on the public part"


def _then_and_now(changed: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(f"{name} {then or 'none'} then and {now or 'none'} now" for name, (then, now) in changed.items())


def _reasons(verified: Verified) -> list[tuple[str, str]]:
    """What it may come from, the surest first."""
    if verified.is_of_other_rows:
        return [("Why", "The competition has changed since it was scored: other rows, or another metric.")]
    if changed := verified.changed_versions:
        return [("Why", f"Probably another version: {_then_and_now(changed)}.")]
    if changed := verified.changed_circumstances:
        return [("Why", f"Probably that it ran otherwise: {_then_and_now(changed)}.")]
    if verified.problem is not None or verified.code_before:
        return [("Why", "A guess: it is close to a limit, or what it does is random.")]
    if verified.largest is not None and verified.largest <= LAST_DIGITS:
        return [("Why", "Probably threads, which add up numbers in another order each time: the last digits only.")]
    fix = "torch.manual_seed(run.seed), np.random.default_rng(run.seed), random_state=run.seed"
    return [
        ("Why", "Probably something random was not seeded; threads and clocks (run.seconds_left) are other reasons."),
        ("Fix", fix),
        ("More", "kit explain E219"),
    ]
