"""What ``kit`` alone says to do next: a small machine over what was edited, checked, run and submitted.

It looks at the workspace, asks the class where one has joined one, and changes nothing. It is quick (no NumPy unless
two scores are compared), and a broken plugin or a locked board is no reason to fail: the steps that are unknown then
count as not taken.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from kit.cli.place import class_board
from kit.errors import KitError, PluginError, RefusedError, UsageError
from kit.plugin import built_in
from kit.plugin.archive import pack
from kit.plugin.manager import OURS, harness
from kit.plugin.manifest import examine, is_installed
from kit.workspace import STARTER, Workspace
from leaderboard.class_step import Step, joined_class, step_in_class, step_of_stranger
from leaderboard.host_step import PATIENCE_S, host_step

if TYPE_CHECKING:
    from leaderboard.runs import LocalRun
    from leaderboard.store.base import Submission

_CLONED_WITHIN_S = 60.0
_GAP = " " * 6
_WITHOUT_TORCH = "logistic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The plugin of the workspace that is worked on.

    Parameters
    ----------
    name
        What it is called.
    sha256
        Of its packed files; None where they can't be packed.
    is_shipped
        It is as it came with the kit.
    """

    name: str
    path: Path
    sha256: str | None
    is_shipped: bool


class Submitted(Protocol):
    """Something that was submitted: to a board on this computer, or to a class."""

    @property
    def competition(self) -> str:
        """To what."""

    @property
    def blob_sha256(self) -> str:
        """Of its bytes."""

    @property
    def valid_score(self) -> float | None:
        """On the validation rows; None where there is none."""


S = TypeVar("S", bound=Submitted)


class Goal(Protocol[S]):
    """Where submissions go, and what became of them: `OwnBoard`, or `leaderboard.class_step.JoinedClass`."""

    @property
    def submissions(self) -> Sequence[S]:
        """What was submitted, oldest first."""

    def ranking(self, submission: S) -> str:
        """The command that shows a board with `submission` on it."""

    def is_there(self, submission: S) -> bool:
        """Whether it needs not be sent again."""

    def is_better(self, competition: str, new: float, old: float) -> bool:
        """Whether a score is better than another one."""

    def flag(self, workspace: Workspace, plugin: Path | None) -> str:
        """``-c NAME`` where a command for `plugin`, or for a new one, has to say which competition is meant."""


def next_step(workspace: Workspace) -> str | None:
    """The next command and, behind six blanks, what for; None where that can't be told."""
    try:
        command, words = host_step(workspace) or _step_in_class(workspace) or _step_alone(workspace)
    except (KitError, OSError):
        return None
    return f"kit {command}{_GAP}{words}"


def _step_in_class(workspace: Workspace) -> Step | None:
    """What whoever has joined a class does next; None where one is in none."""
    if (joined := class_board()) is None:
        return None
    try:
        seen = joined_class(joined)
    except RefusedError as error:
        return step_of_stranger(error)
    if (step := step_in_class(workspace, seen)) is not None:
        return step
    command, words = _step(workspace, _edited_last(workspace), seen)
    return command, "; ".join(filter(None, [words, seen.words()]))


def _step_alone(workspace: Workspace) -> Step:
    board = OwnBoard(workspace=workspace, submissions=tuple(_submissions(workspace)))
    if (name := _taking_files(workspace)) is not None:
        return _after_last(board) or (f"data {name}", "what there is to answer, in a file")
    return _step(workspace, _edited_last(workspace), board)


def _after_last(goal: Goal[S]) -> Step | None:
    """What follows whatever was submitted last; None where nothing was."""
    if not goal.submissions:
        return None
    return goal.ranking(goal.submissions[-1]), "who is where; then make yours better"


def _step(workspace: Workspace, plugin: Edited | None, goal: Goal[S]) -> Step:
    if plugin is None or (plugin.is_shipped and not _has_packages(plugin)):
        return _after_last(goal) or _new(goal.flag(workspace, None))
    flag = goal.flag(workspace, plugin.path)
    if plugin.is_shipped:
        place = f"plugins/{plugin.name}" if Path.cwd() == workspace.root else plugin.name
        return _after_last(goal) or (f"submit {place}{flag}", "send the starter, see your rank; then edit it")
    of_these_bytes = [s for s in goal.submissions if s.blob_sha256 == plugin.sha256]
    if any(map(goal.is_there, of_these_bytes)):
        return goal.ranking(of_these_bytes[-1]), f"who is where; then edit {plugin.name} and check it"
    run = _latest_run(workspace, plugin.sha256)
    if run is not None:
        return _after_run(f"{plugin.name}{flag}", run, goal)
    if plugin.sha256 is not None and _is_checked(workspace, plugin.sha256):
        return f"run {plugin.name}{flag}", "train it and score it here"
    return f"check {plugin.name}{flag}", "will it be accepted?"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBoard:
    """The board of the workspace, as a goal."""

    workspace: Workspace
    submissions: tuple[Submission, ...]

    def ranking(self, submission: Submission) -> str:
        """After the reveal only the public board has what is submitted then."""
        return _ranking(self.workspace, submission)

    def is_there(self, submission: Submission) -> bool:
        """What waits here may have been interrupted."""
        return submission.state == "scored"

    def is_better(self, competition: str, new: float, old: float) -> bool:
        """By the metric of the competition."""
        return new > old if self.workspace.metric(competition).greater_is_better else new < old

    def flag(self, workspace: Workspace, plugin: Path | None) -> str:
        """Where neither the plugin nor the settings say it."""
        manifest = examine(plugin)[0] if plugin is not None else None
        if manifest is not None and manifest.competition:
            return ""
        return _for_any(workspace, manifest.tasks if manifest else ())


def _taking_files(workspace: Workspace) -> str | None:
    """The competition that is meant where none is named, if it takes files only."""
    with suppress(UsageError, OSError, ValueError, AttributeError):
        name, _ = workspace.choose_competition(None)
        file = workspace.competitions[name].path / "competition.toml"  # read as it is: to check it leaves a note behind
        return name if tomllib.loads(file.read_text(encoding="utf-8"))["data"].get("source") == "files" else None
    return None


def _new(flag: str) -> Step:
    source = "" if is_installed("torch") else f" --from {_WITHOUT_TORCH}"
    return f"new my_net{source}{flag}", "start a plugin of your own"


def _has_packages(plugin: Edited) -> bool:
    manifest, _ = examine(plugin.path)
    return manifest is None or all(is_installed(imported.module) for imported in manifest.imports)


def _after_run(named: str, run: LocalRun, goal: Goal[S]) -> Step:
    if run.state == "failed":
        return f"runs {run.label}", "what stopped it; mend that, then check it again"
    if run.valid_score is None:
        return f"run {named}", "once more: the last one was interrupted"
    sent = [s.valid_score for s in goal.submissions if s.competition == run.competition and s.valid_score is not None]
    if sent and not goal.is_better(run.competition, run.valid_score, sent[-1]):
        return f"run {named}", "no better than what you sent: change one thing, then run it again"
    if run.changed:
        changed = ", ".join(f"{name}={value}" for name, value in run.changed.items())
        return f"submit {named}", f"first write {changed} into the file: a submission uses its defaults"
    return f"submit {named}", "see where that puts you"


def _edited_last(workspace: Workspace) -> Edited | None:
    """The entrant's plugin that was edited last; the starter where there is none yet."""
    own = built_in.models_in(workspace.root / "plugins")
    shipped = {r.name: r.value for r in harness().registrations("register_models") if r.origin == OURS}
    for name, path in sorted(own.items(), key=lambda item: _edited_at(item[1]), reverse=True):
        if not _is_shipped(workspace, path, shipped.get(name)):
            return Edited(name=name, path=path, sha256=_sha256(path), is_shipped=False)
    if STARTER in own:
        return Edited(name=STARTER, path=own[STARTER], sha256=_sha256(own[STARTER]), is_shipped=True)
    return None


def _is_shipped(workspace: Workspace, path: Path, ours: Path | None) -> bool:
    if ours is None:
        return False
    if ours.resolve() != path.resolve():
        return _sha256(path) == _sha256(ours)
    # In a clone ours and theirs are one file: it is theirs once it was edited after the clone was made.
    return _edited_at(path) <= (workspace.root / "pyproject.toml").stat().st_mtime + _CLONED_WITHIN_S


def _edited_at(path: Path) -> float:
    """When the plugin's modules were last written; not its data, of which there may be many files."""
    times = [0.0]
    for file in path.glob("*.py") if path.is_dir() else (path,):
        with suppress(OSError):
            times.append(file.stat().st_mtime)
    return max(times)


def _sha256(path: Path) -> str | None:
    try:
        return sha256(pack(path)).hexdigest()
    except (PluginError, OSError):
        return None


def _submissions(workspace: Workspace) -> list[Submission]:
    """Everything that was submitted here, oldest first."""
    state = workspace.found_state
    if state is None or not (state / "board.sqlite").exists():
        return []
    from leaderboard.store.sqlite import SqliteStore

    store = SqliteStore(state / "board.sqlite", timeout_s=PATIENCE_S)
    try:
        found = [row for name in workspace.competitions for row in store.submissions(name)]
    except KitError:
        return []
    finally:
        store.close()
    return sorted(found, key=lambda row: row.id)


def _ranking(workspace: Workspace, submission: Submission) -> str:
    """The command that shows a board with `submission` on it: after the reveal only the public one has it."""
    from leaderboard.board import REVEAL
    from leaderboard.store.sqlite import SqliteStore

    store = SqliteStore(workspace.root / ".kit" / "board.sqlite", timeout_s=PATIENCE_S)
    try:
        opened = store.events(action=REVEAL, about=submission.competition)
    finally:
        store.close()
    public = " --public" if opened and submission.received_at >= opened[0].at else ""
    return f"leaderboard {submission.competition}{public}"


def _latest_run(workspace: Workspace, digest: str | None) -> LocalRun | None:
    state = workspace.found_state
    if digest is None or state is None or not (state / "runs").is_dir():
        return None
    from leaderboard.runs import Runs

    return Runs.of(workspace).latest_of(digest)


def _is_checked(workspace: Workspace, digest: str) -> bool:
    """Whether ``kit check`` found these bytes to be as they should be."""
    state = workspace.found_state
    return state is not None and (state / "checks" / f"{digest}.json").is_file()


def _for_any(workspace: Workspace, tasks: tuple[str, ...] = ()) -> str:
    names = list(workspace.competitions)
    if workspace.config.competition or len(names) < 2:
        return ""
    fitting = [name for name in names if not tasks or workspace.competition(name).kind in tasks]
    first = "digits" if "digits" in fitting else next(iter(fitting), "")
    return f" -c {first}" if first else ""
