"""What waits to be sent: kept before it is sent, and taken away when the server has answered.

Each entry is a folder: ``entry.json`` and ``body``. Its name is the client key, so that an entry that is sent twice is
one submission.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from kit.disk import disk_errors
from leaderboard.client.membership import Membership, folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One submission on its way.

    Parameters
    ----------
    key
        The client key.
    url, team
        Of the class that it is for, and the handle of the team there: students may share an account of a computer.
    competition, name, kind
        What it is.
    made_at
        When it was sent by this computer's clock, unix seconds.
    replaces
        Whether it takes the place of what still waits in the class's queue.
    """

    key: str
    url: str
    team: str
    competition: str
    name: str
    kind: Literal["csv", "plugin"]
    made_at: float
    replaces: bool = False


def _outbox() -> Path:
    return folder() / "outbox"


def keep(
    data: bytes, *, of: Membership, competition: str, name: str, kind: Literal["csv", "plugin"], replaces: bool
) -> Entry:
    """Keep a submission until it is sent. Raises `StorageError`, E703 or E706."""
    made_at = time.time()
    key = f"{int(made_at):011d}-{os.urandom(12).hex()}"  # sorted by name they are sorted by time
    entry = Entry(
        key=key,
        url=of.url,
        team=of.team,
        competition=competition,
        name=name,
        kind=kind,
        made_at=made_at,
        replaces=replaces,
    )
    target = _outbox() / key
    making = target.with_name(f".{key}")
    with disk_errors(target):
        making.mkdir(parents=True, mode=0o700)
        (making / "body").write_bytes(data)
        (making / "entry.json").write_text(json.dumps(asdict(entry)), encoding="utf-8")
        making.replace(target)
    return entry


def body(entry: Entry) -> bytes:
    """The bytes of an entry. Raises `StorageError`."""
    path = _outbox() / entry.key / "body"
    with disk_errors(path):
        return path.read_bytes()


def waiting(of: Membership) -> tuple[Entry, ...]:
    """What waits for this class, of this team, oldest first."""
    return tuple(entry for entry in _entries() if (entry.url, entry.team) == (of.url, of.team))


def readdress(of: Membership, new: str) -> None:
    """What waits for this class is for the one at `new`. Raises `StorageError`, E703 or E706."""
    for entry in waiting(of):
        path = _outbox() / entry.key / "entry.json"
        with disk_errors(path):
            making = path.with_name(".entry.json")
            making.write_text(json.dumps(asdict(replace(entry, url=new))), encoding="utf-8")
            making.replace(path)


def _entries() -> Iterator[Entry]:
    outbox = _outbox()
    for path in sorted(outbox.iterdir()) if outbox.is_dir() else ():
        if path.name.startswith("."):
            continue
        try:
            yield Entry(**json.loads((path / "entry.json").read_bytes()))
        except (OSError, ValueError, TypeError):  # of another version of the kit, or half removed
            continue


def remove(entry: Entry) -> None:
    """It was answered."""
    shutil.rmtree(_outbox() / entry.key, ignore_errors=True)
