"""Every code block of the documentation runs: a page from top to bottom, in a workspace of its own.

The word after the fence says what a block is::

    python file=PATH, toml file=PATH   written to the workspace
    python                             run as a script there
    toml, json                         has to parse
    console                            the lines after "$ " are typed there and have to succeed; the rest is output
    console exit=N                     … and the last one has to end with N
    console background                 a server, which runs until the page ends, at a port of its own: the addresses
                                       that it prints take the place of those that the page shows
    … as=NAME                          done by NAME, at a computer and with a home of NAME's own
    console setup                      installs something: .ci/run types these
    pycon                              an example of a docstring, which runs as a doctest
    text                               for reading only
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from _pytest.mark.structures import ParameterSet

from kit.plugin.built_in import COMPETITIONS, MODELS

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = [page for page in ROOT.glob("docs/**/*.md") if "parts" not in page.parts]  # parts stand in generated pages
OF_PLUGINS = [page for name in MODELS if (page := ROOT / "plugins" / name / "README.md").is_file()]
OF_COMPETITIONS = [ROOT / "competitions" / name / "README.md" for name in COMPETITIONS]
PAGES = sorted([ROOT / "README.md", *WRITTEN, *OF_COMPETITIONS, *OF_PLUGINS])
# Longer than a class should wait, each; .ci/run follows them with the other slow tests.
SLOW = {
    "docs/explanation/splits-and-leaks.md": "makes a competition twice",
    "docs/how-to/a-metric-of-your-own.md": "asks a metric file ten times, each in a process of its own",
    "docs/how-to/competition-from-a-csv.md": "makes competitions and submits to them",
    "docs/how-to/plugin-of-several-files.md": "checks and submits a plugin",
    "competitions/sine/README.md": "trains a network",
    "plugins/activations/README.md": "trains two deep networks",
    "plugins/approximator/README.md": "trains three networks",
    "plugins/cnn_fast/README.md": "trains a network twice",
    "plugins/dqn/README.md": "trains an agent",
    "plugins/gym_agent/README.md": "trains agents",
    "plugins/ppo/README.md": "trains an agent",
    "plugins/random_agent/README.md": "plays episodes twice",
    "plugins/resnet/README.md": "runs a network on photos",
    "docs/how-to/grades.md": "grades a class in every format",
    "docs/how-to/study-your-model.md": "runs a plugin thirty times",
    "README.md": "trains a network twice, and tries it",
    "docs/how-to/competition-from-photos.md": "makes a competition of photos and submits networks to it",
    "docs/how-to/enter-with-a-csv.md": "makes the answers of four models by hand",
    "docs/how-to/competition-of-files.md": "makes a competition of files and submits to it",
    "docs/how-to/score-in-a-notebook.md": "scores tables and files in several processes",
    "docs/how-to/extra-packages.md": "runs plugins with packages of their own",
    "docs/how-to/make-an-agent.md": "trains two agents",
    "docs/how-to/make-a-competition.md": "makes two competitions and submits to both",
    "docs/how-to/collect-a-class.md": "scores what a class handed in, twice",
    "docs/how-to/run-a-class.md": "serves a class, and gives it dates",
    "docs/tutorial/first-class.md": "serves a class, in which three hand in",
    "docs/reference/commands.md": "types every command there is, most of them in two forms",
    "docs/reference/competition.md": "makes five competitions and submits to each",
    "docs/reference/plugin.md": "plays episodes, and runs a suite of tests in a process of its own",
    "docs/tutorial/first-competition.md": "trains a network and five other models",
    "docs/tutorial/first-evening.md": "trains eight models, most of them networks",
}
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"^ *(?P<label>\w+) +(?P<address>https?://\S+)", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)#\s]+)(#[^)]*)?\)")


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    options: dict[str, str]
    body: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        language, *options = match["info"].split() or [""]
        pairs = dict(option.partition("=")[::2] for option in options)
        found.append(Block(language, pairs, match["body"], text.count("\n", 0, match.start()) + 1))
    return found


class Reader:
    """Who follows a page from top to bottom in `folder`, with the servers that run meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: list[subprocess.Popen[str]] = []
        self._printed: dict[str, str] = {}  # address on the page -> what the server printed in its place

    def follow(self, block: Block) -> None:
        """Do what a reader of the block would do."""
        folder, environment = self._computer(block.options.get("as"))
        if "background" in block.options:
            self._serve(block, folder, environment)
            return
        for shown in sorted(self._printed, key=len, reverse=True):
            block = replace(block, body=block.body.replace(shown, self._printed[shown]))
        follow(block, folder, environment)

    def _computer(self, name: str | None) -> tuple[Path, dict[str, str]]:
        """The folder and the environment of who does something."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        if name is None:
            return self._folder, os.environ | {"PATH": path}
        home = self._folder.parent / name
        home.mkdir(exist_ok=True)
        own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "share")}
        return home, os.environ | {"PATH": path} | own

    def _serve(self, block: Block, folder: Path, environment: dict[str, str]) -> None:
        (command,) = (line[2:] for line in block.body.splitlines() if line.startswith("$ "))
        line = [*shlex.split(command), "--port", "0"]
        server = subprocess.Popen(
            line, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._servers.append(server)
        assert server.stdout is not None
        said = ""
        expected = ADDRESS.findall(block.body)
        while len(found := ADDRESS.findall(said)) < len(expected):
            text = server.stdout.readline()
            assert text, f"{command} ended\n{said}"
            said += text
        assert [label for label, _ in found] == [label for label, _ in expected]
        for (_, shown), (_, printed) in zip(expected, found, strict=True):
            self._printed |= {shown: printed, _origin(shown): _origin(printed)}

    def leave(self) -> None:
        """End the servers; each ends as it should."""
        for server in self._servers:
            server.send_signal(signal.SIGTERM)
        for server in self._servers:
            server.communicate(timeout=60)
        assert [server.returncode for server in self._servers] == [0] * len(self._servers)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def run(command: list[str] | str, folder: Path, environment: dict[str, str], expected: int) -> None:
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
    )
    assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"


def follow(block: Block, folder: Path, environment: dict[str, str]) -> None:
    """Do what a block says that is over when it is done."""
    if "file" in block.options:
        path = folder / block.options["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, encoding="utf-8")
    elif block.language == "python":
        run([sys.executable, "-c", block.body], folder, environment, 0)
    elif block.language == "toml":
        tomllib.loads(block.body)
    elif block.language == "json":
        json.loads(block.body)
    elif block.language == "console" and "setup" not in block.options:
        commands = [line[2:] for line in block.body.splitlines() if line.startswith("$ ")]
        for command in commands:
            last = command is commands[-1]
            run(command, folder, environment, int(block.options.get("exit", 0)) if last else 0)


def to_follow() -> list[ParameterSet]:
    names = [page.relative_to(ROOT).as_posix() for page in PAGES]
    marks = [[pytest.mark.slow] if name in SLOW else [] for name in names]
    return [pytest.param(page, id=name, marks=m) for page, name, m in zip(PAGES, names, marks, strict=True)]


def test_the_slow_pages_are_pages() -> None:
    assert set(SLOW) <= {page.relative_to(ROOT).as_posix() for page in PAGES}


@pytest.fixture
def reader(workspace: Path) -> Iterator[Reader]:
    made = Reader(workspace)
    yield made
    made.leave()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", to_follow())
def test_a_reader_can_follow_the_page(page: Path, reader: Reader) -> None:
    for block in blocks(page):
        try:
            reader.follow(block)
        except (AssertionError, ValueError) as error:
            pytest.fail(f"{page.relative_to(ROOT)}:{block.line}: {error}", pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_what_it_is(page: Path) -> None:
    known = {"python", "toml", "json", "console", "pycon", "text"}

    assert [block.line for block in blocks(page) if block.language not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8")))]
    own = [target for target in targets if "://" not in target]

    assert [target for target in own if not (page.parent / target).exists()] == []
