"""What becomes of many uploads at the same moment: 30 files of 10,000 rows, then 1,000 files of answers to digits.

The first: everybody in a class hands in at once; all are to be scored within 10 s. The second is more than the server
takes: each upload is acknowledged with its score, or told when to come again (429 or 503 with ``Retry-After``), and who
is told so comes again then, with the same key. In both every acknowledged submission is to be in the store, scored
once, and nothing else is.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classes import Class, Server, percentile, scratch_class, table
from benchmarks.line import Line
from benchmarks.pairs import load

N_STUDENTS, N_ROWS = 30, 10_000
N_MANY, N_TEAMS = 1000, 250
GOAL_S = 10.0
MOST_S = 170.0
LATER = (429, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One upload: seconds until it was acknowledged, its number, and the statuses of the answers in between."""

    seconds: float
    number: int
    first_s: float
    told_later: tuple[int, ...] = ()


def run() -> None:
    """Print two tables."""
    _of_class()
    _of_many()


def _of_class() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        made = scratch_class(Path(scratch), N_STUDENTS, competition="many", n_rows=N_ROWS)
        before = load()
        with Server(made.root) as server:
            server.wait_until_warm(made)
            sent, seconds = asyncio.run(_all_at_once(made, server.port, N_STUDENTS))
        rows = [
            ("all scored", f"< {GOAL_S:g} s", f"{seconds:.1f} s"),
            *_rows(sent),
            *_kept(made, sent),
        ]
        table(f"{N_STUDENTS} students hand in {N_ROWS:,} rows each at once; {before}", rows, load_after=load())


def _of_many() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        made = scratch_class(Path(scratch), N_TEAMS)
        before = load()
        with Server(made.root) as server:
            server.wait_until_warm(made)
            sent, seconds = asyncio.run(_all_at_once(made, server.port, N_MANY))
            mib = server.mib
        told = Counter(status for one in sent for status in one.told_later)
        at_first = sum(not one.told_later for one in sent)
        rows = [
            ("acknowledged at the first try", "", f"{at_first}"),
            ("told when to come again", "the others", f"{N_MANY - at_first} ({_words(told)} answers in all)"),
            ("first answer, p95", "", f"{percentile([one.first_s for one in sent], 0.95):.1f} s"),
            ("all acknowledged", "", f"{seconds:.1f} s"),
            *_kept(made, sent),
            ("memory of the server", "", f"{mib:.0f} MiB"),
        ]
        table(f"\n{N_MANY:,} uploads of {N_TEAMS} teams at once; {before}", rows, load_after=load())


def _words(told: Counter[int]) -> str:
    return ", ".join(f"{n} x {status}" for status, n in sorted(told.items())) or "no"


def _rows(sent: Sequence[Sent]) -> list[tuple[str, str, str]]:
    seconds = [one.seconds for one in sent]
    return [
        ("a student waits, median", "", f"{percentile(seconds, 0.5):.1f} s"),
        ("a student waits, p95", "", f"{percentile(seconds, 0.95):.1f} s"),
    ]


def _kept(made: Class, sent: Sequence[Sent]) -> list[tuple[str, str, str]]:
    """What the store says of it."""
    with made.board() as board:
        rows = board.submissions(made.competition)
        n_scores = Counter(row.submission_id for row in board.store.public_scores(made.competition))
        n_raw = board.store.database.rows("select count(*) from scores where part = 'public'")[0][0]
    scored = {row.id for row in rows if row.state == "scored" and n_scores[row.id] == 1}
    acknowledged = {one.number for one in sent}
    return [
        ("acknowledged and not scored once", "0", f"{len(acknowledged - scored)}"),
        ("acknowledged twice", "0", f"{len(sent) - len(acknowledged)}"),
        ("in the store and not acknowledged", "0", f"{len({row.id for row in rows} - acknowledged)}"),
        ("scores in the store", f"{len(sent)}", f"{n_raw}"),
    ]


async def _all_at_once(made: Class, port: int, n: int) -> tuple[list[Sent], float]:
    """`n` uploads that begin at the same moment; and the seconds until the last was acknowledged."""
    files = [made.answers(seed) for seed in range(n)]
    begun = time.perf_counter()
    uploads = [_upload(made, port, number, files[number], begun) for number in range(n)]
    sent = await asyncio.wait_for(asyncio.gather(*uploads), MOST_S)
    return list(sent), time.perf_counter() - begun


async def _upload(made: Class, port: int, number: int, data: bytes, begun: float) -> Sent:
    """Hand in until it is acknowledged, coming again when it is told to."""
    line = Line(port, token=made.students[number % len(made.students)].token)
    told: list[int] = []
    first_s = 0.0
    while True:
        answer = await line.ask_again(
            "POST",
            f"/api/v1/competitions/{made.competition}/submissions",
            body=data,
            headers={"idempotency-key": f"upload-{number}", "x-filename": f"{number}.csv"},
        )
        now = time.perf_counter() - begun
        first_s = first_s or now
        if answer.status == 201:
            line.close()
            return Sent(seconds=now, number=json.loads(answer.body)["id"], first_s=first_s, told_later=tuple(told))
        if answer.status not in LATER or "retry-after" not in answer.headers:
            raise SystemExit(f"an upload was answered with {answer.status}: {answer.body[:500]!r}")
        told.append(answer.status)
        line.close()  # a student's kit ends, and comes back later
        await asyncio.sleep(float(answer.headers["retry-after"]))
