"""The board of a workspace: its use cases, and the only door to private solutions and private scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import tzinfo
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from kit.errors import (
    KitError,
    Problem,
    RefusedError,
)
from kit.executor.base import Executor
from kit.job import Checks, Resources, decode
from leaderboard.classroom import Classroom
from leaderboard.evidence import Evidence
from leaderboard.examination import Examination
from leaderboard.intake import CSV, TAR, Intake, Setting
from leaderboard.jobs import Jobs
from leaderboard.queue import OnProgress
from leaderboard.ranking import Ranking
from leaderboard.receipt import Receipt, failure, receipt_of
from leaderboard.rules import Tries, tries, tries_on
from leaderboard.secret import read_secret
from leaderboard.sender import LOCAL, Sender
from leaderboard.standings import Standing
from leaderboard.store.base import (
    Event,
    Kept,
    NewSubmission,
    Part,
    Scored,
    Submission,
)
from leaderboard.store.blobs import Blobs
from leaderboard.store.sqlite import SqliteStore
from leaderboard.store.sqlite_people import SqlitePeople
from leaderboard.team import own_row
from leaderboard.views import ANYBODY, HOST, Viewer, merged, unfrozen

if TYPE_CHECKING:
    from kit.submission import Form
    from kit.workspace import Workspace
    from leaderboard.statistics.selection import ShakeUp

REVEAL = "reveal"


class Board:
    """The board of one workspace. Making one opens nothing; looking at an empty one makes nothing.

    Parameters
    ----------
    state
        Folder of everything that is kept: ``board.sqlite``, ``objects/``, ``workers/``, ``attempts/``, ``secret``; and
        ``replicates/``, which can be made again.
    setting
        Name of a competition -> what there is to know of it.
    executor
        Gives the place that runs plugins; asked once, when there is one to run.
    zone
        Time zone of the course; None for this computer's.
    """

    def __init__(
        self,
        state: Path,
        *,
        setting: Callable[[str], Setting],
        executor: Callable[[], Executor],
        zone: tzinfo | None = None,
    ) -> None:
        self._state, self._zone = state, zone
        self._setting = setting
        self._settings: dict[str, Setting] = {}
        self.store = SqliteStore(state / "board.sqlite")
        self.blobs = Blobs(state / "objects", self.store)
        self._intake = Intake(
            self.store,
            self.blobs,
            attempts=state / "attempts",
            setting=self._known,
            secret=lambda: read_secret(state / "secret"),
        )
        self._jobs = Jobs(self.store, self._intake, state, make_executor=executor)
        self.examination = Examination(
            state,
            self.store,
            self.blobs,
            self._intake,
            executor=lambda: self._jobs.executor,
            setting=self._known,
            ranking=lambda name: self._ranking(name, HOST, of_class=None),
        )
        self.people = SqlitePeople(self.store.database)
        self.classroom = Classroom(
            self.store, self.people, zone=zone, competition=lambda name: self._known(name).competition
        )

    @classmethod
    def of(cls, workspace: Workspace) -> Board:
        """The board of a workspace of the kit."""

        def setting(name: str) -> Setting:
            competition = workspace.competition(name)
            return Setting(
                competition=competition,
                metric=workspace.metric(name),
                prepare=lambda: workspace.prepared(name),
                find=lambda: workspace.found_prepared(name),
            )

        zone = workspace.config.zone
        return cls(workspace.state, setting=setting, executor=workspace.executor, zone=ZoneInfo(zone) if zone else None)

    def close(self) -> None:
        """Let go of the database and of the worker's lock."""
        self._jobs.close()
        self.store.close()

    def submit_csv(
        self,
        competition: str,
        data: bytes,
        *,
        name: str,
        team: str | None = None,
        others: Callable[[], Iterable[Form]] | None = None,
        on_progress: OnProgress | None = None,
        sender: Sender = LOCAL,
        does_leftovers: bool = True,
    ) -> Receipt:
        """Read, keep and score a file of predictions.

        Parameters
        ----------
        competition
            Which one it is for.
        data
            The file.
        name
            How the entrant calls it: ``preds.csv``.
        team
            Whose row it is; by default one of its own.
        others
            The forms of other competitions, to recognise a file that is for one of them.
        on_progress
            Told of jobs that a killed command left behind, and that are finished first.
        sender
            What is known of who sent it, on a class board.
        does_leftovers
            Whether these jobs are finished first; a class board has workers for them.

        Raises
        ------
        ParticipantVisibleError
            E301, with every problem of the file: it was refused, and nothing of it is kept.
        RefusedError
            E401, E403, E404 on a class board: not now.
        MetricError, StorageError
            No fault of the file; no try was used.
        """
        team = team or own_row(name)
        left = self.leftovers(on_progress=on_progress) if does_leftovers else ()
        self._require_admission(competition, data, team, sender)
        notes = self._intake.read(competition, data, name=name, team=team, others=others)
        new = self._new(competition, data, CSV, name=name, team=team, kind="csv")
        return self._hand_in(sender.of(new), (*left, *notes), on_progress)

    def submit_plugin(
        self,
        competition: str,
        archive: bytes,
        *,
        name: str,
        team: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Receipt:
        """Keep, run and score a plugin.

        Parameters
        ----------
        competition
            Which one it is for.
        archive
            The plugin as `kit.plugin.archive.pack` gives it.
        name
            How the entrant calls it: ``plugins/my_cnn``.
        team
            Whose row it is; by default one of its own.
        on_progress
            Told how far the run is.

        Raises
        ------
        PluginError
            E2xx: the plugin failed. Its bytes and its log are kept, and no try was used.
        RefusedError
            E401, E403, E404 on a class board: not now.
        MetricError, SandboxError, StorageError
            No fault of the plugin; no try was used.
        """
        team = team or own_row(name)
        left = self.leftovers(on_progress=on_progress)
        self._require_admission(competition, archive, team, LOCAL)
        new = self._new(competition, archive, TAR, name=name, team=team, kind="plugin")
        return self._hand_in(new, left, on_progress)

    def same_plugin(self, competition: str, archive: bytes, *, name: str, team: str) -> Submission | None:
        """The team's submission of the very same plugin that waits, runs or was scored: it is not run again."""
        new = self._new(competition, archive, TAR, name=name, team=team, kind="plugin")
        return self.store.same_bytes(new, known=self._intake.yardstick(competition))

    def take_in_plugin(
        self,
        competition: str,
        archive: bytes,
        *,
        name: str,
        team: str,
        sender: Sender = LOCAL,
    ) -> Submission:
        """Keep a plugin and queue its run, for whoever works next. Its source has been looked at before.

        Raises
        ------
        RefusedError
            E4xx: not now.
        StorageError
            Nothing was taken in.
        """
        self._require_admission(competition, archive, team, sender)
        new = sender.of(self._new(competition, archive, TAR, name=name, team=team, kind="plugin"))
        return self.store.add(new, admit=self.classroom.admission(competition, team))

    def work(self, *, only_files: bool = False, on_progress: OnProgress | None = None) -> Submission | None:
        """Do the next job of the queue, as `leaderboard.jobs.Jobs.work`."""
        return self._jobs.work(only_files=only_files, on_progress=on_progress)

    def attend(self) -> None:
        """Say that this process works on the queue."""
        self._jobs.attend()

    def tidy(self) -> None:
        """Put back the jobs of workers that died here, and remove what they have left."""
        self._jobs.tidy()

    def receipt(self, submission_id: int) -> Receipt:
        """What a team is told of a submission that is over, as it stands now. Raises as `submit_csv` where it failed.

        Raises
        ------
        KeyError
            If there is none of this number.
        """
        return self._receipt(self.store.submission(submission_id))

    def told(self, competition: str, *, viewer: Viewer = ANYBODY) -> tuple[Scored, ...]:
        """Public scores as a viewer may see them, oldest first; on a class board those of the class."""
        return self._ranking(competition, viewer).told.rows

    def leftovers(self, *, on_progress: OnProgress | None = None) -> tuple[str, ...]:
        """Finish what killed commands have left; what became of each job in one sentence."""
        return self._jobs.leftovers(on_progress)

    def standings(
        self, competition: str, part: Part = "public", *, has_ties: bool = True, viewer: Viewer = ANYBODY
    ) -> tuple[Standing, ...]:
        """Who stands where, by the metric and the solution of the competition as it is now.

        With `has_ties` the rows have the ranks that are possible; in public it is quicker without. On a class board
        the rows of the class are ranked, those of the host stand between them for comparison; while it is frozen, a
        viewer sees what there was before, and all of the own team. How many rows are shown to whom is decided where
        they are shown: `leaderboard.views.shown_to`.

        Raises
        ------
        RefusedError
            E402 if the private part has not been revealed. It stands still from then on: a later submission is
            ranked in public only.
        """
        rankings = [self._ranking(competition, viewer)]
        if self.classroom.is_class:
            rankings.append(self._ranking(competition, viewer, of_class=False))
        if part == "public":
            parts = [ranking.public(has_ties=has_ties) for ranking in rankings]
        else:
            private, until = self._private_scores(competition), self.revealed_at(competition) or 0.0
            parts = [ranking.private(private, until=until) for ranking in rankings]
        if len(parts) == 1:
            return parts[0]
        return merged(*parts, greater_is_better=self._known(competition).metric.greater_is_better)

    def shake_up(self, competition: str) -> ShakeUp | None:
        """How far teams moved from the public to the private board, and how far luck alone would have moved them.

        Raises
        ------
        RefusedError
            E402 if the private part has not been revealed.
        """
        private, ranking = self._private_scores(competition), self._ranking(competition)
        return ranking.shake_up(ranking.private(private, until=self.revealed_at(competition) or 0.0), private)

    def _private_scores(self, competition: str) -> tuple[Scored, ...]:
        if not self.is_revealed(competition):
            raise RefusedError(_hidden(competition))
        return self.store.private_scores(competition, self._intake.yardstick_of_board(competition))

    def _ranking(self, competition: str, viewer: Viewer = ANYBODY, *, of_class: bool | None = True) -> Ranking:
        """The ranking that a viewer may see; on a class board that of the class, of all others, or (None) of both."""
        setting = self._known(competition)

        @lru_cache
        def evidence(part: Part) -> Evidence:
            folder = self._state / "replicates"
            return Evidence(self.blobs, folder, competition=competition, part=part, metric=setting.metric)

        exact = self.store.public_scores(competition, self._intake.yardstick_of_board(competition))
        if self.classroom.is_class:
            handles = self.classroom.handles() | ({viewer.team} if of_class else frozenset())
            exact = tuple(row for row in exact if of_class is None or (row.team in handles) == of_class)
            if not self.is_revealed(competition):
                freezes = self.classroom.schedule(competition).freezes
                exact = unfrozen(exact, viewer, freezes=freezes, now=self.store.clock())
        return Ranking(
            exact,
            competition=setting.competition,
            metric=setting.metric,
            evidence=evidence,
            answers=lambda number: self.store.kept(number).predictions_sha256,
        )

    def n_late(self, competition: str) -> int:
        """How many scored submissions came after the reveal: they are ranked in public only."""
        until = self.revealed_at(competition)
        if until is None:
            return 0
        public = self.store.public_scores(competition, self._intake.yardstick_of_board(competition))
        return sum(row.received_at >= until for row in public)

    def n_outdated(self, competition: str) -> int:
        """How many scored submissions do not stand on the board: the competition has changed since.

        Their scores are kept. Handing in the same bytes again scores them anew.
        """
        shown = self.store.public_scores(competition, self._intake.yardstick_of_board(competition))
        return self.store.n_scored(competition) - len(shown)

    def reveal(self, competition: str, *, actor: str = "host") -> Event:
        """Open the private ranking, for good. Doing it again changes nothing."""
        self._known(competition)
        self.store.record(actor=actor, action=REVEAL, about=competition, once=True)
        return self.store.events(action=REVEAL, about=competition)[0]

    def is_revealed(self, competition: str) -> bool:
        """Whether the private ranking is open."""
        return self.revealed_at(competition) is not None

    def revealed_at(self, competition: str) -> float | None:
        """When the private ranking was opened, unix seconds; None where it is hidden.

        On a class board it opens by itself at the time that was set: whoever looks first writes that down.
        """
        events = self.store.events(action=REVEAL, about=competition)
        if not events and self.classroom.is_class:
            at = self.classroom.schedule(competition).reveals
            if at is not None and at <= self.store.clock():
                detail = json.dumps({"scheduled": at})
                self.store.record(actor="schedule", action=REVEAL, about=competition, detail=detail, once=True)
                events = self.store.events(action=REVEAL, about=competition)
        if not events:
            return None
        return float(json.loads(events[0].detail).get("scheduled", events[0].at))

    def submissions(self, competition: str, *, team: str | None = None) -> tuple[Submission, ...]:
        """All submissions to a competition, oldest first."""
        return self.store.submissions(competition, team=team)

    def kept(self, submission_id: int) -> Kept:
        """What a submission left behind, as names of blobs."""
        return self.store.kept(submission_id)

    def tells_all(self, competition: str) -> bool:
        """Whether a public score may be known in full, and so what it is made of."""
        return self._known(competition).competition.leaderboard.feedback == "full"

    def tells_output(self, competition: str) -> bool:
        """Whether a team may be shown what its plugin printed: an agent has seen how the private episodes end."""
        return self._known(competition).competition.kind != "agent" or self.is_revealed(competition)

    def tries(self, competition: str, team: str) -> Tries:
        """What a team has used and has left."""
        rows, now = self.store.submissions(competition, team=team), self.store.clock()
        if self.classroom.is_class:
            return tries_on(rows, self.classroom.schedule(competition).terms(team), now=now, zone=self._zone)
        received = [row.received_at for row in rows if row.state == "scored"]
        return tries(received, self._known(competition).competition.limits, now=now, zone=self._zone)

    def _require_admission(self, competition: str, data: bytes, team: str, sender: Sender) -> None:
        """Refuse what would be refused when it is taken in, before anything of it is kept.

        The same bytes again are let through: they are answered with what they were answered with before.
        """
        admit = self.classroom.admission(competition, team)
        if admit is None:
            return
        rows = self.store.submissions(competition, team=team)
        if sha256(data).hexdigest() not in {row.blob_sha256 for row in rows}:
            admit([row for row in rows if not (sender.replaces and row.state == "queued")], self.store.clock())

    def _known(self, competition: str) -> Setting:
        if competition not in self._settings:
            self._settings[competition] = self._setting(competition)
        return self._settings[competition]

    def _new(
        self,
        competition: str,
        data: bytes,
        media_type: str,
        *,
        name: str,
        team: str,
        kind: Literal["csv", "plugin"],
    ) -> NewSubmission:
        limits = self._known(competition).competition.limits
        return NewSubmission(
            competition=competition,
            team=team,
            kind=kind,
            name=name,
            blob_sha256=self.blobs.put(data, media_type),
            resources=Resources(memory_mib=limits.memory_limit_mib),
            time_limit_s=limits.time_limit_s,
        )

    def _hand_in(self, new: NewSubmission, notes: tuple[str, ...], on_progress: OnProgress | None) -> Receipt:
        admit = self.classroom.admission(new.competition, new.team)
        submission, is_repeat = self._jobs.hand_in(new, on_progress, admit=admit)
        return self._receipt(submission, notes, is_repeat=is_repeat)

    def _receipt(self, submission: Submission, notes: tuple[str, ...] = (), *, is_repeat: bool = False) -> Receipt:
        kept = self.store.kept(submission.id)
        if submission.state == "failed":
            raise self._with_traceback(failure(submission), kept)
        run = self._run_of(kept)
        receipt = receipt_of(
            submission,
            self._ranking(submission.competition, Viewer(team=submission.team)),
            feedback=self._known(submission.competition).competition.leaderboard.feedback,
            revealed_at=self.revealed_at(submission.competition),
            tries=self.tries(submission.competition, submission.team),
        )
        return replace(
            receipt,
            is_repeat=is_repeat,
            notes=(*notes, *run.get("notes", ())),
            checks=decode(Checks, json.dumps({"checks": run.get("checks", [])})).checks,
        )

    def _with_traceback(self, error: KitError, kept: Kept) -> KitError:
        """`error` with the plugin's whole traceback as its note, where there is one."""
        from kit.clues import whole_traceback

        if kept.log_sha256 and (traceback := whole_traceback(self.blobs.get(kept.log_sha256))):
            error.add_note(traceback)
        return error

    def _run_of(self, kept: Kept) -> dict[str, Any]:
        """What was kept of a plugin's run when it was scored; nothing for a file."""
        run: dict[str, Any] = json.loads(self.blobs.get(kept.run_sha256)) if kept.run_sha256 else {}
        return run


def _hidden(competition: str) -> Problem:
    return Problem(
        code="E402",
        message=f"the private ranking of {competition} is not open yet",
        why="It shows which models are good, and which were only fitted to the public part.",
        fix=f"kit reveal {competition}      opens it, for good",
    )
