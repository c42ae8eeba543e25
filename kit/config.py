"""Settings of a workspace: defaults < ``kit.toml`` < ``KIT_*`` variables; each value knows where it is from.

No pydantic here: every command reads this file, and a command has to start in a tenth of a second.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from kit.errors import Problem, UsageError, nearest

FILE_NAME = "kit.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a workspace is set to. A field ``sandbox_name`` is ``[sandbox] name`` and ``KIT_SANDBOX_NAME``."""

    title: str = ""
    """How the class is called."""
    competition: str | None = None
    """The competition that commands mean when none is named."""
    zone: str | None = None
    """IANA time zone of the course; by default the computer's own."""
    sandbox_name: str = "auto"
    """The sandbox that plugins run in; `auto` is the best that this computer has."""
    sandbox_allow_unsafe: bool = False
    """Whether a class board may run plugins in a sandbox that stops accidents only."""
    executor_name: str = "local"
    """What starts the runs."""
    executor_workers: int = 2
    """How many runs may go on at the same time."""
    weights: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """A table: names of pretrained weights -> files of one's own, relative to this file."""
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Field -> ``kit.toml`` or the variable that set it; absent for defaults."""


_SECTIONS = {"sandbox": ("name", "allow_unsafe"), "executor": ("name", "workers")}
_TOP = ("title", "competition", "zone", "weights")
_TYPES: Mapping[str, type] = {"sandbox_allow_unsafe": bool, "executor_workers": int, "weights": dict}
_WORDS = {str: "text in quotes", bool: "true or false", int: "a whole number", dict: "a table"}


def read_config(root: Path | None, environ: Mapping[str, str]) -> Config:
    """The settings of the workspace at `root`.

    Parameters
    ----------
    root
        Folder with a ``kit.toml``; None reads the variables only.
    environ
        Where ``KIT_*`` variables are looked up, usually ``os.environ``.

    Raises
    ------
    UsageError
        E003, with one part for each value that can't be used.
    """
    path = root / FILE_NAME if root else None
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, value, origin, key in [*_from_file(path, problems), *_from_variables(environ)]:
        converted = _converted(name, value)
        if converted is None:
            expected = _WORDS[_TYPES.get(name, str)]
            problems.append(Problem(code="E003", message=f"{key} ({origin})", expected=expected, got=repr(value)))
        else:
            values[name], origins[name] = converted, origin
    problems += _unusable(values, origins)
    if problems:
        where = str(path) if path else "environment"
        raise UsageError(Problem(code="E003", message="the settings have something to fix", where=where), problems)
    return Config(**values, origins=MappingProxyType(origins))


def _from_file(path: Path | None, problems: list[Problem]) -> Iterator[tuple[str, Any, str, str]]:
    """(field, value, origin, dotted key) for everything in the file that has a meaning."""
    if path is None:
        return
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(code="E003", message=f"{FILE_NAME} can't be read: {error}"))
        return
    for key, value in table.items():
        if key in _TOP:
            yield key, value, FILE_NAME, key
        elif key in _SECTIONS and isinstance(value, dict):
            for inner, setting in value.items():
                if inner in _SECTIONS[key]:
                    yield f"{key}_{inner}", setting, FILE_NAME, f"{key}.{inner}"
                else:
                    problems.append(_unknown(f"{key}.{inner}", [f"{key}.{name}" for name in _SECTIONS[key]]))
        else:
            problems.append(_unknown(key, [*_TOP, *_SECTIONS]))


def _from_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    for setting in fields(Config):
        if (variable := variable_of(setting.name)) and environ.get(variable):
            yield setting.name, environ[variable], variable, variable


def variable_of(name: str) -> str | None:
    """The environment variable that sets a field; None for tables, which only the file can hold."""
    return None if name in ("origins", "weights") else f"KIT_{name.upper()}"


def key_of(name: str) -> str:
    """How a field is written in ``kit.toml``: ``title``, ``sandbox.name``."""
    section, _, key = name.partition("_")
    return f"{section}.{key}" if section in _SECTIONS else name


def _converted(name: str, value: Any) -> Any:
    """`value` with the type of the field, or None."""
    wanted = _TYPES.get(name, str)
    if isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)):
        return value
    if wanted is bool and str(value).lower() in ("1", "true", "0", "false"):
        return str(value).lower() in ("1", "true")
    if wanted is int and isinstance(value, str) and value.isdecimal():
        return int(value)
    return None


def _unusable(values: Mapping[str, Any], origins: Mapping[str, str]) -> Iterator[Problem]:
    for name, file in values.get("weights", {}).items():
        if not isinstance(file, str):
            yield Problem(code="E003", message=f"weights.{name} ({FILE_NAME})", expected="a file", got=repr(file))
    zone = values.get("zone")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            yield Problem(
                code="E003", message=f"zone ({origins['zone']})", expected="an IANA zone: Europe/Berlin", got=repr(zone)
            )
    if values.get("executor_workers", 1) < 1:
        origin = origins["executor_workers"]
        got = str(values["executor_workers"])
        yield Problem(code="E003", message=f"executor.workers ({origin})", expected="at least 1", got=got)


def _unknown(key: str, known: list[str]) -> Problem:
    near = nearest(key, known)
    fix = f"did you mean   {near} ?" if near else f"known: {', '.join(known)}"
    return Problem(code="E003", message=f"{key} is not a key of {FILE_NAME}", fix=fix)
