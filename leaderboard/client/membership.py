"""Which class one has joined: one file in the user's configuration, readable by its owner only."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kit.disk import disk_errors
from kit.errors import Problem, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A class that one has joined.

    Parameters
    ----------
    url
        Of its server, without a slash at the end.
    token
        What shows who one is; never shown, never logged.
    name, team, team_name
        Who one is: on the roster, the team's handle, and how it is called on the board.
    class_title
        How the class is called.
    cafile
        Certificate that the server's is checked with; empty for those of this computer.
    """

    url: str
    token: str = field(repr=False)
    name: str
    team: str
    team_name: str
    class_title: str
    cafile: str = ""


def folder() -> Path:
    """Where the file is, and what waits to be sent."""
    from platformdirs import user_config_path

    return user_config_path("competition-kit", appauthor=False)


def read_membership() -> Membership | None:
    """The class that one has joined; None where there is none."""
    path = folder() / "class.json"
    try:
        told = json.loads(path.read_bytes())
        return Membership(**told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        message = f"{path} says which class was joined, and can't be read"
        fix = "kit leave      then   kit join URL      (your teacher sets your name free first)"
        raise UsageError(Problem(code="E019", message=message, why=f"{error}.", fix=fix)) from None


def write_membership(membership: Membership) -> Path:
    """Keep it, in one step, so that a reader sees all of it or nothing."""
    path = folder() / "class.json"
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(membership), file, ensure_ascii=False, indent=1)
        temporary.replace(path)
    return path


def forget_membership() -> None:
    """Be in no class."""
    for name in ("class.json", "sent.json", "competitions.json"):
        with suppress(FileNotFoundError):
            (folder() / name).unlink()
