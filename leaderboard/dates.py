"""Points in time as a host types them and as everybody reads them: in the time zone of the course."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kit.errors import Problem, UsageError
from kit.notation import remaining

_UNITS = {"min": 60, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"(?:\d+(?:\.\d+)? ?(?:min|m|h|d|w) ?)+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?) ?(min|m|h|d|w)")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"(?:([A-Za-z]{3,9}) )?(\d{1,2}):(\d\d)")
_LONGEST_S = 10 * 366 * 86400.0  # what is typed beyond is a slip of the finger, and no calendar could tell it
_YEARS = range(2000, 2200)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)(?: ?\[?([A-Za-z]+(?:/[A-Za-z0-9_+-]+)*)\]?)?")


def read_span(text: str) -> float:
    """Seconds of ``2h``, ``90 min``, ``1d 12h``.

    Raises
    ------
    UsageError
        E002.

    Examples
    --------
    >>> read_span("1d 12h") / 3600
    36.0
    """
    if not _SPAN.fullmatch(text.strip()):
        raise UsageError(_no_span(text))
    span_s = sum(float(n) * _UNITS[unit] for n, unit in _PIECE.findall(text))
    if span_s > _LONGEST_S:
        raise UsageError(_too_long(text))
    return span_s


def read_moment(text: str, *, now: float, zone: tzinfo | None) -> float:
    """Unix seconds of a point in time.

    Parameters
    ----------
    text
        ``now``, ``in 2h``, ``2026-11-27T23:59:00+03:00``, ``2026-11-27 23:59 Europe/Berlin``; and, where the course
        has a zone, ``2026-11-27 23:59``, ``Fri 23:59`` or ``23:59``: the next one there is.
    now
        Unix seconds.
    zone
        The course's, as ``kit.toml`` says; None where it says nothing.

    Raises
    ------
    UsageError
        E002: not a time, or one in no particular zone, with what was probably meant.

    Examples
    --------
    >>> read_moment("2026-11-27 23:59 Europe/Berlin", now=0.0, zone=None)
    1795820340.0
    """
    text = text.strip()
    if text.casefold() == "now":
        return now
    if text.casefold().startswith("in "):
        return now + read_span(text[3:])
    local, named = _local(text, datetime.fromtimestamp(now, zone))
    if local is None or local.year not in _YEARS:
        raise UsageError(_no_moment(text))
    if local.tzinfo is not None:
        return local.timestamp()
    of = named or zone
    if of is None:
        raise UsageError(_naive(text, local))
    return local.replace(tzinfo=of).timestamp()


def _local(text: str, today: datetime) -> tuple[datetime | None, tzinfo | None]:
    """The time on a clock that `text` tells, and the zone that it names; None where it tells none."""
    weekday = _WEEKDAY.fullmatch(text)
    if weekday:
        return _next(weekday[1] or "", int(weekday[2]), int(weekday[3]), today.replace(tzinfo=None)), None
    match = _LOCAL.fullmatch(text)
    try:
        if match is None:
            return datetime.fromisoformat(text), None
        named = ZoneInfo(match[2]) if match[2] and match[2] != "Z" else None
        return datetime.fromisoformat(match[1] + ("+00:00" if match[2] == "Z" else "")), named
    except (ValueError, ZoneInfoNotFoundError):
        return None, None


def _next(day: str, hour: int, minute: int, today: datetime) -> datetime | None:
    """The next time that a clock shows this, on this day of the week where one is named."""
    short = day[:3].casefold()
    if hour > 23 or minute > 59 or (day and short not in _DAYS):
        return None
    first = today.replace(hour=hour, minute=minute, second=0, microsecond=0)
    days = (first + timedelta(days=n) for n in range(9))
    return next(d for d in days if d > today and (not day or _DAYS[d.weekday()] == short))


def said(at: float, *, zone: tzinfo | None, now: float | None = None) -> str:
    """A point in time as it is read: ``Fri 2026-11-27 23:59 Europe/Berlin (in 2 d 4 h)``.

    Without a zone the clock of this computer is meant.
    """
    then = datetime.fromtimestamp(at, zone).astimezone(zone)
    text = f"{then:%a %Y-%m-%d %H:%M} {zone_name(then)}"
    if now is None:
        return text
    return f"{text} (in {span(at - now)})" if at > now else f"{text} ({span(now - at)} ago)"


def span(seconds: float) -> str:
    """Time that is left or has gone, never none: ``2 d 4 h``, ``5 min``, ``less than a minute``."""
    return remaining(seconds) if seconds >= 60 else "less than a minute"


def zone_name(then: datetime) -> str:
    """How the zone of an aware time is called: ``Europe/Berlin``, ``CET``, ``UTC-0300``.

    What a computer calls its own zone may be an offset again, or a sentence: then the offset stands, once.
    """
    name = getattr(then.tzinfo, "key", "") or then.tzname() or ""
    if "/" in name or (name.isascii() and name.isalpha() and len(name) <= 5):
        return name
    return f"{then:UTC%z}" if then.utcoffset() else "UTC"


def _no_span(text: str) -> Problem:
    return Problem(code="E002", message=f"{text!r} is no length of time", expected="2h, 90min or 1d 12h", got=text)


def _too_long(text: str) -> Problem:
    return Problem(
        code="E002", message=f"{text[:40]!r} is more than ten years", expected="2h, 90min or 1d 12h", got=text
    )


def _no_moment(text: str) -> Problem:
    return Problem(
        code="E002",
        message=f"{text!r} is no point in time",
        expected='2026-11-27T23:59:00+03:00   or   "2026-11-27 23:59 Europe/Berlin"   or   "in 2h"',
        got=text,
    )


def _naive(text: str, local: datetime) -> Problem:
    meant = local.astimezone()  # by the clock of this computer
    return Problem(
        code="E002",
        message=f"{text!r} does not say in which time zone",
        why="It would be another moment for whoever sits elsewhere, and after the clocks have changed.",
        fix=f"by this computer's clock it is   {meant.isoformat(timespec='minutes')}\n"
        'or say once in kit.toml where the course is:   zone = "Europe/Berlin"',
    )
