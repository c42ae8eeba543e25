"""The template: a process that has imported the libraries, and is forked for every run. Linux only.

::

    template    imports, listens; reads nothing from anybody, so that no run can change the next one
      └ keeper      one a run: hears the order, is told of the end of the trusted process, tells of the end of the run
          └ first      the first process of the run's own namespaces: when it ends, all of them end
              └ worker     sets limits, puts up the second wall, and begins as in a new interpreter

Started as ``python -P -m kit.worker.template SOCKET IDLE_S MODULE…``; it ends itself when nothing was asked of it for
so many seconds, or when its socket is gone. A run goes on without the template.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import kit.worker.__main__
import kit.worker.session  # noqa: F401 - what a worker imports
from kit.job import decode
from kit.sandbox.namespaces import change_root, die_with_parent, leave_the_rest, leave_users_and_processes
from kit.sandbox.template import MAX_DESCRIPTORS, MAX_ORDER_BYTES, Order
from kit.sandbox.walls import shut_in

TICK_S = 5.0
_PEER = struct.Struct("3i")  # struct ucred: process, user, group


def main() -> None:
    """Serve until nobody asks any more."""
    place, idle_s, modules = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    os.umask(0o077)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(str(place))
    server.listen(128)
    inode = place.lstat().st_ino
    if os.fork() > 0:  # who waits for this process may go on: he is heard as soon as everything is imported
        os._exit(0)
    os.umask(0o022)
    try:
        _import(modules)
        _settle()
        _serve(server, place, inode, idle_s)
        place.with_suffix(".log").unlink(missing_ok=True)
    except BaseException:  # noqa: BLE001 - into the log
        sys.excepthook(*sys.exc_info())
    finally:
        if _is_ours(place, inode):
            place.unlink(missing_ok=True)
        os._exit(0)  # libraries say all kinds of things at their end


def _import(modules: list[str]) -> None:
    for name in modules:
        with suppress(ImportError):  # the plugin that needs it gets to know
            importlib.import_module(name)


def _settle() -> None:
    """Be a good original: no threads, and nothing that the garbage collection of a copy would write to."""
    gc.collect()
    gc.freeze()
    if (copy := os.fork()) == 0:  # OpenBLAS, for one, ends its threads before a fork, and makes new ones when needed
        os._exit(0)
    os.waitpid(copy, 0)
    if (n := len(os.listdir("/proc/self/task"))) > 1:  # noqa: PTH208 - a Path for each would be made
        raise RuntimeError(f"a library has started {n - 1} threads that survive a fork: nothing can be copied")


def _serve(server: socket.socket, place: Path, inode: int, idle_s: float) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers need not be waited for
    asked = time.monotonic()
    while time.monotonic() - asked < idle_s and _is_ours(place, inode):
        if not select.select([server], [], [], min(TICK_S, idle_s))[0]:
            continue
        connection, _ = server.accept()
        with connection:
            asked = time.monotonic()
            if _user_of(connection) != os.getuid():
                continue
            with suppress(BlockingIOError):  # too many processes: who asked is told by the end of the connection
                if os.fork() == 0:
                    server.detach()
                    _keep(connection)


def _user_of(connection: socket.socket) -> int:
    return int(_PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))[1])


def _is_ours(place: Path, inode: int) -> bool:
    """Whether the name of the socket still leads to us: a cleaner may have taken it away, or a newer template."""
    with suppress(OSError):
        return place.lstat().st_ino == inode
    return False


def _keep(connection: socket.socket) -> NoReturn:
    """The keeper: start the run, and see to its end."""
    log = -1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        data, received, _, _ = socket.recv_fds(connection, MAX_ORDER_BYTES, MAX_DESCRIPTORS)
        order, log = decode(Order, data), received[0]
        leave_users_and_processes()
        told, tell = os.pipe()
        first = os.fork()
        if first == 0:
            keeper = connection.detach()
            _begin(order, received, tell, (keeper, told))
        for descriptor in (*received, tell):
            os.close(descriptor)
        log = -1
        _see_to_the_end(connection, first, told)
    except BaseException as error:  # noqa: BLE001 - told, and this process ends
        _tell(log, error)
    finally:
        os._exit(1)


def _see_to_the_end(connection: socket.socket, first: int, told: int) -> None:
    connection.send(f"{os.getpid()} {first}".encode())
    ended = os.pidfd_open(first)
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    waiting.register(ended, select.POLLIN)
    while ended not in (ready := [descriptor for descriptor, _ in waiting.poll()]):
        if connection.fileno() in ready:  # the trusted process is gone, or wants the end
            signal.pidfd_send_signal(ended, signal.SIGKILL)
            waiting.unregister(connection)
    code = os.read(told, 16).decode() or str(-signal.SIGKILL)
    with suppress(OSError):  # nobody is there any more
        connection.send(code.encode())
        # Until now the first process is not reaped, so that nobody else can have its number.
        connection.recv(1)


def _begin(order: Order, received: list[int], tell: int, not_ours: tuple[int, ...]) -> NoReturn:
    """The first process: make the namespaces, start the worker, and wait."""
    log = received[0]
    try:
        for descriptor in not_ours:
            os.close(descriptor)
        die_with_parent()
        if _is_broken(tell):  # the keeper died before that was said
            os._exit(1)
        os.setsid()  # or a signal to the worker's group would reach the keeper
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which the kernel keeps from a first process
        leave_the_rest()
        change_root(order.mounts, Path(order.root), max_tasks=order.max_tasks)
        worker = os.fork()
        if worker == 0:
            os.close(tell)
            _become_worker(order, received)
        os.closerange(0, tell)
        os.closerange(tell + 1, 1 << 16)
        shut_in(readable=(), writable=(), network=False)
        while (ended := os.waitpid(-1, 0))[0] != worker:
            continue  # somebody who has lost his parent
        os.write(tell, str(os.waitstatus_to_exitcode(ended[1])).encode())
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - told, and this process ends
        _tell(log, error)
    finally:
        os._exit(1)


def _is_broken(pipe: int) -> bool:
    watched = select.poll()
    watched.register(pipe, 0)
    return bool(watched.poll(0))


def _become_worker(order: Order, received: list[int]) -> NoReturn:
    """What a new interpreter would be, but for the libraries that are imported already."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _place(received, order.descriptors)
        _open_streams()
        os.environ.clear()
        os.environ.update(order.environment)
        os.chdir(order.folder)
        sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
        sys.path[:0] = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
        importlib.invalidate_caches()
        if process := sys.modules.get("multiprocessing.process"):
            process.current_process().authkey = os.urandom(32)  # drawn when it was imported: the same for all runs
        module = importlib.import_module(order.module)
        sys.argv = [str(module.__file__), *order.arguments]
        module.main()
        code = 0
    except BaseException:  # noqa: BLE001 - as an interpreter does it
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        os._exit(code)


def _place(received: list[int], wanted: tuple[int, ...]) -> None:
    """Give descriptors the numbers that they have on the other side: the log, and those `wanted`. Close all others."""
    above = max((*wanted, *received, 2)) + 1
    kept = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, above) for descriptor in received]
    os.closerange(3, above)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    for number in (1, 2):
        os.dup2(kept[0], number)
    for descriptor, number in zip(kept[1:], wanted, strict=True):
        os.dup2(descriptor, number)
    first = 3
    for number in sorted(wanted):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, above + len(kept) + 1)


def _open_streams() -> None:
    """Standard streams as an interpreter opens them; those of the template know that theirs were no pipes."""
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - to stay open
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _tell(log: int, error: BaseException) -> None:
    if log >= 0:
        with suppress(OSError):
            os.write(log, f"template: {error}\n".encode())


if __name__ == "__main__":
    main()
