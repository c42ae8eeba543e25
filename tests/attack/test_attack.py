"""Hostile, broken and honest plugins, each submitted as its author would: what they, the host and the machine see."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from kit.plugin.manager import harness
from tests.attack.arena import TOKEN, Arena, Seen, opened
from tests.attack.dressed import DRESSED, started_by_others
from tests.attack.expectations import ATTACKS, HONEST, QUICK, Expected

if sys.platform != "linux":
    pytest.skip("there are walls on Linux only", allow_module_level=True)
HERE = Path(__file__).parent
SANDBOXES = ("bubblewrap", "template", "process")
AT_ONCE = 3  # most of them wait
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Submit = Callable[[Arena], Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One submission in one sandbox."""

    sandbox: str
    name: str
    submit: Submit


def attack(name: str, expected: Expected) -> Submit:
    plugin = HERE / "plugins" / f"{name}.py"
    return lambda arena: arena.run(plugin, plugin.stem, expected.competition, again=expected.again)


def honest(name: str) -> Submit:
    plugin = HERE / "honest" / name
    return lambda arena: arena.run(plugin if plugin.is_dir() else plugin.with_suffix(".py"), name, "course")


def dressed(name: str) -> Submit:
    return lambda arena: arena.run(HERE / "arsenal.py", name, "vault", dress=DRESSED[name])


def started(name: str) -> Submit:
    return lambda arena: arena.run(HERE / "arsenal.py", name, "vault", dress=started_by_others)


def params(
    sandboxes: tuple[str, ...], names: Any, submit: Callable[[str], Submit], quick: tuple[str, ...] = ()
) -> list[Any]:
    return [
        pytest.param(
            Case(sandbox=sandbox, name=name, submit=submit(name)),
            id=f"{sandbox}-{name}",
            marks=() if name in quick and sandbox == "bubblewrap" else pytest.mark.attack,
        )
        for sandbox in sandboxes
        for name in names
    ]


def attacks(sandbox: str) -> list[Any]:
    names = [name for name, expected in ATTACKS.items() if expected.process or sandbox != "process"]
    return params((sandbox,), names, lambda name: attack(name, ATTACKS[name]), QUICK)


@lru_cache
def why_not(sandbox: str) -> str:
    """Why a sandbox can't be tried here; empty where it can."""
    if sandbox not in harness().catalogue("register_sandboxes"):
        return f"there is no sandbox {sandbox}"
    found = harness().load("register_sandboxes", sandbox)().probe()
    if sandbox == "process" or (found.files and found.network and found.processes):
        return ""
    return f"{sandbox} does not work here: {'; '.join(found.reasons.values())}"


class Arenas:
    """One arena for each sandbox, and the submissions in it; they begin together, and each test waits for its own."""

    def __init__(self, cases: list[Case]) -> None:
        self._cases = cases
        self._open: dict[str, Any] = {}
        self._futures: dict[str, dict[str, Future[Seen]]] = {}

    def begin(self, sandbox: str) -> None:
        if sandbox in self._open:
            return
        if why := why_not(sandbox):
            pytest.skip(why)
        self.end()
        # Not below pytest's folder: sockets lie in it, and their paths may have about 100 characters.
        root = Path(tempfile.mkdtemp(prefix="kit-"))
        context = opened(root, sandbox)
        arena = context.__enter__()
        pool = ThreadPoolExecutor(AT_ONCE)
        self._futures[sandbox] = {c.name: pool.submit(c.submit, arena) for c in self._cases if c.sandbox == sandbox}
        self._open[sandbox] = (context, pool, arena, root)

    def end(self) -> None:
        for _, (context, pool, _, root) in list(self._open.items()):
            pool.shutdown(cancel_futures=True)
            self._open.clear()
            context.__exit__(None, None, None)
            shutil.rmtree(root, ignore_errors=True)

    def seen(self, case: Case) -> tuple[Seen, Arena]:
        self.begin(case.sandbox)
        return self._futures[case.sandbox][case.name].result(), self._open[case.sandbox][2]


@pytest.fixture(scope="module")
def arenas(request: pytest.FixtureRequest) -> Iterator[Arenas]:
    chosen = [item.callspec.params.get("case") for item in request.session.items if hasattr(item, "callspec")]
    arenas = Arenas([case for case in chosen if isinstance(case, Case)])
    yield arenas
    arenas.end()


def nothing_is_left(seen: Seen) -> None:
    assert seen.processes == []
    assert seen.files == []
    assert seen.changed == []
    assert seen.rivals_score is not None
    assert not any(TOKEN.search(blob) for blob in seen.blobs), "a secret was carried out"


def is_readable(seen: Seen) -> None:
    assert "Traceback" not in seen.told
    assert not UNPRINTABLE.search(seen.told), ascii(seen.told)


def ended_as(seen: Seen, codes: str) -> str:
    """The code that it ended with, for the entrant and for the host; empty where it was scored."""
    told = re.search(r"^(E\d{3})  ", seen.told, re.MULTILINE)
    code = told.group(1) if told and seen.code else ""
    assert any(code.startswith(known) if known else not code for known in codes.split("|")), seen.told
    assert seen.code == (3 if code else 0), seen.told
    if seen.submission is None:
        assert code.startswith("E1")
    else:
        assert (seen.submission.state, seen.submission.reason_code or "") == ("failed" if code else "scored", code)
    return code


def has_score(seen: Seen, arena: Arena, code: str, expected: Expected) -> None:
    if code:
        assert seen.score is None
    elif expected.score == "same":
        assert seen.score == arena.same
    else:
        assert seen.score is not None
        assert seen.score < 0.6  # of four classes by chance, in 60 rows


@pytest.mark.parametrize("case", [case for sandbox in SANDBOXES for case in attacks(sandbox)])
def test_an_attack_reaches_nothing_forges_nothing_and_leaves_nothing(case: Case, arenas: Arenas) -> None:
    (seen, arena), expected = arenas.seen(case), ATTACKS[case.name]

    code = ended_as(seen, expected.codes)
    has_score(seen, arena, code, expected)
    is_readable(seen)
    assert expected.words in seen.words
    assert expected.log in seen.log
    assert [line for line in seen.attempts if line.startswith("REACHED")] == []
    assert len(seen.attempts) >= expected.held, seen.log
    nothing_is_left(seen)


@pytest.mark.parametrize("case", params(SANDBOXES, HONEST, honest, ("joblib_workers",)))
def test_honest_work_is_not_disturbed(case: Case, arenas: Arenas) -> None:
    if (library := needs(case.name)) and not importable(library):
        pytest.skip(f"{library} is not installed")

    seen, arena = arenas.seen(case)

    assert seen.code == 0, f"{seen.told}\n{seen.log}"
    assert "done as usual" in seen.log
    assert seen.score == arena.same
    is_readable(seen)
    nothing_is_left(seen)


@pytest.mark.parametrize("case", params(("process",), DRESSED, dressed))
def test_a_folder_that_is_not_plain_files_is_not_taken_in(case: Case, arenas: Arenas) -> None:
    if case.name == "device" and os.getuid() != 0:
        pytest.skip("only root can make devices")

    seen, _ = arenas.seen(case)

    assert seen.code == 3, seen.told
    assert "E109  " in seen.told or case.name == "linked_plugin"
    assert seen.submission is None
    is_readable(seen)
    nothing_is_left(seen)


@pytest.mark.parametrize("case", params(("process",), ("started_by_others",), started))
def test_files_that_python_or_tools_run_by_themselves_are_not_run(case: Case, arenas: Arenas) -> None:
    seen, arena = arenas.seen(case)

    assert (seen.code, seen.score, seen.attempts) == (0, arena.same, [])
    nothing_is_left(seen)


def needs(name: str) -> str:
    """The library that an honest plugin uses, beyond what the kit brings."""
    file = HERE / "honest" / f"{name}.py"
    source = file.read_text(encoding="utf-8") if file.exists() else ""
    return next((library for library in ("torch", "matplotlib") if f"import {library}" in source), "")


def importable(library: str) -> bool:
    from importlib.util import find_spec

    return find_spec(library) is not None


def test_each_plugin_is_expected_and_says_what_it_tries() -> None:
    files = {file.relative_to(HERE / "plugins").with_suffix("").as_posix() for file in HERE.glob("plugins/*/*.py")}

    assert files == ATTACKS.keys()
    assert len(files) >= 60
    assert {path.stem for path in (HERE / "honest").iterdir() if path.name != "__pycache__"} == set(HONEST)
    for name in files:
        assert (HERE / "plugins" / f"{name}.py").read_bytes().startswith(b"# "), name
