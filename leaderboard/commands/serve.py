"""``kit serve``: the class board, for everyone in the room."""

from __future__ import annotations

import errno
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli import screen
from kit.cli.place import workspace
from kit.errors import Problem, UsageError
from leaderboard.commands.submit import open_board

if TYPE_CHECKING:
    from kit.workspace import Workspace

PORT = 8800
_ROOM = 12  # columns of a label
_STOP_S = 10.0
_RESTART_S = 1.0
_ALONE = ("127.0.0.1", "::1", "localhost")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the server is found: by the class, and by the host on this very computer."""

    students: str
    host: str
    is_alone: bool
    is_asked_alone: bool = False


@click.command()
@click.option("--host", default="0.0.0.0", metavar="ADDRESS", help="Address to listen at; all of this computer's.")  # noqa: S104
@click.option("--port", default=PORT, type=click.IntRange(0, 65535), help=f"Port to listen at; {PORT} by default.")
@click.option("--certfile", type=_FILE, help="Certificate, for HTTPS.")
@click.option("--keyfile", type=_FILE, help="Key of the certificate.")
@click.option("--workers", type=click.IntRange(0, 64), help="Processes that score; executor.workers by default.")
@click.option("--name", "server_name", metavar="NAME", help="How students reach this computer, where it has a name.")
def command(
    host: str,
    port: int,
    certfile: Path | None,
    keyfile: Path | None,
    workers: int | None,
    server_name: str | None,
) -> None:
    """Serve the board of this workspace to a class, in a browser and to their kit. No internet is needed."""
    if (certfile is None) != (keyfile is None):
        raise click.UsageError("--certfile and --keyfile belong together")
    _require_extra()
    here = workspace()
    listening = listen(host, port)
    addresses = _addresses(host, listening.getsockname()[1], is_tls=certfile is not None, name=server_name)
    _serve(here, listening, addresses, certfile, keyfile, here.config.executor_workers if workers is None else workers)


def _serve(
    here: Workspace,
    listening: socket.socket,
    addresses: Addresses,
    certfile: Path | None,
    keyfile: Path | None,
    n_workers: int,
) -> None:
    from leaderboard.web.app import create_app
    from leaderboard.web.desk import Serving
    from leaderboard.web.serving import serving_of

    board = open_board(here)
    try:
        word_code, code = board.classroom.word_code(), board.classroom.host_code()
        n_names = len(board.people.entrants())
        app = create_app(here, serving_of(here, Serving(is_tls=certfile is not None, address=addresses.students)))
        desk = app.state.desk
        _show(here, desk.serving, addresses, word_code, code, n_workers, n_names)
        desk.on_stale_code = lambda: _say_again(here, addresses)
    finally:
        board.close()
    _prepare_logs()
    crew = Crew(here.root, n_workers)
    crew.start()
    try:
        _run(app, listening, certfile, keyfile)
    finally:
        crew.stop()
    screen.say("stopped.  Nothing is lost: what waits is in the file.")


def _run(app: Any, listening: socket.socket, certfile: Path | None, keyfile: Path | None) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.desk.streams.close()  # nobody waits for browsers that only look on
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
        access_log=False,  # ours has no query strings
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=15,
        limit_concurrency=None,
        backlog=2048,
        h11_max_incomplete_event_size=64 << 10,
    )
    with suppress(KeyboardInterrupt):  # uvicorn raises it again after it has stopped
        Server(config).run(sockets=[listening])


def _prepare_logs() -> None:
    """What goes wrong is told on stderr; who asks what, only where somebody turns it on (KIT_ACCESS_LOG is a file)."""
    import os

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s", "%H:%M:%S"))
    for name in ("kit.serve", "uvicorn.error"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.WARNING)
    if path := os.environ.get("KIT_ACCESS_LOG"):
        log = logging.getLogger("kit.access")
        log.addHandler(logging.FileHandler(path, encoding="utf-8"))
        log.setLevel(logging.INFO)


class Crew(threading.Thread):
    """The workers of a server: processes that are started again when they die, and end with it.

    Each has a pipe for its stdin: when the server dies, however it dies, the pipe is closed and they stop.
    """

    def __init__(self, root: Path, n: int) -> None:
        super().__init__(name="kit-crew", daemon=True)
        self._root, self._n = root, n
        self._stopping = threading.Event()
        self._members: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        """Start them, and those that died again."""
        while not self._stopping.is_set():
            self._members = [one for one in self._members if one.poll() is None]
            while len(self._members) < self._n:
                self._members.append(self._new_member())
            self._stopping.wait(_RESTART_S)

    def stop(self) -> None:
        """Let them finish or give back what they work on, and end."""
        self._stopping.set()
        self.join()
        for one in self._members:
            if one.stdin is not None:
                one.stdin.close()
        until = time.monotonic() + _STOP_S
        for one in self._members:
            try:
                one.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()

    def _new_member(self) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-P", "-m", "kit", "-C", str(self._root), "worker", "--while-open"]
        return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises `UsageError` E002 where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio lets the system wait for more to send: 40 ms an answer on a connection that is kept.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there it would let two servers share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise UsageError(_cant_listen(host, port, error)) from None
    return listening


def _cant_listen(host: str, port: int, error: OSError) -> Problem:
    if error.errno in (errno.EADDRINUSE, errno.EACCES) or getattr(error, "winerror", 0) in (10013, 10048):
        why = "is used by another program" if error.errno == errno.EADDRINUSE else "may not be used by you"
        fix = f"kit serve --port {port + 1 if 1024 <= port < 65535 else PORT}      or stop the other kit serve"
        return Problem(code="E002", message=f"port {port} {why}", fix=fix)
    return Problem(
        code="E002",
        message=f"this computer can't listen at {host}: {error.strerror or error}",
        fix="leave --host out: then it listens at all its addresses",
    )


def _addresses(host: str, port: int, *, is_tls: bool, name: str | None) -> Addresses:
    from leaderboard.web.serving import own_address

    scheme = "https" if is_tls else "http"
    everywhere = host in ("0.0.0.0", "::", "")  # noqa: S104
    found = name or (own_address() if everywhere else host)
    shown = f"[{found}]" if found and ":" in found else found
    here = "127.0.0.1" if everywhere else shown
    return Addresses(
        students=f"{scheme}://{shown or '127.0.0.1'}:{port}",
        host=f"{scheme}://{here}:{port}",
        is_alone=found is None or found in _ALONE,
        is_asked_alone=name is None and host in _ALONE,
    )


def _show(
    here: Workspace, serving: Any, addresses: Addresses, word_code: str, code: str, n_workers: int, n_names: int
) -> None:
    title = here.config.title or here.root.name
    takes = "  FILES ONLY, no plugins: code would not be shut in here (E803)" if serving.why_no_code else ""
    competition = here.config.competition
    screen.say(f'kit is serving "{title}"{takes}')
    rows = [
        ("students", f"{addresses.students}/join/{word_code}", "a QR code is on that page"),
        ("projector", f"{addresses.students}/{f'c/{competition}' if competition else ''}?screen", ""),
        ("you", f"{addresses.host}/host?code={code}", "works once, within 10 minutes"),
    ]
    for name, address, aside in rows:
        line = f"  {name:<{_ROOM}}{address}" + (f"   ({aside})" if aside else "")
        below = f"\n  {'':<{_ROOM}}({aside})" if aside else ""
        screen.show(line if screen.fits([line]) else f"  {name:<{_ROOM}}{address}{below}")
    with_code = f"{screen.count(n_workers, 'worker')}, sandbox {serving.sandbox}"
    scoring = "files of answers, at once" if serving.why_no_code else with_code
    for name, text in [("scoring", scoring), *_advice(serving, addresses, n_names)]:
        screen.say("\n".join(screen.labelled(name, text, room=_ROOM)))
    screen.say("Ctrl-C stops. Nothing is lost: submissions wait in the file.")
    sys.stdout.flush()


def _advice(serving: Any, addresses: Addresses, n_names: int) -> list[tuple[str, str]]:
    """What the host should know now."""
    told = []
    if serving.why_no_code:
        told.append(("why", f"{serving.why_no_code}  kit explain E803"))
    if n_names == 0:
        told.append(("roster", "nobody is on it yet:   kit roster add FILE"))
    if addresses.is_asked_alone:
        told.append(("network", "only this computer gets here, as --host asks; without it the whole room does"))
    elif addresses.is_alone:
        told.append(("network", "this computer is in none: only its own browser gets here"))
    elif not serving.is_tls:
        told.append(("transport", "plain HTTP; --certfile and --keyfile encrypt it"))
    return told


def _say_again(here: Workspace, addresses: Addresses) -> None:
    """Somebody came with a code that is of no use any more: if it was the host, this is the next one."""
    board = open_board(here)
    try:
        screen.say(f"  {'you':<{_ROOM}}{addresses.host}/host?code={board.classroom.host_code()}")
    finally:
        board.close()


def _require_extra() -> None:
    from importlib.util import find_spec

    missing = [
        name
        for name in ("jinja2", "python_multipart", "segno", "spectree", "starlette", "uvicorn")
        if find_spec(name) is None
    ]
    if missing:
        message = f"kit serve needs packages that are not installed here: {', '.join(missing)}"
        raise UsageError(Problem(code="E002", message=message, fix='uv pip install "competition-kit[serve]"'))
