"""A worker as a child of ours: started in a scratch folder, heard, watched, ended; whatever it is shut into."""

from __future__ import annotations

import os
import site
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from kit.errors import PluginError, SandboxError
from kit.job import Job, Limits, Outcome, Usage, encode
from kit.sandbox import limits as said
from kit.sandbox.base import Event, Serve
from kit.sandbox.channel import ChannelClosedError, ChannelNonsenseError, Frame, TrustedChannel
from kit.sandbox.guard import PARENT
from kit.sandbox.scratch import MARK, mark, not_set_up, scratch
from kit.sandbox.tree import Child, Watch

if TYPE_CHECKING:
    from kit.sandbox.enclosure import Enclosure

Start = Callable[[Path], Child]
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
RUNTIME = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "3000",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),  # the most that glibc takes
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}
"""How what lies below Python waits for work and keeps memory, chosen for small networks.

Threads of OpenMP spin for some microseconds, then they sleep: waking one takes longer than a layer. On MNIST `cnn_fast`
trained for 4.6 s where threads sleep at once, for 2.6 s with 1,000 turns, 2.3 with 3,000 and 2.5 with 10,000; where two
such runs share two cores, for 8.4, 12, 14 and 32 s, because those that spin keep others from working (OpenMP's own
default: above 30 s, too). GOMP is GCC's OpenMP, which torch and scikit-learn bring on Linux; others follow
OMP_WAIT_POLICY.

glibc keeps up to 256 MiB of what was freed and takes blocks of up to 32 MiB from there. By itself it hands the tensors
of every step back to the system and is given them anew, page by page: 1.2 million page faults in 500 steps, 0.1 million
so, and a step of 128 images takes 6.7 ms in place of 9.4. What is kept counts as the plugin's memory: of a limit below
2 GiB it is an eighth.
"""


def run_child(
    start: Start,
    job: Job,
    limits: Limits,
    *,
    base: Path,
    log: Path,
    serve: Serve,
    on_event: Callable[[Event], None],
    cancelled: Callable[[], bool],
    enclosure: Enclosure | None = None,
) -> Outcome:
    """Run `job` in the child that `start` makes; see `Sandbox.run` for the rest.

    The calling thread must live until this returns, as it does by waiting.

    Parameters
    ----------
    start
        Is given the scratch folder, which holds ``job.json`` and the empty folder ``work``; gives the child, whose
        standard input and output are the channel and whose standard error is the log.
    base
        Where scratch folders are made.
    enclosure
        The namespaces that the child runs in, where it has some of its own.
    """
    with scratch(base) as folder:
        try:
            (folder / "job.json").write_text(encode(job), encoding="utf-8")
            (folder / "work").mkdir()
            child = start(folder)
        except OSError as error:
            raise not_set_up(error) from None
        pump = threading.Thread(target=_pump, args=(child.stderr, log, limits.output_limit_kib << 10), daemon=True)
        pace = said.Pace(time.monotonic())
        talk = _Talk(child, serve, _both(on_event, pace.hear))
        watch = Watch(child, limits, folder, enclosure, talk.pauses)
        talk.before_end = watch.look if enclosure else talk.before_end
        try:
            pump.start()
            talk.start()
            watch.until(talk, cancelled)
        finally:
            talk.is_over.set()
            watch.end_tree()
            watch.measure_scratch()
            pump.join(5.0)
            talk.join(5.0)
            _close(child)
        return _outcome(talk, watch, limits, pace)


class _Talk(threading.Thread):
    """The trusted half of the conversation, in a thread of its own: it may wait on a pipe for ever."""

    def __init__(self, child: Child, serve: Serve, on_event: Callable[[Event], None]) -> None:
        super().__init__(name="kit-talk", daemon=True)
        self.before_end: Callable[[], None] = lambda: None
        self._serve = serve
        self._channel = TrustedChannel(cast(BinaryIO, child.stdout), cast(BinaryIO, child.stdin), on_event=on_event)
        self.pauses, self.is_over = self._channel.pauses, self._channel.is_over
        self.ended = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._serve(self._channel)
        except PluginError as error:
            self.error = error
            self._end()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
        else:
            self._end()
        finally:
            self.ended.set()

    def _end(self) -> None:
        self.before_end()  # while there is still somebody to be measured
        with suppress(ChannelClosedError):  # it is gone already, with all its answers here
            self._channel.send(Frame.END)

    @property
    def is_done(self) -> bool:
        """Whether everything that was wanted has come."""
        return self.ended.is_set() and self.error is None


def settings(job: Job, limits: Limits, *, home: str, temporary: str) -> dict[str, str]:
    """The variables that every sandbox sets, with these two folders. Fixed, so that a repeat is a repeat."""
    n_cards = limits.devices.count(",") + 1
    fixed = {
        "HOME": home,
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        # CUDA counts the cards that it can open, from 0 on, whatever numbers their nodes have.
        "CUDA_VISIBLE_DEVICES": "" if limits.devices == "cpu" else ",".join(map(str, range(n_cards))),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }
    fixed |= dict.fromkeys(_THREADS, str(job.n_threads))
    fixed |= RUNTIME
    kept = min(int(RUNTIME["MALLOC_TRIM_THRESHOLD_"]), (limits.memory_limit_mib << 20) // 8)
    fixed["MALLOC_TRIM_THRESHOLD_"] = str(kept)
    if site.ENABLE_USER_SITE:  # packages that `pip install --user` put there are found by HOME
        fixed["PYTHONUSERBASE"] = site.getuserbase()
    return fixed


def environment(job: Job, limits: Limits, scratch: Path) -> dict[str, str]:
    """All that the child sees of ours, where it sees our files. No secret is inside."""
    home = str(scratch / "work")
    # As short as can be: sockets of multiprocessing lie in the scratch folder, and their paths may have about 100
    # characters.
    environment = settings(job, limits, home=home, temporary=str(scratch)) | {
        "PATH": os.defpath if os.name == "posix" else os.environ.get("PATH", ""),
        MARK: mark(scratch),
        PARENT: str(os.getpid()),
    }
    # Byte-code may be written: in a fresh environment torch's would be compiled anew by every run, for 10 seconds.
    environment |= {name: os.environ[name] for name in ("PYTHONDONTWRITEBYTECODE",) if name in os.environ}
    if sys.platform == "win32":
        environment |= {
            "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            "TEMP": str(scratch),
            "TMP": str(scratch),
            "USERPROFILE": home,
        }
    return environment


def _pump(stream: BinaryIO, log: Path, limit: int) -> None:
    """Copy the entrant's output to `log` up to `limit` bytes; read on and count what is more."""
    left, lost = limit, 0
    with log.open("wb", buffering=0) as kept:
        while chunk := stream.read1(1 << 16):  # type: ignore[attr-defined]
            try:
                kept.write(chunk[:left])
            except OSError:  # the disk is full: the results will say so, and the writer must not wait for us
                left = 0
            lost += max(0, len(chunk) - left)
            left = max(0, left - len(chunk))
        if lost:
            with suppress(OSError):
                kept.write(f"\n… {lost} more bytes were thrown away\n".encode())


def _close(child: Child) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with suppress(OSError):  # what was not yet written has nobody to read it
                stream.close()


def _outcome(talk: _Talk, watch: Watch, limits: Limits, pace: said.Pace) -> Outcome:
    usage = Usage(
        wall_s=round(watch.wall_s, 3),
        cpu_s=round(watch.use.cpu_s, 3),
        peak_memory_mib=round(watch.use.memory_mib, 1),
        bytes_written=watch.use.written,
        features_s=round(talk.pauses.seconds, 3),
    )
    error, code = talk.error, watch.exit_code
    if talk.is_done:
        return Outcome(status="done", usage=usage, exit=said.exit_in_words(code))
    if watch.stop.cancelled:
        return Outcome(status="killed", usage=usage, exit="cancelled")
    if watch.stop.limit:
        name = "threads" if watch.stop.of_threads else watch.stop.limit
        problem = said.limit_problem(name, limits, usage, pace)
        return Outcome(status="limit", limit=watch.stop.limit, problem=problem, usage=usage, exit="stopped by a limit")
    if isinstance(error, PluginError):
        problem = error.problem
    elif isinstance(error, ChannelNonsenseError):
        problem = said.nonsense(str(error))
    elif isinstance(error, ChannelClosedError):
        problem = said.exit_problem(code)
    else:
        raise error if error is not None else SandboxError(said.not_heard())
    return Outcome(status="failed", problem=problem, usage=usage, exit=said.exit_in_words(code))


def _both(first: Callable[[Event], None], second: Callable[[Event], None]) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        second(event)
        first(event)

    return hear
