"""The contract of the store about a class: roster, teams, claims, tokens, one-time codes.

1. A team is of the class. It has a `handle` that never changes and says nothing about who it is; its submissions to
   every competition are filed under it, as `Submission.team`. Without a roster there is no class, and teams are
   whatever names submissions came with.
2. An entrant is in one team. Who is taken off the roster stays in the store: submissions refer to the team.
3. A name is claimed once, until it is released: of two claims at the same moment one is refused.
4. Of tokens and codes the store has the sha256 only. A token that was revoked, has expired, or belongs to somebody who
   is not on the roster any more is not found.
5. Whatever changes here adds a line to the audit, in the same transaction. Times and errors are as in
   `leaderboard.store.base`.

`leaderboard.testing.PeopleCase` checks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

Role = Literal["student", "host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """Somebody on the roster.

    Parameters
    ----------
    id
        Number of the row.
    name, email
        As the roster has them.
    team
        Handle of the team.
    external
        Column -> cell of the file that the entrant came from: what exports match by.
    claimed_at
        When somebody joined under this name, unix seconds; None where nobody did.
    is_removed
        Taken off the roster: only told where it is asked for, so that who comes back is known again.
    """

    id: int
    name: str
    email: str
    team: str
    external: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    claimed_at: float | None = None
    is_removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntrant:
    """Somebody to put on the roster.

    Parameters
    ----------
    name, email, external
        As in `Entrant`.
    label
        How the roster calls the team of several that the entrant is in; "" for one of the entrant's own.
    nickname
        What the team is to be called on the board; None leaves it as it is.
    id
        Whose row is changed; None adds one.
    """

    name: str
    email: str = ""
    external: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    label: str = ""
    nickname: str | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTeam:
    """A team of the class. `label` is how the roster calls a team of several, "" for somebody alone."""

    handle: str
    label: str
    nickname: str | None

    @property
    def public_name(self) -> str:
        """How it is called on a board that shows nicknames."""
        return self.nickname or self.handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a bearer token; the token itself is known to its bearer alone.

    `team` is the handle of the entrant's team as it is now, `name` the one on the roster; both are "" for a host, whose
    `entrant_id` is None.
    """

    id: int
    hash: str
    role: Role
    label: str
    created_at: float
    entrant_id: int | None = None
    team: str = ""
    name: str = ""
    expires_at: float | None = None
    last_used_at: float | None = None
    revoked_at: float | None = None


class People(Protocol):
    """The class in a store. Every method raises `StorageError` beside what it names."""

    def is_class(self) -> bool:
        """Whether there is a roster, or was one: then the board is a class board, and its rules are enforced."""

    def entrants(self, *, with_removed: bool = False) -> tuple[Entrant, ...]:
        """Who is on the roster, or was, in the order in which they were put on it."""

    def teams(self) -> tuple[ClassTeam, ...]:
        """Every team that there is or was, oldest first."""

    def put(self, entrants: Iterable[NewEntrant], *, actor: str) -> None:
        """Add and change entrants, all or none. A team of one's own gets a new handle, one of several shares one.

        Whoever was in a team of one's own and comes into one of several leaves the old team without members.
        """

    def remove(self, entrant_id: int, *, actor: str) -> bool:
        """Take somebody off the roster and revoke the tokens; False if there is nobody of this number on it."""

    def claim(self, entrant_id: int, *, token_hash: str, label: str) -> Token | None:
        """Join under a name: a student's token, or None where the name is claimed already, or off the roster.

        A refused claim is in the audit, as ``claim-refused``.
        """

    def release(self, entrant_id: int, *, actor: str) -> bool:
        """Let a name be claimed again and revoke its tokens; False if it was not claimed."""

    def set_nickname(self, handle: str, nickname: str | None, *, actor: str) -> bool:
        """Call a team by another name; False where another team is called so, has it as its handle, or looks so.

        What looks the same is what `leaderboard.nickname.look` says.
        """

    def add_token(self, *, role: Role, token_hash: str, label: str, entrant_id: int | None = None) -> Token:
        """Note a token that is given out: a host's, or another one of an entrant."""

    def token(self, token_hash: str) -> Token | None:
        """The live token of this hash; None where there is none. Compares in constant time, and notes the use."""

    def tokens(self) -> tuple[Token, ...]:
        """All tokens, oldest first; those that are of no use any more too."""

    def revoke(self, token_id: int, *, actor: str) -> bool:
        """Make a token useless; False if it was, or if there is none of this number."""

    def add_code(self, code_hash: str, *, lifetime_s: float) -> None:
        """Note a code that lets a host in once within `lifetime_s`; older codes are forgotten."""

    def use_code(self, code_hash: str) -> bool:
        """Use up a code; False where there is none of this hash, or it was used, or its time is over."""

    def setting(self, key: str) -> str | None:
        """A value of the class, such as its word code; None where there is none."""

    def set_setting(self, key: str, value: str, *, once: bool = False) -> str:
        """Keep a value and return it; with `once` the value that was there before stays, and is returned.

        The audit has that it was set, by the host, and not to what; with `once` it has nothing.
        """
