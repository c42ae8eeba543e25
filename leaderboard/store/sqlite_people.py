"""The class in one SQLite file."""
# ruff: noqa: D102 - `leaderboard.store.people.People` says what each method does, once for every store
# ruff: noqa: S608 - what is put into the SQL are constants of this module; values are always parameters

from __future__ import annotations

import hmac
import json
import sqlite3
from collections.abc import Iterable
from types import MappingProxyType

from leaderboard.nickname import look
from leaderboard.store.database import NOW, Database, record
from leaderboard.store.people import ClassTeam, Entrant, NewEntrant, Role, Token
from leaderboard.words import handle as new_handle

_SETTING = "class."  # of the keys in `meta`
_USED_EVERY_S = 60.0  # when a token was last used is noted once a minute, so that reading a page seldom writes
ENTRANTS = """
    select e.id, e.name, e.email, t.handle as team, e.external, e.claimed_at, e.removed_at is not null as is_removed
    from entrants e join class_teams t on t.id = e.team_id where ? or e.removed_at is null order by e.id
"""
TOKENS = """
    select k.id, k.hash, k.role, k.label, k.created_at, k.entrant_id, coalesce(t.handle, '') as team,
        coalesce(e.name, '') as name, k.expires_at, k.last_used_at, k.revoked_at
    from tokens k left join entrants e on e.id = k.entrant_id left join class_teams t on t.id = e.team_id
"""
LIVE = f"""
    k.revoked_at is null and (k.expires_at is null or k.expires_at > {NOW})
    and (k.entrant_id is null or e.removed_at is null)
"""


class SqlitePeople:
    """The class in one file. See `leaderboard.store.people.People` for each method.

    Parameters
    ----------
    database
        The board's.
    """

    def __init__(self, database: Database) -> None:
        self._rows, self._transaction = database.rows, database.transaction

    def is_class(self) -> bool:
        return bool(self._rows("select 1 from class_teams limit 1"))

    def entrants(self, *, with_removed: bool = False) -> tuple[Entrant, ...]:
        return tuple(_entrant(row) for row in self._rows(ENTRANTS, (with_removed,)))

    def teams(self) -> tuple[ClassTeam, ...]:
        rows = self._rows("select handle, label, nickname from class_teams order by id")
        return tuple(ClassTeam(**row) for row in rows)

    def put(self, entrants: Iterable[NewEntrant], *, actor: str) -> None:
        with self._transaction() as c:
            for new in entrants:
                entrant_id = _put(c, new)
                detail = {"name": new.name, "team": new.label} if new.label else {"name": new.name}
                _note(c, actor, "roster-add" if new.id is None else "roster-change", entrant_id, detail)

    def remove(self, entrant_id: int, *, actor: str) -> bool:
        with self._transaction() as c:
            done = c.execute(
                f"update entrants set removed_at = {NOW}, claimed_at = null where id = ? and removed_at is null",
                (entrant_id,),
            ).rowcount
            if done:
                _revoke_of(c, entrant_id)
                _note(c, actor, "roster-remove", entrant_id, {"name": _name(c, entrant_id)})
        return bool(done)

    def claim(self, entrant_id: int, *, token_hash: str, label: str) -> Token | None:
        with self._transaction() as c:
            done = c.execute(
                f"update entrants set claimed_at = {NOW} where id = ? and claimed_at is null and removed_at is null",
                (entrant_id,),
            ).rowcount
            _note(c, "student", "claim" if done else "claim-refused", entrant_id, {"from": label})
            return _add_token(c, "student", token_hash, label, entrant_id) if done else None

    def release(self, entrant_id: int, *, actor: str) -> bool:
        with self._transaction() as c:
            done = c.execute(
                "update entrants set claimed_at = null where id = ? and claimed_at is not null", (entrant_id,)
            ).rowcount
            if done:
                _revoke_of(c, entrant_id)
                _note(c, actor, "release", entrant_id, {"name": _name(c, entrant_id)})
        return bool(done)

    def set_nickname(self, handle: str, nickname: str | None, *, actor: str) -> bool:
        with self._transaction() as c:
            if nickname is not None and _is_taken(c, nickname, but=handle):
                return False
            c.execute("update class_teams set nickname = ? where handle = ?", (nickname, handle))
            detail = json.dumps({"nickname": nickname}, ensure_ascii=False)
            record(c, actor=actor, action="nickname", about=handle, detail=detail)
        return True

    def add_token(self, *, role: Role, token_hash: str, label: str, entrant_id: int | None = None) -> Token:
        with self._transaction() as c:
            token = _add_token(c, role, token_hash, label, entrant_id)
            _note(c, role, "token", entrant_id or 0, {"role": role, "label": label})
        return token

    def token(self, token_hash: str) -> Token | None:
        rows = self._rows(f"{TOKENS} where k.hash = ? and {LIVE}", (token_hash,))
        # The hash is what is looked up, never the token: what the time of a look-up tells is of no use to anybody.
        if not rows or not hmac.compare_digest(str(rows[0]["hash"]), token_hash):
            return None
        token = Token(**rows[0])
        stale = f"id = ? and (last_used_at is null or last_used_at < {NOW} - {_USED_EVERY_S})"
        if self._rows(f"select 1 from tokens where {stale}", (token.id,)):
            with self._transaction() as c:
                c.execute(f"update tokens set last_used_at = {NOW} where {stale}", (token.id,))
        return token

    def tokens(self) -> tuple[Token, ...]:
        return tuple(Token(**row) for row in self._rows(TOKENS + "order by k.id"))

    def revoke(self, token_id: int, *, actor: str) -> bool:
        with self._transaction() as c:
            done = c.execute(
                f"update tokens set revoked_at = {NOW} where id = ? and revoked_at is null", (token_id,)
            ).rowcount
            if done:
                record(c, actor=actor, action="revoke", about=f"token {token_id}")
        return bool(done)

    def add_code(self, code_hash: str, *, lifetime_s: float) -> None:
        with self._transaction() as c:
            c.execute("delete from codes")
            c.execute(f"insert into codes (hash, created_at, expires_at) values (?, {NOW}, {NOW} + ?)",
                      (code_hash, lifetime_s))  # fmt: skip

    def use_code(self, code_hash: str) -> bool:
        with self._transaction() as c:
            done = c.execute(
                f"update codes set used_at = {NOW} where hash = ? and used_at is null and expires_at > {NOW}",
                (code_hash,),
            ).rowcount
            record(c, actor="host" if done else "somebody", action="code" if done else "code-refused", about="class")
        return bool(done)

    def setting(self, key: str) -> str | None:
        rows = self._rows("select value from meta where key = ?", (_SETTING + key,))
        return str(rows[0]["value"]) if rows else None

    def set_setting(self, key: str, value: str, *, once: bool = False) -> str:
        with self._transaction() as c:
            how = "nothing" if once else "update set value = excluded.value"
            c.execute(f"insert into meta values (?, ?) on conflict (key) do {how}", (_SETTING + key, value))
            kept = c.execute("select value from meta where key = ?", (_SETTING + key,)).fetchone()["value"]
            if not once:  # what it is from now on is nobody's to read in the audit
                record(c, actor="host", action="set", about="class", detail=json.dumps({"setting": key}))
        return str(kept)


def _entrant(row: sqlite3.Row) -> Entrant:
    external = MappingProxyType(json.loads(row["external"]))
    return Entrant(**{**row, "external": external, "is_removed": bool(row["is_removed"])})


def _put(c: sqlite3.Connection, new: NewEntrant) -> int:
    """Write one entrant; the number of the row."""
    external = json.dumps(dict(new.external), ensure_ascii=False)
    team_id = _team(c, new)
    if new.nickname is not None:
        c.execute("update class_teams set nickname = ? where id = ?", (new.nickname or None, team_id))
    if new.id is None:
        row = c.execute(
            "insert into entrants (team_id, name, email, external, created_at) "
            f"values (?, ?, ?, ?, {NOW}) returning id",
            (team_id, new.name, new.email, external),
        ).fetchone()
        return int(row["id"])
    c.execute(
        "update entrants set team_id = ?, name = ?, email = ?, external = ?, removed_at = null where id = ?",
        (team_id, new.name, new.email, external, new.id),
    )
    return new.id


def _team(c: sqlite3.Connection, new: NewEntrant) -> int:
    """The team that an entrant is in from now on: the one of this label, the own one, or a new one."""
    if new.label:
        row = c.execute("select id from class_teams where label = ?", (new.label,)).fetchone()
    else:
        row = c.execute(
            "select t.id from class_teams t join entrants e on e.team_id = t.id where e.id = ? and t.label = ''",
            (new.id,),
        ).fetchone()
    if row is not None:
        return int(row["id"])
    made = c.execute(
        f"insert into class_teams (handle, label, created_at) values (?, ?, {NOW}) returning id",
        (new_handle(lambda words: _is_taken(c, words)), new.label),
    ).fetchone()
    return int(made["id"])


def _is_taken(c: sqlite3.Connection, name: str, *, but: str = "") -> bool:
    """Whether a team other than `but` is called so, or by what looks so."""
    rows = c.execute("select handle, nickname from class_teams where handle <> ?", (but,))
    return look(name) in {look(word) for row in rows for word in row if word}


def _add_token(c: sqlite3.Connection, role: Role, token_hash: str, label: str, entrant_id: int | None) -> Token:
    made = c.execute(
        f"insert into tokens (hash, role, entrant_id, label, created_at) values (?, ?, ?, ?, {NOW}) returning id",
        (token_hash, role, entrant_id, label),
    ).fetchone()
    return Token(**c.execute(TOKENS + "where k.id = ?", (made["id"],)).fetchone())


def _revoke_of(c: sqlite3.Connection, entrant_id: int) -> None:
    c.execute(f"update tokens set revoked_at = {NOW} where entrant_id = ? and revoked_at is null", (entrant_id,))


def _name(c: sqlite3.Connection, entrant_id: int) -> str:
    return str(c.execute("select name from entrants where id = ?", (entrant_id,)).fetchone()["name"])


def _note(c: sqlite3.Connection, actor: str, action: str, entrant_id: int, detail: dict[str, str]) -> None:
    about = f"entrant {entrant_id}" if entrant_id else "class"
    record(c, actor=actor, action=action, about=about, detail=json.dumps(detail, ensure_ascii=False))
