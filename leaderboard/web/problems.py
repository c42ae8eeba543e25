"""Errors as answers: which status, which words, and what stays with the host."""

from __future__ import annotations

import logging
import secrets
from dataclasses import asdict
from typing import Any

from kit.errors import KitError, ParticipantVisibleError, PluginError, RefusedError, StorageError, UsageError
from leaderboard.web.clerk import Told, told
from leaderboard.web.room import BusyError
from leaderboard.web.words import refusals

log = logging.getLogger("kit.serve")
_VISIBLE = (UsageError, PluginError, ParticipantVisibleError, RefusedError, BusyError)
_OF_HOST = ("E003", "E004")  # wrong settings and competitions: the words hold the host's files
_BY_CODE = {"E001": 404, "E003": 503, "E004": 503, "E311": 413, "E407": 403, "E408": 401, "E409": 429}
_BY_EXIT_CODE = {2: 400, 3: 422, 4: 422, 5: 403}
RETRY_S = 10


class TooManyError(RefusedError):
    """E409: this often is too often; when it may be done again."""

    def __init__(self, what: str, wait_s: float) -> None:
        self.after_s = max(1, round(wait_s + 0.5))
        super().__init__(refusals.too_many(what, self.after_s))


def public(error: KitError) -> Told:
    """What whoever asked may know of `error`; the rest is written to the server's log under a number."""
    if isinstance(error, _VISIBLE) and error.code not in _OF_HOST:
        return told(error)
    return hidden(error)


def hidden(error: BaseException) -> Told:
    """What whoever asked may know of what is the host's to mend: a number under which the log has the rest."""
    number = secrets.token_hex(4)
    log.error("reference %s", number, exc_info=error)
    # What is wrong with its store is the server's own affair: for whoever asks it has no room now.
    code = error.code if isinstance(error, KitError) and not isinstance(error, StorageError) else "E709"
    problem = refusals.hidden(code, number)
    return Told(exit_code=getattr(error, "exit_code", 8), problem=problem, after_s=RETRY_S)


def of_clerk(said: Told) -> Told:
    """What a clerk said, as far as whoever asked may know it."""
    is_told = said.exit_code in _BY_EXIT_CODE and said.problem.code not in _OF_HOST
    if is_told or said.after_s is not None:
        return said
    error = KitError(said.problem, said.parts)
    return Told(exit_code=said.exit_code, problem=hidden(error).problem, after_s=RETRY_S)


def status_of(said: Told) -> int:
    """The status of an answer. What is the host's to mend is 503: asking again later is what helps."""
    if said.problem.code in _BY_CODE:
        return _BY_CODE[said.problem.code]
    return _BY_EXIT_CODE.get(said.exit_code, 503)


def headers_of(said: Told) -> dict[str, str]:
    """When to ask again, where that is known."""
    headers = {} if said.after_s is None else {"retry-after": str(said.after_s)}
    if said.problem.code == "E408":
        headers["www-authenticate"] = "Bearer"
    return headers


def as_json(said: Told) -> dict[str, Any]:
    """An error as the API tells it, with every problem inside."""
    return {
        "error": asdict(said.problem),
        "parts": [asdict(part) for part in said.parts],
        "exit_code": said.exit_code,
        "retry_after_s": said.after_s,
    }


def not_found(what: str) -> UsageError:
    """E001 for an address that leads nowhere, or to what this visitor may not know of; `what` is one of `refusals`."""
    return UsageError(refusals.not_here(what))
