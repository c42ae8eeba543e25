"""What a sandbox adds to a run: the bare child against the sandboxes, round by round, without and with torch.

A run is all of `Sandbox.run`: from the job on disk to the last answer and the end of the process, for a plugin of five
lines over 120 made-up images. One plugin imports nothing, one torch. The first line is the first after its imports.
The first round is told apart: in it there is no template yet.
Goals: bubblewrap takes less than 100 ms more than the bare child; a template that is warm comes to the first line in
less than 150 ms, with torch there.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks.pairs import load, spread
from kit.plugin.manager import harness
from kit.sandbox.base import Sandbox
from kit.sandbox.predict import Conversation
from kit.sandbox.template import TemplateSandbox
from kit.testing.jobs import tiny_job

ROUNDS = 15
BARE = "process"
GOAL_MS = 100
PLUGIN = """
import time
{imports}
BEGAN = time.time()

def fit(train, run):
    run.log(began=BEGAN)
    return 1

def predict(model, X):
    return [0] * len(X)
"""


class One(NamedTuple):
    """Seconds of a run, and until the first line after the imports."""

    whole_s: float
    first_line_s: float


def run() -> None:
    """Print one table for each plugin."""
    with tempfile.TemporaryDirectory() as scratch:
        sandboxes = _usable(Path(scratch))
        for name in ("", "torch") if find_spec("torch") else ("",):
            _compare(name, sandboxes, Path(scratch))


def _usable(folder: Path) -> dict[str, Sandbox]:
    """The sandboxes that can be used here, the bare child first. The templates of the user are left alone."""
    made = {name: harness().load("register_sandboxes", name)() for name in harness().catalogue("register_sandboxes")}
    made["template"] = TemplateSandbox(runtime=folder / "t", idle_s=60)
    found = {BARE: made.pop(BARE)}
    for name, sandbox in made.items():
        if (blocked := sandbox.probe()).is_complete:
            found[name] = sandbox
        else:
            print(f"{name} is left out: {next(iter(blocked.reasons.values()))}")
    return found


def _compare(imports: str, sandboxes: Mapping[str, Sandbox], folder: Path) -> None:
    print(f"a plugin that imports {imports or 'nothing'}, {ROUNDS} rounds after a first; {load()}")
    source = PLUGIN.format(imports=f"import {imports}" if imports else "")
    cold, *rounds = [
        {name: _one(sandbox, imports, source, folder) for name, sandbox in sandboxes.items()} for _ in range(ROUNDS + 1)
    ]
    print(f"  {'ms':<14}{'first':<8}{'whole run':<26}{'to its first line':<26}more than {BARE}, by round")
    for name in sandboxes:
        whole, first = ([getattr(each[name], field) * 1000 for each in rounds] for field in One._fields)
        more = [(each[name].whole_s - each[BARE].whole_s) * 1000 for each in rounds]
        told = "" if name == BARE else f"median {statistics.median(more):+.0f}   goal < {GOAL_MS}"
        forms = [spread(tuple(values), "{:.0f}") for values in (whole, first)]
        print(f"  {name:<14}{cold[name].whole_s * 1000:<8.0f}{forms[0]:<26}{forms[1]:<26}{told}")
    print(f"  {load()} at the end")


def _one(sandbox: Sandbox, imports: str, source: str, folder: Path) -> One:
    began: list[float] = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        job, questions = tiny_job(Path(place), source)
        job = replace(job, preload=(imports,) if imports else ())
        at, started = time.time(), time.perf_counter()
        outcome = sandbox.run(
            job,
            job.limits,
            log=Path(place) / "log.txt",
            serve=Conversation(questions),
            on_event=lambda event: began.extend(value for key, value in event.items() if key == "began"),
            cancelled=lambda: False,
        )
        whole_s = time.perf_counter() - started
    if outcome.status != "done":
        raise SystemExit(f"{sandbox.name}: {outcome.problem}")
    return One(whole_s=whole_s, first_line_s=began[0] - at)


if __name__ == "__main__":
    run()
