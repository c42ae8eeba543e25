"""Episodes that agents have played, to be looked at: valid ones of runs on one's own, public ones of submissions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kit.environments.replay import Episode, Kind, Replay, play_again, unpack
from kit.environments.scenes import Scene, done, scene
from kit.errors import Problem, StorageError, UsageError
from kit.notation import score
from leaderboard.drawing.film import Film

if TYPE_CHECKING:
    from leaderboard.board import Board
    from leaderboard.runs import Runs

_NOTHING = "kit run gym_agent -c cartpole   makes one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A replay, and whose it is.

    Parameters
    ----------
    label, name, competition
        ``r6`` or ``s7``, how the entrant called the plugin, and what it was for.
    part
        Which episodes it is of.
    """

    label: str
    name: str
    competition: str
    part: Literal["valid", "public"]
    replay: Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One episode of it, played again."""

    kept: Kept
    episode: Episode
    scene: Scene

    @property
    def film(self) -> Film:
        """It as a film."""
        return Film(
            name=f"{self.kept.label} {self.kept.name}",
            scene=self.scene,
            did=self.did,
            rewards=self.episode.rewards.tolist(),
            written=[score(total, "value") for total in self.totals],
        )

    @property
    def did(self) -> list[str]:
        """What was done in each step, in a word."""
        environment = self.kept.replay.environment
        return [done(environment, self.scene.actions, action) for action in self.episode.actions]

    @property
    def totals(self) -> list[float]:
        """The return before the first step, and after each."""
        totals = [0.0]
        for reward in self.episode.rewards.tolist():
            totals.append(totals[-1] + reward)
        return totals


def newest(board: Board, runs: Runs, competitions: Iterable[str]) -> Kept:
    """The replay of the newest run or submission that has one.

    Raises
    ------
    UsageError
        E017 if there is none.
    """
    labels = [int(label[1:]) for label in runs.labels()]
    submissions = {row.id for name in competitions for row in board.submissions(name) if row.kind == "plugin"}
    for number in sorted({*labels, *submissions}, reverse=True):
        try:
            return kept(board, runs, f"{'s' if number in submissions else 'r'}{number}")
        except (UsageError, StorageError):  # it has none, or can't be read: an older one may
            continue
    raise UsageError(Problem(code="E017", message="there is no replay yet", fix=_NOTHING))


def kept(board: Board, runs: Runs, label: str) -> Kept:
    """The replay of one run or submission.

    Raises
    ------
    UsageError
        E001 if there is none of this label, E017 if it has no replay, or one that is not shown.
    StorageError
        E704 if it can't be read.
    """
    data: bytes | None
    if label.startswith("r"):
        run = runs.get(label)
        data, name, competition, part = runs.replay(run), run.name, run.competition, "valid"
    else:
        row = board.examination.over(label)
        name, competition, part = row.name, row.competition, "public"
        if not board.tells_all(competition):
            raise UsageError(_withheld(label))
        digest = board.kept(row.id).replay_sha256
        data = board.blobs.get(digest) if digest else None
    if data is None:
        raise UsageError(_none(label))
    try:
        replay = unpack(data)
    except ValueError:
        raise StorageError(Problem(code="E704", message=f"the replay of {label} is damaged")) from None
    return Kept(
        label=label, name=name, competition=competition, part="valid" if part == "valid" else "public", replay=replay
    )


def shown(kept: Kept, kind: Kind) -> Shown:
    """One of its episodes, played again.

    Raises
    ------
    UsageError
        E017 if it can't be: the environment is another one here.
    """
    return _shown(kept, kept.replay.episode(kind))


def beside(other: Kept, first: Shown) -> Shown:
    """The episode of another agent that began as `first` did.

    Raises
    ------
    UsageError
        E017 if there is none, or it can't be played again.
    """
    same = other.replay.environment == first.kept.replay.environment
    episodes = [one for one in other.replay.episodes if same and one.seed == first.episode.seed]
    if not episodes:
        raise UsageError(_nothing_shared(first.kept, other, first.episode.kind))
    return _shown(other, episodes[0])


def _shown(kept: Kept, episode: Episode) -> Shown:
    environment = kept.replay.environment
    try:
        seen = play_again(environment, episode)
    except ModuleNotFoundError as error:
        raise UsageError(_missing(kept.label, environment.id, error.name or "gymnasium")) from None
    if seen is None:
        raise UsageError(_another_course(kept.label, environment.id))
    return Shown(kept=kept, episode=episode, scene=scene(environment, episode, seen))


def _none(label: str) -> Problem:
    why = "Only agents play episodes, and what failed before its episodes were over leaves none."
    return Problem(code="E017", message=f"there is no replay of {label}", why=why, fix=_NOTHING)


def _withheld(label: str) -> Problem:
    why = "The host tells less than the whole score, and an episode would tell more."
    fix = "kit run PATH   keeps a replay of your own validation episodes"
    return Problem(code="E017", message=f"the episodes of {label} are not shown", why=why, fix=fix)


def _another_course(label: str, name: str) -> Problem:
    return Problem(
        code="E017",
        message=f"{name} takes another course here than when {label} was played",
        why="A replay holds what the agent did, and this is another version of the environment.",
        fix="kit run PATH   plays it anew",
    )


def _missing(label: str, name: str, package: str) -> Problem:
    from kit.plugin.check import install_command

    message = f"the replay of {label} needs a package that is not installed here: {package}"
    why = f"{name} is played again to be drawn."
    return Problem(code="E017", message=message, why=why, fix=f"install it here:  {install_command(package)}")


def _nothing_shared(one: Kept, other: Kept, kind: Kind) -> Problem:
    message = f"{one.label} and {other.label} have no such episode in common"
    if one.replay.environment != other.replay.environment:
        why = f"They play in different environments: {one.competition} and {other.competition}."
    elif one.part != other.part:
        why = "Runs on your own play the validation episodes, submissions the public ones."
    else:
        why = f"The {kind} episode of one is seldom the {kind} one of the other."
    fix = "two runs or two submissions to the same competition, with   --episode shared"
    return Problem(code="E017", message=message, why=why, fix=fix)
