"""Jobs on this computer: each in a thread that waits for its sandbox."""

from __future__ import annotations

import atexit
import io
import json
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kit.dataset import Array
from kit.errors import KitError, Problem, SandboxError
from kit.job import Checks, Job, Outcome, Progress, Resources, decode, encode
from kit.sandbox.base import Event, Sandbox
from kit.sandbox.channel import Channel, TrustedChannel
from kit.sandbox.predict import Conversation, Questions

if TYPE_CHECKING:
    from kit.sandbox.agent import AgentConversation
    from kit.sandbox.rehearsal import Rehearsal

MAX_LOSSES = 200


class LocalExecutor:
    """Runs jobs in `sandbox` on this computer, as many at once as are started.

    Parameters
    ----------
    sandbox
        Where each job runs.
    workers
        Processor cores to give away; all of them by default.
    """

    name = "local"

    def __init__(self, sandbox: Sandbox, *, workers: int | None = None) -> None:
        self._sandbox, self._workers = sandbox, workers
        self._running: weakref.WeakSet[LocalRunning] = weakref.WeakSet()
        atexit.register(_kill_all, self._running)

    def capacity(self) -> Resources:
        """Cores and memory of this computer."""
        import psutil

        memory_mib = psutil.virtual_memory().total >> 20
        return Resources(cpus=self._workers or os.cpu_count() or 1, memory_mib=memory_mib)

    def start(self, job_dir: Path) -> LocalRunning:
        """Start the job that `kit.run.stage` wrote into `job_dir`."""
        job = decode(Job, (job_dir / "job.json").read_bytes())
        questions = decode(Questions, (job_dir / "serve.json").read_bytes())
        script = job_dir / "rehearsal.json"
        running = LocalRunning(self._sandbox, job, questions, job_dir / "out", script if script.exists() else None)
        # The seeds of an agent's episodes and the key of the order are in them: not every sandbox hides the folder.
        for read in (job_dir / "serve.json", script):
            read.unlink(missing_ok=True)
        self._running.add(running)
        running.start()
        return running


class LocalRunning(threading.Thread):
    """One job. The thread lives until the child is dead: the kernel's parent-death signal follows the thread."""

    def __init__(self, sandbox: Sandbox, job: Job, questions: Questions, out: Path, script: Path | None = None) -> None:
        super().__init__(name=f"kit-run {job.name}", daemon=True)
        self._sandbox, self._job, self._out = sandbox, job, out
        self._conversation = _conversation(questions, script, self._write_checks)
        self._plays_test = questions.episodes is not None and bool(questions.episodes.test)
        self._cancelled = threading.Event()
        self._events: list[Event] = []
        self._progress = Progress()
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None

    def poll(self) -> Outcome | None:
        """How it ended, or None while it runs. Raises `SandboxError` if the sandbox could not be set up."""
        if self.is_alive():
            return None
        if self._error is not None:
            raise self._error
        return self._outcome

    def progress(self) -> Progress:
        """Where it is."""
        phase = self._conversation.phase
        return replace(self._progress, phase=phase if phase != "starting" else self._progress.phase)

    def kill(self) -> None:
        """End it now; returns when nothing of it is alive."""
        self._cancelled.set()
        self.join()

    def run(self) -> None:
        """Run the job in the sandbox and write what it leaves; `start` calls this in the new thread."""
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            outcome = self._sandbox.run(
                self._job,
                self._job.limits,
                log=self._out / "log.txt",
                serve=self._serve,
                on_event=self._hear,
                cancelled=self._cancelled.is_set,
            )
            talk = self._conversation
            usage = replace(outcome.usage, fit_s=talk.fit_s, predict_s=talk.predict_s)
            self._outcome = replace(outcome, usage=usage, sandbox=self._sandbox.name)
            self._write(self._outcome)
        except KitError as error:
            self._error = error
        except OSError as error:
            message = f"the results of a run can't be written: {error.strerror or error}"
            self._error = SandboxError(Problem(code="E801", message=message, where=str(error.filename or self._out)))
        except BaseException as error:  # noqa: BLE001 - a bug of ours is raised where somebody waits
            self._error = error

    def _serve(self, channel: Channel) -> None:
        if self._job.weights and isinstance(channel, TrustedChannel):
            from kit.executor.features import Features  # most runs have none

            channel.features = Features(self._job, on_done=self._compute)
        self._conversation(channel)

    def _compute(self, done: int, of: int) -> None:
        self._progress = replace(self._progress, features=(done, of) if done < of else None)

    def _hear(self, event: Event) -> None:
        if self._plays_test and self._conversation.phase in ("predicting", "ending"):
            return  # an agent sees how its episodes end, the private ones too: what it says by then is not passed on
        self._progress = fold(self._progress, event)
        if event:
            self._events.append(event)

    def _write_checks(self) -> None:
        # Another file each time, so that who looks while the job runs sees all of one or nothing.
        made = self._out / "checks.tmp"
        made.write_text(encode(Checks(checks=tuple(self._conversation.checks))), encoding="utf-8")
        made.replace(self._out / "checks.json")

    def _write(self, outcome: Outcome) -> None:
        talk, out = self._conversation, self._out
        parts = {"answers": talk.answers, "valid": talk.valid_answers, "train": talk.train_answers}
        for name, answers in parts.items():
            if answers is not None:
                (out / f"{name}.npy").write_bytes(_npy(answers))
        for file, data in (("model.bin", talk.model), ("replay.npz", talk.replay)):
            if data:
                (out / file).write_bytes(data)
        lines = "".join(f"{json.dumps(event)}\n" for event in self._events)
        (out / "events.jsonl").write_text(lines, encoding="utf-8")
        # The last, under another name first: where there is an outcome, everything is there.
        (out / "outcome.tmp").write_text(encode(outcome), encoding="utf-8")
        (out / "outcome.tmp").replace(out / "outcome.json")


def _conversation(
    questions: Questions, script: Path | None, on_check: Callable[[], None]
) -> Conversation | AgentConversation | Rehearsal:
    if script is None and questions.episodes is None:
        return Conversation(questions, on_check=on_check)
    if script is None:
        from kit.sandbox.agent import AgentConversation

        assert questions.episodes is not None
        return AgentConversation(questions.episodes, on_check=on_check)
    from kit.sandbox.rehearsal import Rehearsal, Script  # a submission needs nothing of it

    return Rehearsal(questions, decode(Script, script.read_bytes()), on_check=on_check)


def fold(progress: Progress, event: Event) -> Progress:
    """`progress` after one line of ``run.log``."""
    epoch, epochs = event.get("epoch"), event.get("epochs")
    loss, accuracy, gained = event.get("loss"), event.get("valid_accuracy"), event.get("mean_return")
    return replace(
        progress,
        phase="training",
        epoch=_count(epoch, progress.epoch),
        epochs=_count(epochs, progress.epochs),
        loss=progress.loss if loss is None else (*progress.loss, float(loss))[-MAX_LOSSES:],
        valid_accuracy=progress.valid_accuracy if accuracy is None else float(accuracy),
        returns=progress.returns if gained is None else (*progress.returns, float(gained))[-MAX_LOSSES:],
    )


def _count(value: float | None, before: int | None) -> int | None:
    return int(value) if value is not None and 0 <= value < 1e9 else before


def _npy(array: Array) -> bytes:
    packed = io.BytesIO()
    np.lib.format.write_array(packed, array, allow_pickle=False)
    return packed.getvalue()


def _kill_all(running: weakref.WeakSet[LocalRunning]) -> None:
    """A process that ends takes its jobs with it, and their scratch folders."""
    for job in list(running):
        if job.is_alive():
            job.kill()
