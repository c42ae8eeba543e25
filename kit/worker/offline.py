"""Whether an exception means that a plugin asked for the network, in a sandbox that has none."""

from __future__ import annotations

import errno
import re
import socket
import traceback
from collections.abc import Iterator
from pathlib import Path

from kit.errors import Problem

_NOBODY_THERE = {
    *(errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL),
    *(errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EAFNOSUPPORT),
}
_FORBIDDEN = {errno.EPERM, errno.EACCES}
# Of libraries that keep the cause as text only: requests, urllib3, huggingface_hub, torch.hub.
_WORDS = re.compile(r"Name or service not known|Temporary failure in name resolution|Max retries exceeded with url")
_WEIGHTS = re.compile(r"weights|pretrained|torch\.hub")


def asked_for_network(error: BaseException) -> bool:
    """Whether `error`, or one that led to it, is of a connection that could not be made."""
    return any(_is_of_network(cause) for cause in _causes(error))


def no_network(where: str, line: str, excerpt: str) -> Problem:
    """E207. `line` is the entrant's innermost one."""
    fix = "leave it out: the data come through train, and files of your own can lie beside plugin.py"
    if _WEIGHTS.search(line):
        fix = "weights=None   trains from the beginning; a file of weights can lie beside plugin.py"
    return Problem(
        code="E207",
        message="your plugin asked for the network",
        where=where,
        excerpt=excerpt,
        why="There is none while scoring.",
        fix=fix,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what led to it, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        # urllib's and urllib3's errors name theirs a reason.
        others = (one.__cause__, one.__context__, getattr(one, "reason", None))
        waiting += [other for other in others if isinstance(other, BaseException)]


def _is_of_network(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror):
        return True
    if isinstance(error, OSError) and error.errno in _NOBODY_THERE:
        return True
    if isinstance(error, OSError) and error.errno in _FORBIDDEN:  # a filter in place of a network namespace
        return error.filename is None and _is_raised_by_a_socket(error)
    return type(error).__module__.split(".")[0] != "builtins" and bool(_WORDS.search(_text(error)))


def _is_raised_by_a_socket(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return last is not None and (Path(last.filename).name == "socket.py" or "socket(" in (last.line or ""))


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - a stranger's __str__
        return ""
