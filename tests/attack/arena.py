"""Where plugins attack: a class with a competition whose labels are drawn, and canaries all around.

Nothing in the images tells a label, so a score other than that of answering always the same was learned elsewhere.
Secrets are words that begin with ``kit-canary-``: in the environment, in the home, in the state, in a program that
sleeps, and behind every kind of socket. What a plugin prints is kept by the board, and read from there.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.store.base import Submission

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
MARK = "kit_attack"  # in the name of every file that a plugin leaves on purpose
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
TOKEN = re.compile(rb"kit-canary-[0-9a-f]{32}")
SYSTEM_V_KEY = "1801548916"  # 0x6B617474
RIVAL = """\
import numpy as np


def fit(train):
    return {secret!r}


def predict(model, X):
    return np.ones(len(X), int)
"""
COMPETITION = """\
title = "The vault"
kind = "image-classification"

[data]
source = "folder"
path = "photos"
size = 8

[split]
method = "stratified"
valid = 0.2
test = 0.5
public = 0.5
salt = "vault-1"

[metric]
name = "accuracy"

[submission]
columns = ["label"]

[limits]
time_limit_s = {seconds}
memory_limit_mib = {memory_mib}
"""
# name -> (seconds, MiB): "hurry" is for those that would go on for ever, "course" for honest work with torch
COMPETITIONS = {"vault": (30, 512), "hurry": (4, 512), "course": (60, 2048)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one submission: for the entrant, for the host, and on the machine."""

    code: int
    told: str
    submission: Submission | None
    score: float | None
    log: str
    blobs: tuple[bytes, ...]
    rivals_score: float | None
    processes: list[str]
    files: list[str]
    changed: list[str]

    @property
    def words(self) -> str:
        """What the entrant was told, without its line breaks."""
        return " ".join(self.told.split())

    @property
    def attempts(self) -> list[str]:
        """What it tried, and what came of it."""
        return [line for line in self.log.splitlines() if line.startswith(("HELD ", "REACHED "))]


class Arena:
    """A class to be attacked. Use `opened`.

    Parameters
    ----------
    root
        A new folder, with a path as short as can be: sockets lie in it.
    sandbox
        Name of the sandbox that plugins run in.
    """

    def __init__(self, root: Path, sandbox: str) -> None:
        self.root, self.sandbox = root, sandbox
        self.secret = f"kit-canary-{secrets.token_hex(16)}"
        self.contacts: list[str] = []
        self.facts: dict[str, Any] = {}
        self.same = 0.0  # the score of answering always the same
        self._lock, self._count = threading.Lock(), 0

    def build(self) -> None:
        """Make the class: data, a rival with a score, and a home with secrets."""
        template = self.root / "class"
        template.mkdir()
        (template / "kit.toml").write_text(f'[sandbox]\nname = "{self.sandbox}"\n')
        _photos(self.root / "photos")
        for name, (seconds, memory_mib) in COMPETITIONS.items():
            folder = template / "competitions" / name
            folder.mkdir(parents=True)
            (folder / "competition.toml").write_text(COMPETITION.format(seconds=seconds, memory_mib=memory_mib))
        (template / "plugins").mkdir()
        (template / "plugins" / "rival.py").write_text(RIVAL.format(secret=self.secret))
        home = self.root / "home"
        (home / ".ssh").mkdir(parents=True)
        for file in (".token", ".ssh/id_ed25519", "facts_of_host.txt"):
            (home / file).write_text(self.secret)
        data_home = self.root / "data"
        data_home.mkdir()
        shutil.move(self.root / "photos", data_home / "photos")
        (data_home / "labels.csv").write_text(self.secret)
        done = self._kit(template, self.root / "rival", "submit", "plugins/rival.py", "-c", "vault")
        assert done.returncode == 0, done.stdout
        (template / ".kit" / "canary").write_text(self.secret)
        for name in COMPETITIONS:
            self._kit(template, self.root / "rival", "info", name)
        seen = self.run(HERE / "arsenal.py", "always_the_same", "vault")
        assert seen.score is not None, seen.told
        self.same = seen.score

    def run(
        self,
        plugin: Path,
        name: str,
        competition: str,
        *,
        again: bool = False,
        dress: Callable[[Path], None] = lambda folder: None,
    ) -> Seen:
        """Submit `plugin`, a file or a folder, as ``plugins/name`` in a class of its own, and look at what it did.

        Parameters
        ----------
        again
            Submit it twice, the second time with another byte, and look then.
        dress
            Adds to the plugin's folder what can't lie in a repository.
        """
        with self._lock:
            self._count += 1
            place = self.root / str(self._count)
        here = place / "class"
        shutil.copytree(self.root / "class", here)
        facts = self._facts_of(here, name)
        folder = here / "plugins" / name
        if plugin.is_dir():
            shutil.copytree(plugin, folder, symlinks=True)
        else:
            folder.mkdir()
            shutil.copy(plugin, folder / "plugin.py")
        shutil.copy(HERE / "arsenal.py", folder)
        dress(folder)
        (folder / "facts.json").write_text(json.dumps(facts))
        if again:
            self._kit(here, place, "submit", f"plugins/{name}", "-c", competition)
            (folder / "facts.json").write_text(json.dumps(facts | {"again": True}))  # other bytes, or it is a repeat
        before = _contents(here)
        done = self._kit(here, place, "submit", f"plugins/{name}", "-c", competition)
        return self._seen(here, place, done, name, before)

    def _seen(
        self, here: Path, place: Path, done: subprocess.CompletedProcess[str], name: str, before: dict[str, str]
    ) -> Seen:
        temporary = place / "tmp" / f"kit-{os.getuid()}"
        scratch = [
            *map(str, temporary.glob("*")),
            *(str(file) for file in (place / "tmp").iterdir() if file != temporary),
        ]
        after = _contents(here)
        board = Board.of(Workspace.find(here, environ={"KIT_SANDBOX_NAME": "process"}))
        try:
            every = [row for each in COMPETITIONS for row in board.submissions(each)]
            own = [row for row in every if row.name != "plugins/rival.py"]
            scores = {row.submission_id: row.value for each in COMPETITIONS for row in board.store.public_scores(each)}
            kept = board.kept(own[-1].id) if own else None
            log = board.blobs.get(kept.log_sha256).decode(errors="replace") if kept and kept.log_sha256 else ""
        finally:
            board.close()
        rival = next(row for row in every if row.name == "plugins/rival.py")
        known = {file.name for file in (self.root / "class/.kit/objects").iterdir()}
        blobs = tuple(f.read_bytes() for f in (here / ".kit/objects").iterdir() if f.name not in known)
        seen = Seen(
            code=done.returncode,
            told=done.stdout,
            submission=own[-1] if own else None,
            score=scores.get(own[-1].id) if own else None,
            log=log,
            blobs=blobs,
            rivals_score=scores.get(rival.id),
            processes=json.loads((place / "left.json").read_text()),
            files=[*scratch, *self.marked(here, place)],
            changed=sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)),
        )
        shutil.rmtree(place, ignore_errors=True)
        return seen

    def marked(self, *folders: Path) -> list[str]:
        """Files that plugins left under their mark, where they may have wanted to."""
        places = [*SHARED, *folders, self.root / "home", self.root / "home/.config", CHECKOUT, CHECKOUT / "kit"]
        places += [Path(entry) for entry in sys.path if entry] + [Path(sys.prefix), Path("/run"), Path("/")]
        found = {str(file) for place in places for file in place.glob(f"{MARK}*")}
        return sorted(file for file in found if f"{MARK}_canary" not in file)

    def _facts_of(self, here: Path, name: str) -> dict[str, Any]:
        state = here / ".kit"
        blob = next(file for file in (state / "objects").iterdir() if b"kit-canary-" in file.read_bytes())
        return self.facts | {
            "name": name,
            "workspace": str(here),
            "state": str(state),
            "prepared": str(state / "prepared" / "vault"),
            "solution": str(state / "prepared" / "vault" / "private" / "solution.csv"),
            "rivals_blob": str(blob),
            "scratch": str(here.parent / "tmp" / f"kit-{os.getuid()}"),
        }

    def _kit(self, here: Path, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        (place / "tmp").mkdir(parents=True, exist_ok=True)
        kit = [sys.executable, "-P", "-m", "kit", *arguments]
        command = [sys.executable, "-I", "-S", str(HERE / "reaper.py"), str(place / "left.json"), *kit]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "TMPDIR": str(place / "tmp"),
            "XDG_RUNTIME_DIR": str(self.root),
            "KIT_CACHE_HOME": str(self.root / "cache"),
            "KIT_DATA_HOME": str(self.root / "data"),
            "CLASS_PASSWORD": self.secret,
            "COLUMNS": "200",
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            command,
            cwd=here,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=110,
        )


@contextmanager
def opened(root: Path, sandbox: str) -> Iterator[Arena]:
    """An arena with its canaries awake."""
    arena = Arena(root, sandbox)
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("0.0.0.0", 0)))
        unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(root / "socket"))
        abstract.bind(f"\0kit-attack-{root.name}")
        tcp6 = _ipv6_server()
        for server in (tcp, unix, abstract, *([tcp6] if tcp6 else [])):
            stack.enter_context(server)
            server.listen()
            threading.Thread(target=_answer, args=(server, arena), daemon=True).start()
        stack.enter_context(udp)
        threading.Thread(target=_answer_datagrams, args=(udp, arena), daemon=True).start()
        stack.callback(_end_servers, root)
        victim = stack.enter_context(_victim(arena.secret))
        canaries = [folder / f"{MARK}_canary_{root.name}" for folder in (Path("/dev/shm"), Path("/tmp"))]
        for file in canaries:
            file.write_text(arena.secret)
            stack.callback(file.unlink, missing_ok=True)
        arena.facts = {
            "tcp": tcp.getsockname()[1],
            "tcp6": tcp6.getsockname()[1] if tcp6 else tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": str(root / "socket"),
            "abstract": f"kit-attack-{root.name}",
            "victim": victim.pid,
            "shm_canary": str(canaries[0]),
            "tmp_canary": str(canaries[1]),
            "home": str(root / "home"),
            "data_home": str(root / "data"),
            "photos": str(root / "data" / "photos"),
            "cache_home": str(root / "cache"),
            "checkout": str(CHECKOUT),
            "site_packages": next(entry for entry in sys.path if entry.endswith("site-packages")),
            "node": os.uname().nodename,
            "pid_namespace": str(Path("/proc/self/ns/pid").readlink()),
        }
        arena.build()
        mounted = mounts()
        yield arena
        for template in _servers(root):
            assert template.children() == [], "a run goes on in the template"
        assert victim.poll() is None, "a plugin killed the process of somebody else"
        assert _state(victim.pid) != "T", "a plugin stopped the process of somebody else"
        assert not arena.contacts, "a plugin reached a server of the host"
        assert not system_v_left()
        assert not {line for line in mounts() - mounted if str(root) in line}


def system_v_left() -> list[str]:
    """Shared memory, semaphores and queues that have the key of the attackers."""
    left = []
    for kind in ("shm", "sem", "msg"):
        with suppress(OSError):
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()
            left += [f"{kind} {line}" for line in lines if line.split()[0] == SYSTEM_V_KEY]
    return left


def mounts() -> set[str]:
    """What is mounted here, without the numbers that change."""
    return {line.split(maxsplit=3)[3] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def _photos(folder: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(20)
    for name in "abcd":
        (folder / name).mkdir(parents=True)
    for i in range(240):
        pixels = rng.integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "abcd"[rng.integers(4)] / f"{i}.png")


def _contents(here: Path) -> dict[str, str]:
    """Everything in a class that no submission may change, with its hash: all but what the board itself writes."""
    own = ("objects", "attempts", "workers", "board.sqlite", "checks", "checked", "runs", "replicates")
    found = {}
    for file in here.rglob("*"):
        path = file.relative_to(here)
        if file.is_file() and not file.is_symlink() and not (path.parts[0] == ".kit" and path.parts[1].startswith(own)):
            with file.open("rb") as opened_file:  # not all of it: one may be a terabyte long, and take no room
                found[path.as_posix()] = sha256(opened_file.read(1 << 20)).hexdigest()
    return {path: digest for path, digest in found.items() if not path.endswith(".lock")}


def _victim(secret: str) -> _Victim:
    """Somebody else's process, with a secret in its environment."""
    return _Victim(["kit_attack_victim", "600"], executable="/bin/sleep", env={"PASSWORD": secret})


class _Victim(subprocess.Popen[bytes]):
    """Is killed at the end of a with block."""

    def __exit__(self, *error: object) -> None:
        self.kill()
        super().__exit__(*error)  # type: ignore[arg-type]


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _servers(root: Path) -> list[psutil.Process]:
    """Templates that runs in this arena have started."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "kit.worker.template" in process.cmdline() and str(root) in " ".join(process.cmdline()):
                found.append(process)
    return found


def _end_servers(root: Path) -> None:
    for server in _servers(root):
        with suppress(psutil.Error):
            server.kill()


def _ipv6_server() -> socket.socket | None:
    try:
        return socket.create_server(("::", 0), family=socket.AF_INET6)
    except OSError:
        return None


def _answer(server: socket.socket, arena: Arena) -> None:
    with suppress(OSError):  # closed
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.settimeout(1)
                connection.sendall(arena.secret.encode())
                arena.contacts.append(connection.recv(100).decode(errors="replace"))


def _answer_datagrams(server: socket.socket, arena: Arena) -> None:
    with suppress(OSError):
        while True:
            word, sender = server.recvfrom(100)
            arena.contacts.append(word.decode(errors="replace"))
            server.sendto(arena.secret.encode(), sender)
