"""How soon 500 open browsers show a new score, and what the server holds of memory when some of them do not read.

Each browser does what ``board.js`` does: it listens, waits a random part of 400 ms after the news, and fetches the rows
of the table. Students who had no score hand in a file each; what counts is the time from the moment at which one has
its score until the last browser has rows with that team. Then a thousand writes follow each other, while a fifth of the
streams is not read at all: a listener is told the latest, so there are fewer events than writes. Goals: every browser
within 1 s, and memory that does not grow with the number of events.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.classes import Class, Server, Student, percentile, scratch_class, table
from benchmarks.filled import fill
from benchmarks.line import Line
from benchmarks.pairs import load

N_STREAMS, N_SCORED, N_NEW, N_WRITES = 500, 30, 15, 1000
JITTER_S = 0.4  # as in board.js
WRITE_EVERY_S = 0.03
GOAL_S = 1.0
MOST_S = 20.0


@dataclass
class Browser:
    """One that looks on: how many events it heard, and when it had the row of each team for the first time."""

    port: int
    competition: str
    token: str
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    n_events: int = 0
    heard_at: float = 0.0
    shown_at: dict[str, float] = field(default_factory=dict)

    async def look_on(self, teams: Sequence[str]) -> None:
        """Listen until it is cancelled, and fetch the rows after each piece of news."""
        stream = Line(self.port, token=self.token, is_browser=True)
        news = asyncio.Event()
        fetching = asyncio.create_task(self._fetch(news, teams))
        try:
            async for line in stream.events(f"/c/{self.competition}/events"):
                self.opened.set()
                if line.startswith(b"event: standings"):
                    self.n_events += 1
                    self.heard_at = time.perf_counter()
                    news.set()
        finally:
            fetching.cancel()
            stream.close()

    async def _fetch(self, news: asyncio.Event, teams: Sequence[str]) -> None:
        page, tag = Line(self.port, token=self.token, is_browser=True), ""
        while True:
            await news.wait()
            await asyncio.sleep(random.random() * JITTER_S)
            news.clear()
            answer = await page.ask_again(
                "GET", f"/c/{self.competition}/rows?part=public", headers={"if-none-match": tag}
            )
            if answer.status != 200:
                continue
            tag, now, text = answer.headers["etag"], time.perf_counter(), answer.body.decode()
            self.shown_at |= {team: now for team in teams if team not in self.shown_at and team in text}


def run() -> None:
    """Print one table."""
    with tempfile.TemporaryDirectory() as scratch:
        made = scratch_class(Path(scratch), N_SCORED + N_NEW)
        fill(made, made.students[:N_SCORED], 4 * N_SCORED)
        before = load()
        with Server(made.root) as server:
            rows = asyncio.run(_measured(made, server))
        table(f"{N_STREAMS} streams on a board of {N_SCORED} teams; {before}", rows, load_after=load())


async def _measured(made: Class, server: Server) -> list[tuple[str, str, str]]:
    newcomers = made.students[N_SCORED:]
    tokens = [made.students[i // 2 % N_SCORED].token if i % 2 else "" for i in range(N_STREAMS)]
    browsers = [Browser(port=server.port, competition=made.competition, token=token) for token in tokens]
    await Line(server.port).ask("GET", f"/c/{made.competition}")
    mib = [server.mib]
    looking = [asyncio.create_task(one.look_on([new.team for new in newcomers])) for one in browsers]
    await asyncio.wait_for(asyncio.gather(*(one.opened.wait() for one in browsers)), MOST_S)
    mib.append(server.mib)
    times = [await _one_score(made, server.port, browsers, new, seed) for seed, new in enumerate(newcomers)]
    heard, shown = ([one[column] for one in times] for column in (0, 1))
    mib.append(server.mib)
    unread, n_events = await _writes(made, server.port, browsers, looking)
    mib.append(server.mib)
    for task in looking:
        task.cancel()
    for line in unread:
        line.close()
    await asyncio.gather(*looking, return_exceptions=True)
    return [
        (f"news in all, median of {N_NEW} scores", "", f"{percentile(heard, 0.5):.2f} s"),
        ("shown in all, median", "", f"{percentile(shown, 0.5):.2f} s"),
        ("shown in all, slowest", f"< {GOAL_S:g} s", f"{max(shown):.2f} s"),
        ("memory of the server, no stream", "", f"{mib[0]:.0f} MiB"),
        (f"with {N_STREAMS} streams", "", f"{mib[1]:.0f} MiB"),
        (f"after {N_NEW} scores shown in all", "", f"{mib[2]:.0f} MiB"),
        (f"after {N_WRITES} writes, {len(unread)} streams not read", "bounded", f"{mib[3]:.0f} MiB"),
        ("events of these writes, for each stream", "", f"{n_events}"),
    ]


async def _one_score(
    made: Class, port: int, browsers: Sequence[Browser], new: Student, seed: int
) -> tuple[float, float]:
    """Seconds from a score until all have heard of it, and until all show it."""
    path = f"/api/v1/competitions/{made.competition}/submissions"
    answer = await Line(port, token=new.token).ask("POST", path, body=made.answers(seed))
    assert answer.status == 201, answer.body
    scored_at = time.perf_counter()
    while not all(new.team in one.shown_at for one in browsers):
        if time.perf_counter() - scored_at > MOST_S:
            raise SystemExit(f"{sum(new.team not in one.shown_at for one in browsers)} browsers never showed a score")
        await asyncio.sleep(0.02)
    shown_s = max(one.shown_at[new.team] for one in browsers) - scored_at
    return max(one.heard_at for one in browsers) - scored_at, shown_s


async def _writes(
    made: Class, port: int, browsers: Sequence[Browser], looking: Sequence[asyncio.Task[None]]
) -> tuple[list[Line], int]:
    """Replace a fifth of the streams by such that are not read, and write often: these, and events of the others."""
    gone = looking[::5]
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    unread = [Line(port) for _ in gone]
    for one in unread:
        await one.open_unread(f"/c/{made.competition}/events")
    n_before = browsers[1].n_events
    await asyncio.to_thread(_write, made)
    await asyncio.sleep(2)
    return unread, browsers[1].n_events - n_before


def _write(made: Class) -> None:
    """Lines of the audit: each of them may have changed the standings."""
    with made.board() as board:
        for _ in range(N_WRITES):
            board.store.record(actor="host", action="note", about=made.competition)
            time.sleep(WRITE_EVERY_S)
