"""A class: who is in it, who joined, and what the host has said of dates and tries. It needs no server.

Without a roster there is no class: the board is one's own, and nothing here refuses anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from kit.errors import Problem, RefusedError, UsageError, nearest
from leaderboard import rules
from leaderboard.dates import said
from leaderboard.nickname import look, problem, tidied, unprintable
from leaderboard.schedule import Schedule, effective
from leaderboard.store.base import Admit, Event, Store, Submission
from leaderboard.store.people import ClassTeam, Entrant, NewEntrant, People, Token
from leaderboard.tokens import digest, is_same, new_token
from leaderboard.words import word_code

if TYPE_CHECKING:
    from kit.competition import Competition
    from leaderboard.roster import RosterRow

T = TypeVar("T")
CODE_LIFETIME_S = 600.0
_WORD_CODE = "word code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What a roster file changed: names, in the order of the file."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


class Classroom:
    """The class of one board.

    Parameters
    ----------
    store, people
        Where everything is kept.
    zone
        The course's time zone; None for this computer's.
    competition
        Name of a competition -> its file.
    """

    def __init__(
        self, store: Store, people: People, *, zone: tzinfo | None, competition: Callable[[str], Competition]
    ) -> None:
        self._store, self.people = store, people
        self._zone, self._competition = zone, competition

    @property
    def is_class(self) -> bool:
        """Whether the board is a class's: then dates and tries are enforced."""
        return self.people.is_class()

    def add(self, rows: Iterable[RosterRow], *, actor: str = "host") -> Added:
        """Put what a roster file says on the roster. Whoever is on it is brought up to date; nobody is removed.

        Raises
        ------
        UsageError
            E013 if a nickname is another team's.
        """
        from leaderboard.roster import merged

        teams = {team.handle: team for team in self.people.teams()}
        known = self.people.entrants(with_removed=True)
        changes = [merged(row, known, teams) for row in rows]
        _require_free([new for new in changes if isinstance(new, NewEntrant)], known, teams)
        self.people.put([new for new in changes if isinstance(new, NewEntrant)], actor=actor)
        return Added(
            added=tuple(new.name for new in changes if isinstance(new, NewEntrant) and new.id is None),
            changed=tuple(new.name for new in changes if isinstance(new, NewEntrant) and new.id is not None),
            unchanged=tuple(same.name for same in changes if isinstance(same, Entrant)),
        )

    def rename(self, entrant: Entrant, name: str, *, actor: str = "host") -> str:
        """Correct a name on the roster; the name as it is kept.

        Raises
        ------
        UsageError
            E002 if it can't stand on a line.
        """
        from leaderboard.roster import MAX_NAME

        written = " ".join(name.split())
        if unprintable(written) or not 1 <= len(written) <= MAX_NAME:
            message = f"a name has 1 to {MAX_NAME} characters that can be printed"
            raise UsageError(Problem(code="E002", message=message, got=repr(name[:60]), fix="write the name"))
        label = next(team.label for team in self.people.teams() if team.handle == entrant.team)
        new = NewEntrant(id=entrant.id, name=written, email=entrant.email, external=entrant.external, label=label)
        self.people.put([new], actor=actor)
        return written

    def entrant(self, text: str) -> Entrant:
        """Who is meant by a name, an e-mail address or the handle of a team of one.

        Raises
        ------
        UsageError
            E001 if it is nobody, or several.
        """
        everybody = self.people.entrants()
        found = _meant(text, [(one, _called(one)) for one in everybody])
        return _the_one(text, found, [one.name for one in everybody], [f"{one.name} {one.email}" for one in found])

    def team(self, text: str) -> ClassTeam:
        """Which team is meant by its handle, nickname or label, or by the name or address of somebody in it.

        Raises
        ------
        UsageError
            E001 if it is none, or several.
        """
        members = self.members()
        teams = {team.handle: team for team in self.people.teams()}
        called = {
            handle: {
                *(word.casefold() for word in (handle, team.nickname, team.label) if word),
                *(word for one in members.get(handle, ()) for word in _called(one)),
            }
            for handle, team in teams.items()
        }
        found = _meant(text, [(teams[handle], words) for handle, words in called.items()])
        known = [teams[handle].public_name for handle in members] + [one.name for one in self.people.entrants()]
        return _the_one(text, found, known, [team.handle for team in found])

    def row_of(self, team: str | None) -> str | None:
        """Whose row is meant where a team is named: of a class the handle, elsewhere whatever it is called.

        Raises
        ------
        UsageError
            E001 if no team of the class is called so.
        """
        return self.team(team).handle if team is not None and self.is_class else team

    def members(self) -> dict[str, tuple[Entrant, ...]]:
        """Handle of each team that somebody is in -> who."""
        found: dict[str, tuple[Entrant, ...]] = {}
        for one in self.people.entrants():
            found[one.team] = (*found.get(one.team, ()), one)
        return found

    def handles(self) -> frozenset[str]:
        """Handles of all teams that there are or were: the rows of a board that belong to the class."""
        return frozenset(team.handle for team in self.people.teams())

    def names(self, *, real: bool) -> dict[str, str]:
        """Handle -> how the team is called: by its own choice, or who it is."""
        members = self.members()
        return {
            team.handle: _real_name(team, members.get(team.handle, ())) if real else team.public_name
            for team in self.people.teams()
        }

    def set_nickname(self, handle: str, nickname: str, *, actor: str) -> None:
        """Call a team by a name of its own choice; by its handle again where that is empty.

        Raises
        ------
        UsageError
            E002 if it can't stand on a line, or a word of it mixes alphabets.
        RefusedError
            E407 if another team is called so, or by what looks so, or somebody in another team is: which of both is not
            told, because a nickname must not be a way to ask who is in the class.
        """
        text = tidied(nickname)
        if wrong := problem(text):
            raise UsageError(wrong)
        is_free = _is_free(text, self.people.entrants(), self.people.teams(), of=handle)
        if not is_free or not self.people.set_nickname(handle, text or None, actor=actor):
            message = f"{text!r} is not free: somebody here is called so, or nearly so"
            raise RefusedError(Problem(code="E407", message=message, fix="choose another"))

    def word_code(self, *, anew: bool = False) -> str:
        """The code with which the class is joined; made when it is first asked for, or `anew`."""
        kept = None if anew else self.people.setting(_WORD_CODE)
        return kept or self.people.set_setting(_WORD_CODE, word_code(), once=not anew)

    def is_word_code(self, text: str) -> bool:
        """Whether this is the code of the class, however it is written; compared in constant time."""
        return is_same("-".join(text.casefold().replace("-", " ").split()), self.word_code())

    def join(self, code: str, entrant_id: int, *, label: str) -> tuple[str, Token]:
        """Claim a name; the token, which is told this once, and what is kept of it.

        Parameters
        ----------
        code
            The word code, as it was typed.
        entrant_id
            Whose name.
        label
            From where, for the host: ``Firefox on Linux``.

        Raises
        ------
        RefusedError
            E407: another code, or the name is claimed.
        """
        if not self.is_word_code(code):
            raise RefusedError(_wrong_code())
        token = new_token()
        made = self.people.claim(entrant_id, token_hash=digest(token), label=label[:80])
        if made is None:
            raise RefusedError(_claimed())
        return token, made

    def host_code(self) -> str:
        """A new code that lets a host in once, within ten minutes; older ones are of no use from then on."""
        code = new_token()
        self.people.add_code(digest(code), lifetime_s=CODE_LIFETIME_S)
        return code

    def host_token(self, code: str, *, label: str) -> str | None:
        """A host's token in exchange for the code; None where the code is none, was used, or is too old."""
        if not self.people.use_code(digest(code)):
            return None
        token = new_token()
        self.people.add_token(role="host", token_hash=digest(token), label=label[:80])
        return token

    def bearer(self, token: str) -> Token | None:
        """Whose token this is; None where it is of no use."""
        return self.people.token(digest(token))

    def schedule(self, competition: str) -> Schedule:
        """What holds in a competition: its file, and what the host has said since."""
        return effective(self._competition(competition), self._store.audit(about=competition))

    def change(
        self, competition: str, action: str, *, actor: str = "host", why: str = "", **values: float | str | None
    ) -> Schedule:
        """Change the schedule of a competition, and write down who did it.

        Parameters
        ----------
        competition, action
            One of `leaderboard.schedule.CLASS_ACTIONS` or `TEAM_ACTIONS`.
        actor, why
            Who, and for what reason.
        **values
            Fields of `Schedule`; of `TeamTerms` with the handle as ``team`` for an action on a team.

        Raises
        ------
        UsageError
            E002 if it would close before it opens.
        """
        detail: Mapping[str, Any] = values | ({"why": why} if why else {})
        event = Event(at=0.0, actor=actor, action=action, about=competition, detail=json.dumps(detail))
        after = effective(self._competition(competition), [*self._store.audit(about=competition), event])
        if after.opens is not None and after.closes is not None and after.closes <= after.opens:
            raise UsageError(_never_open(after.opens, after.closes, self._zone))
        self._store.record(actor=actor, action=action, about=competition, detail=event.detail)
        return after

    def admission(self, competition: str, team: str) -> Admit | None:
        """What decides whether a submission of this team is taken in; None where nothing is refused."""
        if not self.is_class or team not in self.handles():
            return None
        terms, zone = self.schedule(competition).terms(team), self._zone

        def admit(rows: Sequence[Submission], now: float) -> bool:
            return rules.admit(rows, terms, now=now, zone=zone)

        return admit

    def select(self, competition: str, team: str, numbers: Sequence[int], *, actor: str) -> tuple[Submission, ...]:
        """Let these submissions of a team count for the private ranking; none of them: its best public ones do.

        Raises
        ------
        RefusedError
            E405.
        """
        rows = self._store.submissions(competition, team=team)
        rules.require_selectable(rows, numbers, most=self._competition(competition).limits.selected)
        self._store.select(competition, team, frozenset(numbers))
        detail = json.dumps({"team": team, "selected": [f"s{number}" for number in sorted(set(numbers))]})
        self._store.record(actor=actor, action="select", about=competition, detail=detail)
        return tuple(row for row in rows if row.id in numbers)


def _require_free(changes: Sequence[NewEntrant], known: Sequence[Entrant], teams: Mapping[str, ClassTeam]) -> None:
    """Refuse nicknames by which other teams, or others in the class, are called."""
    own = {one.id: one.team for one in known}
    by_label = {team.label: team.handle for team in teams.values() if team.label}
    problems = []
    for new in changes:
        handle = by_label.get(new.label) or own.get(new.id or 0)
        of_others = {look(word) for t in teams.values() if t.handle != handle for word in (t.handle, t.nickname or "")}
        if new.nickname and look(new.nickname) in of_others:
            message = f"{new.name} can't be called {new.nickname!r}: another team is"
            problems.append(Problem(code="E013", message=message, fix="another nickname"))
        elif new.nickname and (who := _whose(new, changes, known, handle)):
            message = f"{new.name} can't be called {new.nickname!r}: {who} is in the class, too"
            problems.append(Problem(code="E013", message=message, fix="another nickname"))
    if problems:
        raise UsageError(problems[0], problems if len(problems) > 1 else ())


def _whose(new: NewEntrant, changes: Sequence[NewEntrant], known: Sequence[Entrant], handle: str | None) -> str:
    """Who of another team a nickname on the roster could be taken for; empty where that is nobody."""
    changed = {one.id for one in changes}
    others = [one.name for one in known if not one.is_removed and one.team != handle and one.id not in changed]
    others += [one.name for one in changes if one is not new and not (new.label and one.label == new.label)]
    forms = _forms(new.nickname or "") - _forms(new.name)
    return next((name for name in others if forms & _forms(name)), "")


def _is_free(nickname: str, entrants: Iterable[Entrant], teams: Iterable[ClassTeam], *, of: str) -> bool:
    """Whether a nickname of the team `of` could be taken for nobody's name but its own members'."""
    names = [(one.name, one.team) for one in entrants] + [(team.label, team.handle) for team in teams]
    own = {form for name, team in names if team == of for form in _forms(name)}
    others = {form for name, team in names if team != of for form in _forms(name)}
    return not _forms(nickname) & (others - own)


def _forms(name: str) -> frozenset[str]:
    """What is the same for names that look alike: ``Example, Anna``, ``anna  example`` and ``AnnaExample``."""
    words = re.findall(r"[^\W_]+", look(name))
    return frozenset({"".join(words), "".join(sorted(words))} - {""})


def _meant(text: str, called: Sequence[tuple[T, set[str]]]) -> list[T]:
    """Who is called exactly so; where nobody is, who has a name with this word in it."""
    word = text.casefold()
    exact = [one for one, names in called if word in names]
    return exact or [one for one, names in called if any(word in name.split() for name in names)]


def _called(one: Entrant) -> set[str]:
    return {word.casefold() for word in (one.name, one.email, one.team) if word}


def _real_name(team: ClassTeam, members: Sequence[Entrant]) -> str:
    who = ", ".join(one.name for one in members)
    if team.label:
        return f"{team.label} ({who})" if who else team.label
    return who or team.handle


def _the_one(text: str, found: Sequence[T], known: Sequence[str], told: Sequence[str]) -> T:
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            Problem(code="E001", message=f"{text!r} is several: {', '.join(told)}", fix="name one of them")
        )
    near = nearest(text, known)
    fix = f"did you mean   {near} ?" if near else "kit roster   lists who is in the class"
    raise UsageError(Problem(code="E001", message=f"there is no {text!r} in the class", fix=fix))


def _wrong_code() -> Problem:
    return Problem(
        code="E407",
        message="this is not the code of the class",
        fix="the host's screen shows it: two words and a number",
    )


def _claimed() -> Problem:
    return Problem(
        code="E407",
        message="somebody has joined under this name already",
        why="Each name can be taken once, so that nobody submits for somebody else.",
        fix="if it was not you, ask the teacher: one click gives the name free again",
    )


def _never_open(opens: float, closes: float, zone: tzinfo | None) -> Problem:
    return Problem(
        code="E002",
        message="it would close before it opens",
        expected=f"a closing time after {said(opens, zone=zone)}",
        got=said(closes, zone=zone),
    )
