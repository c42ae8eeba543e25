"""The board of a class that one has joined: the use cases of `leaderboard.board.Board`, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from kit.competition import LeaderboardSettings
from kit.disk import disk_errors
from kit.errors import KitError, Problem, StorageError, UsageError, nearest
from kit.job import Progress, decode
from kit.notation import Unit
from leaderboard.client import outbox
from leaderboard.client.http import LONG_S, TIMEOUT_S, AwayError, Http, LaterError
from leaderboard.client.membership import Membership, folder
from leaderboard.client.outbox import Entry
from leaderboard.feedback import Feedback
from leaderboard.receipt import Receipt

POLL_S = 0.7
QUICK_S = 1.5  # for what is shown with what is known where the class does not answer
_SENT_KEPT = 60
_STRANGER = "E408"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A competition of the class: what is needed to show its scores, and to send something to it."""

    name: str
    title: str
    kind: str
    metric: str
    unit: Unit
    greater_is_better: bool
    practice: bool
    feedback: Feedback
    ends: str
    takes_code: bool

    @property
    def leaderboard(self) -> LeaderboardSettings:
        """What its board tells, as a competition of one's own has it."""
        return LeaderboardSettings(feedback=self.feedback)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the class says of a submission that is over; `solved_from` as of `leaderboard.solved`."""

    label: str
    receipt: Receipt | None
    usage: dict[str, Any]
    state: str
    solved_from: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What there is to enter in a class.

    Parameters
    ----------
    rows
        As the API tells them: the default, what else is on and what one has tried first; none where nothing is known.
    default
        The competition that is meant where none is named.
    at
        When the class said so, unix seconds.
    is_away
        The class does not answer now: it is what it last said.
    """

    rows: tuple[dict[str, Any], ...] = ()
    default: str | None = None
    at: float = 0.0
    is_away: bool = False


class ClassBoard:
    """The board of a class.

    Parameters
    ----------
    membership
        Which class, and who one is there.
    on_wait
        As for `Http`.
    """

    def __init__(self, membership: Membership, *, on_wait: Callable[[], None] | None = None) -> None:
        self.membership = membership
        self._http = Http(membership.url, token=membership.token, cafile=membership.cafile, on_wait=on_wait)
        self._entered: dict[str, Entered] = {}
        self._default: str | None = None

    @property
    def heading(self) -> str:
        """The first line of every command that goes there."""
        m = self.membership
        return f'class "{m.class_title or m.url}" at {m.url}, as {m.team_name}'

    def competitions(self) -> dict[str, Entered]:
        """Every competition of the class, by name."""
        if not self._entered:
            try:
                told = self._ask()
            except AwayError:
                if not (told := self._kept()):  # while it is away, what it last said: it may be sent to then
                    raise
            self._default = told["default"]
            fields = Entered.__slots__
            rows = told["competitions"]
            self._entered = {row["name"]: Entered(**{key: row[key] for key in fields}) for row in rows}
        return self._entered

    def listed(self) -> Listed:
        """What there is to enter, within two seconds: as the class last said, where it does not answer.

        Raises
        ------
        KitError
            What the class says, of a token that it does not know.
        """
        is_away = False
        try:
            told = self._ask(QUICK_S)
        except (AwayError, LaterError):
            told, is_away = self._kept(), True
        default = told.get("default")
        rows = sorted(
            told.get("competitions", ()),
            key=lambda row: (row["name"] != default, not row.get("is_on", True), row["rank"] is None),
        )
        return Listed(
            rows=tuple(rows),
            default=default,
            at=told.get("at", 0.0),
            is_away=is_away,
        )

    def _ask(self, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """What the server says of its competitions; kept for when it is away."""
        answer = self._http.get("/api/v1/competitions", timeout_s=timeout_s)
        told: dict[str, Any] = answer | {"url": self.membership.url, "at": time.time()}
        with suppress(OSError):
            (folder() / "competitions.json").write_text(json.dumps(told), encoding="utf-8")
        return told

    def _kept(self) -> dict[str, Any]:
        """What the server last said of its competitions; nothing where that was another, or none."""
        kept = _read(folder() / "competitions.json")
        return kept if kept.get("url") == self.membership.url else {}

    def competition(self, name: str) -> Entered:
        """One of them. Raises `UsageError` E001, with the nearest name."""
        known = self.competitions()
        if name in known:
            return known[name]
        near = nearest(name, known)
        fix = f"did you mean   {near} ?" if near else f"known: {', '.join(known)}"
        raise UsageError(Problem(code="E001", message=f"there is no competition {name!r} in this class", fix=fix))

    def choose(self, *named: tuple[str | None, str]) -> tuple[str, str]:
        """The first of (name, who says so) that is named, else the class's own. Raises `UsageError`, E001 or E005."""
        known = self.competitions()
        only = next(iter(known)) if len(known) == 1 else None
        default = self._default if self._default in known else None
        for name, reason in (*named, (default, "the class's"), (only, "the only one")):
            if name is not None:
                return self.competition(name).name, reason
        fix = "say which one:   " + "   ".join(f"-c {name}" for name in known)
        raise UsageError(Problem(code="E005", message="there is more than one competition in this class", fix=fix))

    def about(self, name: str) -> dict[str, Any]:
        """What a competition is."""
        path = f"/api/v1/competitions/{quote(self.competition(name).name)}"
        told: dict[str, Any] = self._http.get(path, timeout_s=LONG_S)
        return told

    def standings(self, name: str) -> dict[str, Any]:
        """Who stands where, as the API says it."""
        told: dict[str, Any] = self._http.get(f"/api/v1/competitions/{quote(name)}/standings")
        return told

    def download(self, name: str, file: str, target: Path) -> None:
        """One of the public files, whole or not at all."""
        data = self._http.fetch("GET", f"/api/v1/competitions/{quote(name)}/data/{quote(file)}", timeout_s=LONG_S)
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            making = target.with_name(f".{target.name}.part")
            making.write_bytes(data)
            making.replace(target)

    def submissions(self, name: str) -> list[dict[str, Any]]:
        """One's team's submissions, oldest first."""
        found: list[dict[str, Any]] = self._http.get(f"/api/v1/competitions/{quote(name)}/submissions")["submissions"]
        return found

    def select(self, name: str, numbers: list[int]) -> list[int]:
        """Let these submissions count for the private ranking."""
        body = {"submissions": numbers}
        chosen: list[int] = self._http.post(f"/api/v1/competitions/{quote(name)}/select", body)["selected"]
        return chosen

    def leave(self) -> None:
        """Take back one's token, where the server answers."""
        self._http.post("/api/v1/leave")

    def submit(
        self,
        competition: str,
        data: bytes,
        *,
        name: str,
        kind: Literal["csv", "plugin"],
        replaces: bool = False,
        on_state: Callable[[str, Progress | None], None],
    ) -> Answer:
        """Send something and wait until it is over. Until it is acknowledged it is in the outbox.

        Raises
        ------
        StorageError
            E701 where the server does not answer, E709 where it has no room: it is kept, and sent by the next command.
        KitError
            What the class says: it was refused, or failed.
        """
        entry = outbox.keep(data, of=self.membership, competition=competition, name=name, kind=kind, replaces=replaces)
        try:
            told = self._send(entry)
        except (AwayError, LaterError) as error:
            raise _kept(error, entry, self.membership) from None
        return self._end(told, data, on_state)

    def flush(self) -> Iterator[tuple[Entry, str, KitError | None]]:
        """Send what waits: each entry with its label, or why it was refused.

        Ends where the server does not answer, or does not know one any more.
        """
        for entry in outbox.waiting(self.membership):
            try:
                told = self._send(entry)
            except (AwayError, LaterError):
                return
            except KitError as error:
                if error.code == _STRANGER:
                    return
                yield entry, "", error
            else:
                yield entry, told["submission"], None

    def _send(self, entry: Entry) -> dict[str, Any]:
        suffix = ".tar" if entry.kind == "plugin" else ""
        headers = {
            "x-filename": quote(f"{entry.name}{suffix}"),
            "idempotency-key": entry.key,
            "x-made-at": f"{entry.made_at:.3f}",
            "content-type": "application/octet-stream",
        }
        path = f"/api/v1/competitions/{quote(entry.competition)}/submissions" + ("?replace=1" if entry.replaces else "")
        try:
            answer = self._http.fetch("POST", path, outbox.body(entry), headers, timeout_s=LONG_S)
        except (AwayError, LaterError):
            raise
        except KitError as error:
            if error.code != _STRANGER:  # whoever joins again, it is sent for
                outbox.remove(entry)  # it was answered: sending it again would be refused again
            raise
        outbox.remove(entry)
        told: dict[str, Any] = json.loads(answer)
        return told

    def _end(self, told: dict[str, Any], data: bytes, on_state: Callable[[str, Progress | None], None]) -> Answer:
        """Wait for the end of a submission."""
        is_repeat = told["is_repeat"]
        _remember(told, data)
        while told["state"] in ("queued", "running"):
            progress = decode(Progress, json.dumps(told["progress"])) if told["progress"] else None
            on_state(told["state_words"], progress if told["state"] == "running" else None)
            time.sleep(POLL_S)
            told = self._http.get(f"/api/v1/submissions/{told['id']}")
        _remember(told, data)
        if told["error"] is not None:
            raise self._http.failure(told["error"])
        receipt = None
        if told["receipt"] is not None:
            receipt = decode(Receipt, json.dumps(told["receipt"] | {"is_repeat": is_repeat}))
        elif told["state"] == "failed":
            raise StorageError(_given_up(told["submission"]))
        return Answer(
            label=told["submission"],
            receipt=receipt,
            usage=told["usage"],
            state=told["state"],
            solved_from=told.get("solved_from"),
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told


def sent() -> list[dict[str, Any]]:
    """What was sent from here, oldest first: sha256, competition, state, valid_score."""
    try:
        rows: list[dict[str, Any]] = json.loads((folder() / "sent.json").read_bytes())
    except (OSError, ValueError):
        return []
    return rows


def _remember(told: dict[str, Any], data: bytes) -> None:
    """Note what was sent, for the line that says what to do next; where that can't be kept, it is not."""
    from hashlib import sha256

    row = {
        "id": told["id"],
        "sha256": sha256(data).hexdigest(),
        **{key: told[key] for key in ("competition", "team", "name", "kind", "state", "valid_score", "received_at")},
    }
    rows = [one for one in sent() if one.get("id") != row["id"]]
    with suppress(OSError):
        (folder() / "sent.json").write_text(json.dumps([*rows, row][-_SENT_KEPT:]), encoding="utf-8")


def _kept(error: KitError, entry: Entry, of: Membership) -> StorageError:
    n = len(outbox.waiting(of))
    at = time.strftime("%H:%M", time.localtime(entry.made_at))
    p = error.problem
    kept = f"{entry.name} is kept (outbox: {n}) with today's time {at}, and is sent by the next kit command."
    return StorageError(Problem(code=p.code, message=p.message, why=f"{p.why}  {kept}", fix=p.fix))


def _given_up(label: str) -> Problem:
    return Problem(
        code="E801",
        message=f"{label} was given up: what ran it was stopped from outside three times",
        why="This did not use one of your tries.",
        fix="send it again; if it happens again, tell your teacher",
    )
