"""How soon the leaderboard's page comes: 300 teams, 20,000 submissions, 50 requests a second, and scores that go on.

The load is open: a request is due every 20 ms whether the one before it was answered or not, and its time counts from
when it was due. Half of the visitors are nobody in particular, half are students who have joined. Now and then a
student hands in a file, so that the standings are reckoned anew. Goal: 99 of 100 pages within 50 ms.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classes import Class, Server, percentile, scratch_class, table
from benchmarks.filled import fill
from benchmarks.line import Line
from benchmarks.pairs import load

N_TEAMS, N_SUBMISSIONS, N_ARRIVING = 300, 20_000, 20
RATE, SECONDS, WARM_S, EVERY_S = 50, 60.0, 5.0, 2.0
N_VISITORS = 100
GOAL_MS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer: seconds from when it was due, and its size in bytes."""

    seconds: float
    size: int


def run() -> None:
    """Print one table."""
    with tempfile.TemporaryDirectory() as scratch:
        made = scratch_class(Path(scratch), N_TEAMS + N_ARRIVING)
        fill(made, made.students[:N_TEAMS], N_SUBMISSIONS)
        before = load()
        with Server(made.root) as server:
            pages, n_arrived, mib = asyncio.run(_visited(made, server))
        ms = [1000 * page.seconds for page in pages]
        title = (
            f"leaderboard of {N_TEAMS} teams and {N_SUBMISSIONS:,} submissions, {RATE} requests/s for {SECONDS:g} s, "
            f"{N_VISITORS} visitors, {n_arrived} submissions meanwhile; {before}"
        )
        rows = [
            ("page, median", "", f"{percentile(ms, 0.5):.0f} ms"),
            ("page, p95", "", f"{percentile(ms, 0.95):.0f} ms"),
            ("page, p99", f"< {GOAL_MS} ms", f"{percentile(ms, 0.99):.0f} ms"),
            ("page, slowest", "", f"{max(ms):.0f} ms"),
            ("page, size", "", f"{max(page.size for page in pages) / 1000:.0f} kB"),
            ("pages", f"{RATE * SECONDS:.0f}", f"{len(pages)}"),
            ("memory of the server", "", f"{mib:.0f} MiB"),
        ]
        table(title, rows, load_after=load())


async def _visited(made: Class, server: Server) -> tuple[list[Page], int, float]:
    """The pages that were asked for, how many submissions came meanwhile, and the server's memory after it."""
    path = f"/c/{made.competition}"
    tokens = [made.students[i // 2].token if i % 2 else "" for i in range(N_VISITORS)]
    visitors = [Line(server.port, token=token, is_browser=True) for token in tokens]
    for visitor in visitors:  # everybody has been here before, and the standings are there
        assert (await visitor.ask("GET", path)).status == 200
    arriving = asyncio.create_task(_arriving(made, server.port))
    await asyncio.sleep(WARM_S)
    begun = time.perf_counter()
    asked = []
    for number in range(int(RATE * SECONDS)):
        due = begun + number / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(_page(visitors[number % N_VISITORS], path, due)))
    pages = await asyncio.gather(*asked)
    arriving.cancel()
    return list(pages), await arriving, server.mib


async def _page(visitor: Line, path: str, due: float) -> Page:
    answer = await visitor.ask_again("GET", path)
    if answer.status != 200:
        raise SystemExit(f"the page was answered with {answer.status}")
    return Page(seconds=time.perf_counter() - due, size=len(answer.body))


async def _arriving(made: Class, port: int) -> int:
    """Hand in a file every two seconds, until it is cancelled; how many were scored."""
    students = made.students[N_TEAMS:]
    lines = [Line(port, token=student.token) for student in students]
    n = 0
    try:
        while True:
            due = time.perf_counter() + EVERY_S
            path, key = f"/api/v1/competitions/{made.competition}/submissions", {"idempotency-key": f"arriving-{n}"}
            line = lines[n % len(lines)]
            answer = await line.ask_again("POST", path, body=made.answers(10_000 + n), headers=key)
            assert answer.status == 201, answer.body
            n += 1
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
    except asyncio.CancelledError:
        return n
