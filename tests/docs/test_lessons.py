"""What a lesson calls wrong brings its code, what it calls right brings none: as a reader would try it.

A snippet stands indented below ``Wrong`` or ``Right``; a name after it says what file it is::

    Wrong: plugin.py           a plugin: what `kit check` finds
    Wrong: random.py           a file beside that plugin; without one a script, and what it wrote is submitted
    Wrong: competition.toml    what `kit info` says of it; a table that it names stands in a snippet of its own
    Wrong: my_metric.py        a metric, installed, and answers scored with it
    Wrong: metric.py           a metric's file beside competition.toml
    Wrong: kit.toml            what `kit competitions` says
    Wrong                      commands: each of `kit` brings the code, after the files were written

A file that is the same on both sides stands below ``Both``.
"""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.cli import explain, run
from kit.errors import KitError
from kit.executor.local import LocalExecutor
from kit.plugin.advice import advice
from kit.plugin.manager import harness
from kit.sandbox.bubblewrap import BubblewrapSandbox, missing
from kit.sandbox.process import ProcessSandbox
from kit.trial import checks
from kit.workspace import Workspace

NOT_TRIED = {
    "E011": "is raised in a notebook",
    "E010": "needs submissions to two competitions, that are not wrong",
    "E223": "needs weights that every competition of a test would have to allow",
    "E014": "needs a class whose ranking was revealed",
    "E401": "needs a class whose time is over",
    "E403": "needs a class that has had its tries",
    "E404": "needs a class whose code has failed for a day",
    "E405": "needs the submissions of a class",
    "E019": "needs a class server",
    "E406": "needs a class server",
    "E407": "needs a class server",
    "E408": "needs a class server",
    "E409": "needs a class server",
    "E501": "needs a computer without a network",
    "E502": "a download has to break off, or somebody's mirror to hold another file",
    "E503": "needs a server that refuses",
    "E506": "needs a competition that allows weights which are not here",
    "E606": "a minute would pass",
    "E701": "needs a class server that has gone",
    "E709": "needs a class server without room",
    "E702": "another programme has to hold the database open",
    "E703": "needs a full disk",
    "E704": "a disk has to damage the database",
    "E705": "needs the board of a newer kit",
    "E706": "needs a folder of somebody else's",
    "E707": "needs a computer that falls asleep at work",
    "E708": "needs a network drive",
    "E801": "needs a computer on which no sandbox can be made",
    "E802": "needs a computer without the sandbox that the settings name",
    "E803": "is raised where a class is served",
}  # how each reads, tests/golden shows
SNIPPET = re.compile(r"^(?P<side>Wrong|Right|Both)(: (?P<file>\S+))?\n(?P<body>(?:    .*\n|\n)+)", re.MULTILINE)
NEAREST_MEAN = """\
import numpy as np

def fit(train, epochs=15, lr=0.002):
    return [train.flat[train.y == k].mean(0) for k in range(10)]

def predict(model, X):
    return ((X.reshape(len(X), 1, -1) - model) ** 2).sum(2).argmin(1)
"""
COMPETITION = """\
title = "Another"
kind = "{kind}"
data.source = "sklearn:{data}"
split = {{ method = "{method}", salt = "lessons", test = 0.4 }}
metric.name = "{metric}"
submission.columns = {columns}
limits.time_limit_s = {time_limit_s}
limits.memory_limit_mib = {memory_limit_mib}
"""
# What lessons speak of, where the real one would take too long or needs data that are not everywhere.
OTHERS: dict[str, dict[str, object]] = {
    "digits-log-loss": {"metric": "log_loss", "columns": [str(k) for k in range(10)]},
    "digits-small": {"memory_limit_mib": 400},
    "digits-quick": {"time_limit_s": 4},
    "sick-ranks": {
        "data": "diabetes",
        "kind": "tabular-regression",
        "metric": "spearman",
        "method": "hashed",
        "columns": ["progression"],
    },
    "titanic": {
        "data": "breast_cancer",
        "kind": "tabular-classification",
        "metric": "log_loss",
        "columns": ["survived"],
    },
}
CHOSEN = {"E206": "digits-quick", "E208": "digits-small", "E215": "digits-log-loss"}
OFFLINE = {"E207"}
SET_UP = {"E017": "kit run constant -c digits", "E318": "kit data mine"}  # what is wrong comes after it
Snippets = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A side of a lesson: its files, and the commands to type."""

    code: str
    side: str
    files: Snippets
    commands: str

    @property
    def is_plugin(self) -> bool:
        return "plugin.py" in self.files and not self.commands

    @property
    def text(self) -> str:
        return "".join(self.files.values()) + self.commands


def tried(code: str, side: str) -> Tried:
    found = [m for m in SNIPPET.finditer(explain.lesson(code)) if m["side"] in (side, "Both")]
    bodies = [(m["file"], re.sub(r"^ {4}", "", m["body"].rstrip("\n") + "\n", flags=re.MULTILINE)) for m in found]
    files = {file: body for file, body in bodies if file}
    return Tried(code=code, side=side, files=files, commands="".join(body for file, body in bodies if not file))


SIDES = [tried(code, side) for code in explain.titles() if code not in NOT_TRIED for side in ("Wrong", "Right")]
PLUGINS = [side for side in SIDES if side.is_plugin and side.code != "E206"]  # a trial has more time than it needs
OF_SOURCE = re.compile(r"E12\d")


def name_of(side: Tried) -> str:
    return f"{side.code}-{side.side.lower()}"


def is_read_only(side: Tried) -> bool:
    """Whether advice is all that it is for: that is given on the source."""
    return side.side == "Wrong" and bool(OF_SOURCE.match(side.code))


def is_slow(side: Tried) -> bool:
    """Whether torch is imported, in a child of its own."""
    return bool(re.search("^(import|from) torch", side.text, re.MULTILINE)) and not is_read_only(side)


def is_lengthy(code: str) -> bool:
    """Whether a metric file is asked several times, each in a process of its own, or a time limit is waited for."""
    return code in ("E206", "E318", "E604", "E605")


def write_competition(folder: Path, **changes: object) -> None:
    data = {"kind": "image-classification", "data": "digits", "metric": "accuracy", "columns": ["label"]}
    data |= {"method": "stratified"}
    limits = {"time_limit_s": 60, "memory_limit_mib": 4096}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "competition.toml").write_text(COMPETITION.format(**data | limits | changes))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with what lessons name; never worked in, only copied."""
    here = tmp_path_factory.mktemp("lessons")
    (here / "kit.toml").write_text("")
    for name, changes in OTHERS.items():
        write_competition(here / "competitions" / name, **changes)
    (here / "plugins" / "my_cnn").mkdir(parents=True)
    (here / "plugins" / "my_cnn" / "plugin.py").write_text(NEAREST_MEAN)
    for name in ("digits", "breast-cancer", "iris", *OTHERS):
        Workspace.find(here, environ={}).prepared(name)
    for name in ("digits", "breast-cancer", "iris", "titanic", "digits-quick"):
        assert run(["-C", str(here), "data", name]) == 0
    for file in ("preds.csv", "mon/anna.csv", "tue/anna.csv"):
        (here / file).parent.mkdir(exist_ok=True)
        shutil.copy(here / "data" / "digits" / "sample_submission.csv", here / file)
    return here


@pytest.fixture(scope="module")
def found(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[set[str]]]]:
    """The codes that `kit check` finds in each plugin that is tested now: two at a time, each waits for a child."""
    chosen = [item.callspec.params.get("plugin") for item in request.session.items if hasattr(item, "callspec")]
    folder = tmp_path_factory.mktemp("plugins")
    with ThreadPoolExecutor(2) as pool:
        asked = [side for side in PLUGINS if side in chosen]
        yield {name_of(side): pool.submit(checked, side, folder / name_of(side), template) for side in asked}


def checked(side: Tried, folder: Path, template: Path) -> set[str]:
    path = folder / "my_net"
    path.mkdir(parents=True)
    for file, text in side.files.items():
        (path / file).write_text(text, encoding="utf-8")
    here = Workspace.find(template, environ={})
    named = re.search(r'^COMPETITION = "(.*)"$', side.text, re.MULTILINE)
    competition = named[1] if named else CHOSEN.get(side.code, "digits")
    if is_read_only(side):
        return {check.problem.code for check in advice(path, shown="my_net") if check.problem}
    made = checks(
        path,
        name="my_net",
        prepared=here.prepared(competition),
        executor=LocalExecutor((BubblewrapSandbox if side.code in OFFLINE else ProcessSandbox)(folder / "scratch")),
        limits=here.competition(competition).limits.of_run(),
    )
    try:
        return {check.problem.code for check in made if check.problem}
    except KitError as error:
        return set(error.codes)


@pytest.mark.parametrize(
    "plugin",
    [pytest.param(side, marks=pytest.mark.slow if is_slow(side) else (), id=name_of(side)) for side in PLUGINS],
)
def test_a_plugin_of_a_lesson_is_what_the_lesson_says(plugin: Tried, found: dict[str, Future[set[str]]]) -> None:
    if is_slow(plugin):
        pytest.importorskip("torch")
    if plugin.code in OFFLINE and missing():
        pytest.skip(f"the process sandbox does not block the network, and there is no other: {missing()}")

    codes = found[name_of(plugin)].result()

    if plugin.side == "Wrong" and not OF_SOURCE.match(plugin.code):
        codes = {code for code in codes if not OF_SOURCE.match(code)}  # advice may name the cause of it too
    assert codes == ({plugin.code} if plugin.side == "Wrong" else set())


@pytest.fixture
def here(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    shutil.copytree(template, tmp_path / "class")
    monkeypatch.chdir(tmp_path / "class")
    yield tmp_path / "class"
    harness.cache_clear()
    for module in ("mine", "my_metric"):  # another test may call a plugin so
        sys.modules.pop(module, None)


OTHER_CODES = sorted({side.code for side in SIDES} - {side.code for side in PLUGINS})


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=pytest.mark.slow if is_lengthy(code) else ()) for code in OTHER_CODES]
)
def test_what_is_typed_in_a_lesson_does_what_the_lesson_says(
    code: str, here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for side in (tried(code, "Wrong"), tried(code, "Right")):
        paths = write(side, here, monkeypatch)
        for line in typed(side):
            capfd.readouterr()
            exit_code = follow(line, here)
            said = "".join(capfd.readouterr())
            fails = side.side == "Wrong" and line.startswith("kit ") and line != SET_UP.get(code)
            assert codes_in(said, code) == ({code} if fails else set()), f"{line}\n{said}"
            assert (exit_code != 0) is fails, f"{line}\n{said}"
        for path in paths:
            path.unlink()


def codes_in(said: str, code: str) -> set[str]:
    """The codes that begin a line. What is wrong with a CSV is always listed under an E301."""
    codes = re.findall(r"^ *(E\d{3})\b", said, re.MULTILINE)
    return set(codes[:1]) if code == "E301" else {*codes} - {"E301"}


def write(side: Tried, here: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Write the files of `side`, each where its reader would put it."""
    if "my_metric.py" in side.files:
        install_metric(here, monkeypatch)
    paths = [here / folder_of(file, side) / file for file in side.files]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(side.files[path.name], encoding="utf-8")
    return paths


def folder_of(file: str, side: Tried) -> str:
    if "competition.toml" in side.files:
        return "competitions/mine"
    return {"plugin.py": "plugins/my_net", "my_metric.py": "site"}.get(file, ".")


def install_metric(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an installer leaves of a distribution that brings ``my_metric.py``, and a competition with this metric."""
    info = here / "site" / "mine-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[kit]\nmine = mine\n")
    hook = 'from kit import hookimpl\n\n@hookimpl\ndef register_metrics():\n    return {"eights": "my_metric:METRIC"}\n'
    (here / "site" / "mine.py").write_text(hook)
    monkeypatch.syspath_prepend(here / "site")
    monkeypatch.delitem(sys.modules, "my_metric", raising=False)
    shutil.rmtree(here / "site" / "__pycache__", ignore_errors=True)  # both sides are written in one second
    harness.cache_clear()
    write_competition(here / "competitions" / "mine", metric="eights")
    shutil.copy(here / "data" / "digits-quick" / "sample_submission.csv", here / "preds.csv")  # the same ids


def typed(side: Tried) -> list[str]:
    """The commands of `side`: as it says, or those that its files are for."""
    if "my_metric.py" in side.files:
        return ["kit submit preds.csv -c mine"]
    scripts = [
        f"python {file}" for file in side.files if file.endswith(".py") and file not in ("plugin.py", "metric.py")
    ]
    if side.commands:
        return [*scripts, *side.commands.splitlines()]
    if scripts:
        named = re.search(r"data/([a-z-]+)/", side.text)
        return [*scripts, f"kit submit preds.csv -c {named[1] if named else 'digits'}"]
    if "plugin.py" in side.files:
        return [f"kit submit plugins/my_net -c {CHOSEN.get(side.code, 'digits')}"]
    return ["kit competitions" if "kit.toml" in side.files else "kit info mine"]


def follow(line: str, here: Path) -> int:
    program, *arguments = shlex.split(line, comments=True)
    if program == "kit":
        return run(arguments)
    if program == "python":
        runpy.run_path(str(here / arguments[0]))
        return 0
    return subprocess.run(line, shell=True, cwd=here).returncode


@pytest.mark.parametrize("code", explain.titles())
def test_a_lesson_has_a_wrong_and_a_right_snippet_or_says_what_to_do(code: str) -> None:
    sides = {match["side"] for match in SNIPPET.finditer(explain.lesson(code))}

    assert sides - {"Both"} == (set() if code in NOT_TRIED else {"Wrong", "Right"})
    assert ("\nWhat to do\n" in explain.lesson(code)) is (code in NOT_TRIED)


@pytest.mark.parametrize("code", explain.titles())
def test_a_lesson_fits_a_terminal_of_80_columns_and_half_a_page(code: str) -> None:
    lines = explain.lesson(code).splitlines()

    assert [line for line in lines if len(line) > 76] == []
    assert 8 <= len(lines) <= 44
