"""Kill -9 of the server, its clerks and its workers while a class hands in: nothing is to be lost, nor there twice.

A dozen students hand in files of answers and small plugins, each under a key of its own, and send again what was not
answered, as ``kit submit`` does. Meanwhile one process after the other is killed at a random moment; a server is
started again on the same port at once. At the end every submission that was acknowledged must have been scored, once,
and no process may be left. A job that has lost two workers is let end: the third would end it, by the store's rules.
``python -m benchmarks soak --kills 20`` is a short one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.classes import Class, Server, scratch_class, table, wait_until
from benchmarks.line import Line
from benchmarks.pairs import load
from leaderboard.board import Board
from leaderboard.store.base import MAX_ATTEMPTS

KILLS, N_STUDENTS, N_WITH_PLUGINS = 200, 12, 4
PAUSE_S = (0.2, 1.6)  # between two kills
PLUGIN = "def fit(train):\n    return {number}\n\n\ndef predict(model, X):\n    return [model % 10] * len(X)\n"
VICTIMS = ("server", "clerk", "worker")
LEFT_S = 40.0
SOON_S = 1.0  # what a client waits at most before it asks again
DAMAGE = """
    select count(*) from (select team_id, client_key from submissions group by 1, 2 having count(*) > 1)
"""


@dataclass
class Soak:
    """What went on: the number of each acknowledged submission, how many were killed, and everybody who was seen."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    seen: dict[int, psutil.Process] = field(default_factory=dict)
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the store says at the end; each number but the first two is to be 0."""

    n_acknowledged: int
    n_submissions: int
    lost: int
    not_scored: int
    scored_twice: int
    twice: int
    left_behind: int
    damaged: int

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, nothing was scored twice, and nothing is left."""
        return not any((self.lost, self.not_scored, self.scored_twice, self.twice, self.left_behind, self.damaged))


def run(*arguments: str) -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="benchmarks soak")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    before, begun = load(), time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        made = scratch_class(Path(scratch), N_STUDENTS)
        soak, verdict = soaked(made, n_kills=asked.kills, seed=asked.seed)
    killed = ", ".join(f"{n} {name}s" for name, n in sorted(soak.killed.items()))
    rows = [
        ("acknowledged", "", f"{verdict.n_acknowledged} of {verdict.n_submissions} submissions in the store"),
        ("of them lost", "0", f"{verdict.lost}"),
        ("of them not scored", "0", f"{verdict.not_scored}"),
        ("scored twice", "0", f"{verdict.scored_twice}"),
        ("two submissions of one key", "0", f"{verdict.twice}"),
        ("database damaged", "0", f"{verdict.damaged}"),
        ("processes left behind", "0", f"{verdict.left_behind}"),
        ("answers", "", ", ".join(f"{n} x {name}" for name, n in sorted(soak.answers.items()))),
    ]
    title = f"{soak.killed.total()} kill -9 ({killed}) in {time.perf_counter() - begun:.0f} s; {before}"
    table(title, rows, load_after=load())


def soaked(made: Class, *, n_kills: int, seed: int = 0) -> tuple[Soak, Verdict]:
    """Hand in and kill; what went on, and what the store says of it.

    Parameters
    ----------
    made
        The class; everybody in it hands in.
    n_kills
        How many processes are killed.
    seed
        Of the moments and the victims.
    """
    _allow_many(made)
    soak, server = Soak(), Server(made.root)
    server.start()
    try:
        asyncio.run(_hand_in_and_kill(made, server, soak, n_kills, random.Random(seed)))
        with made.board() as board:
            wait_until("the queue was not empty", lambda: not board.store.line(), most_s=90.0)
        _look(server, soak)
    finally:
        server.stop()
    return soak, _verdict(made, soak)


def _allow_many(made: Class) -> None:
    with made.board() as board:
        for student in made.students:
            board.classroom.change(made.competition, "quota", team=student.team, per_day=100_000)


async def _hand_in_and_kill(made: Class, server: Server, soak: Soak, n_kills: int, rng: random.Random) -> None:
    students = [asyncio.create_task(_student(made, server.port, soak, number)) for number in range(len(made.students))]
    with made.board() as board:
        while soak.killed.total() < n_kills:
            await asyncio.sleep(rng.uniform(*PAUSE_S))
            if not _may_end(board):
                await _kill(server, soak, rng.choice(VICTIMS), rng)
    soak.is_over = True
    await asyncio.wait_for(asyncio.gather(*students), 60)


def _may_end(board: Board) -> bool:
    """Whether somebody works on a job that has lost all workers but one."""
    running = board.store.database.rows("select max(attempts) from jobs where state = 'running'")
    return (running[0][0] or 0) >= MAX_ATTEMPTS


async def _kill(server: Server, soak: Soak, victim: str, rng: random.Random) -> None:
    """Kill one process of this server, and start the server again where it was itself."""
    _look(server, soak)
    if victim == "server":
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    else:
        found = server.workers() if victim == "worker" else server.clerks()
        if not found:
            return
        try:
            rng.choice(found).kill()
        except psutil.NoSuchProcess:  # it has ended by itself: that is no kill
            return
    soak.killed[victim] += 1


def _look(server: Server, soak: Soak) -> None:
    """Remember whoever works for the server now, to see at the end that they are gone."""
    with suppress(psutil.NoSuchProcess):
        for one in (server.process, *server.process.children(recursive=True)):
            soak.seen[one.pid] = one


async def _student(made: Class, port: int, soak: Soak, number: int) -> None:
    """Hand in one after the other, again and again under the same key until it is acknowledged."""
    line, n = Line(port, token=made.students[number].token), 0
    while not soak.is_over:
        key, n = f"{number}-{n}", n + 1
        is_plugin = number < N_WITH_PLUGINS and n % 3 == 0
        body = PLUGIN.format(number=1000 * number + n).encode() if is_plugin else made.answers(1000 * number + n)
        headers = {"idempotency-key": key, "x-filename": "five_lines.py" if is_plugin else f"{key}.csv"}
        while key not in soak.acknowledged:
            await _once(made, line, soak, key, body, headers)
        await asyncio.sleep(0.3)
    await line.hang_up()


async def _once(made: Class, line: Line, soak: Soak, key: str, body: bytes, headers: dict[str, str]) -> None:
    try:
        path = f"/api/v1/competitions/{made.competition}/submissions"
        answer = await asyncio.wait_for(line.ask("POST", path, body=body, headers=headers), 30)
    except (OSError, EOFError):
        soak.answers["none"] += 1
        await line.hang_up()
        await asyncio.sleep(0.2)
        return
    soak.answers[str(answer.status)] += 1
    if answer.status == 201:
        soak.acknowledged[key] = json.loads(answer.body)["id"]
    elif "retry-after" in answer.headers:
        await asyncio.sleep(min(SOON_S, float(answer.headers["retry-after"])))
    else:
        raise SystemExit(f"{key} was answered with {answer.status}: {answer.body[:500]!r}")


def _verdict(made: Class, soak: Soak) -> Verdict:
    _, alive = psutil.wait_procs(list(soak.seen.values()), timeout=LEFT_S)
    with made.board() as board:
        rows = {row.id: row for row in board.submissions(made.competition)}
        database = board.store.database
        scores = Counter(row[0] for row in database.rows("select submission_id from scores where part = 'public'"))
        doubles = database.rows(DAMAGE)[0][0]
        integrity = database.rows("pragma integrity_check")[0][0]
    numbers = soak.acknowledged.values()
    return Verdict(
        n_acknowledged=len(soak.acknowledged),
        n_submissions=len(rows),
        lost=sum(number not in rows for number in numbers),
        not_scored=sum(number in rows and rows[number].state != "scored" for number in numbers),
        scored_twice=sum(n != 1 for n in scores.values()),
        twice=len(soak.acknowledged) - len(set(numbers)) + int(doubles),
        left_behind=_n_ours(alive),
        damaged=int(integrity != "ok"),
    )


def _n_ours(alive: Sequence[psutil.Process]) -> int:
    """How many live on; each of them is ended now."""
    for one in alive:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    return len(alive)
