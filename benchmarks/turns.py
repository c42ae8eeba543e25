"""How long plugins wait where 30 students hand in a network at once, some of them a second one: whose turn it is.

The network is ``plugins/my_cnn`` with 2 epochs in place of 15, so that it takes minutes and not a quarter of an hour.
Each of the 30 hands in once, ten of them a second time right after it. No team may wait for its first result while a
second job of another runs.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classes import Class, Server, percentile, scratch_class, table, wait_until
from benchmarks.line import Line
from benchmarks.pairs import load
from kit.plugin.built_in import BUNDLED

N_STUDENTS, N_SECOND = 30, 10
EPOCHS, SHIPPED = 2, "epochs=15"
MOST_S = 240.0
JOBS = """
    select s.id, t.name as team, s.state, s.received_at, s.claimed_at, s.finished_at, j.attempts
    from submissions s join teams t on t.id = s.team_id join jobs j on j.submission_id = s.id order by s.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run as the store has it; times are unix seconds."""

    id: int
    team: str
    state: str
    received_at: float
    claimed_at: float
    finished_at: float
    attempts: int


def run() -> None:
    """Print one table."""
    source = (BUNDLED / "plugins" / "my_cnn" / "plugin.py").read_text(encoding="utf-8")
    assert SHIPPED in source
    with tempfile.TemporaryDirectory() as scratch:
        made = scratch_class(Path(scratch), N_STUDENTS)
        before = load()
        begun = time.perf_counter()
        with Server(made.root) as server:
            server.wait_until_warm(made)
            asyncio.run(_handed_in(made, server.port, source))
            with made.board() as board:
                wait_until("the queue was not empty", lambda: not board.store.line(), most_s=MOST_S)
                ran = [Ran(**row) for row in board.store.database.rows(JOBS)]
        seconds = time.perf_counter() - begun
    title = f"{N_STUDENTS} students hand in my_cnn ({EPOCHS} epochs) at once, {N_SECOND} of them twice; {before}"
    table(title, _rows(ran, seconds), load_after=load())


def _rows(ran: Sequence[Ran], seconds: float) -> list[tuple[str, str, str]]:
    first, second = _split(ran)
    waits = [one.finished_at - one.received_at for one in first]
    starts = [one.claimed_at - one.received_at for one in first]
    runs = [one.finished_at - one.claimed_at for one in ran]
    return [
        ("first run, received to scored, median", "", f"{percentile(waits, 0.5):.0f} s"),
        ("first run, received to scored, p95", "", f"{percentile(waits, 0.95):.0f} s"),
        ("of it waiting for its turn, median", "", f"{percentile(starts, 0.5):.0f} s"),
        ("a run itself, median", "", f"{percentile(runs, 0.5):.1f} s"),
        ("all done", "", f"{seconds:.0f} s"),
        ("scored", f"{N_STUDENTS + N_SECOND}", f"{sum(one.state == 'scored' for one in ran)}"),
        ("claimed more than once", "0", f"{sum(one.attempts > 1 for one in ran)}"),
        ("second jobs that went before a first one", "0", f"{len(_out_of_turn(first, second))}"),
        ("two jobs of a team at the same time", "0", f"{len(_side_by_side(first, second))}"),
    ]


def _split(ran: Sequence[Ran]) -> tuple[list[Ran], list[Ran]]:
    """The first run of each team, and the others."""
    first: dict[str, Ran] = {}
    for one in sorted(ran, key=lambda one: one.id):
        first.setdefault(one.team, one)
    return list(first.values()), [one for one in ran if first[one.team] is not one]


def _out_of_turn(first: Sequence[Ran], second: Sequence[Ran]) -> list[Ran]:
    """Second runs that began while the first one of another team waited."""
    return [one for one in second if any(other.received_at < one.claimed_at < other.claimed_at for other in first)]


def _side_by_side(first: Sequence[Ran], second: Sequence[Ran]) -> list[Ran]:
    """Second runs that began before the first one of their team was over."""
    ended = {one.team: one.finished_at for one in first}
    return [one for one in second if one.claimed_at < ended[one.team]]


async def _handed_in(made: Class, port: int, source: str) -> None:
    """Everybody's plugin, each another one by a comment; the second ones follow the first of the same student."""
    await asyncio.gather(*(_student(made, port, number, source) for number in range(N_STUDENTS)))


async def _student(made: Class, port: int, number: int, source: str) -> None:
    line = Line(port, token=made.students[number].token)
    for turn in range(2 if number < N_SECOND else 1):
        plugin = f"{source.replace(SHIPPED, f'epochs={EPOCHS}')}\n# {number}, {turn}\n".encode()
        path = f"/api/v1/competitions/{made.competition}/submissions"
        answer = await line.ask("POST", path, body=plugin, headers={"x-filename": "my_cnn.py"})
        if answer.status != 201:
            raise SystemExit(f"a plugin was answered with {answer.status}: {answer.body[:500]!r}")
        assert json.loads(answer.body)["state"] in ("queued", "running", "scored")
