"""Times as a page tells them, as briefly as they are clear."""

from __future__ import annotations

from datetime import datetime, tzinfo


def age(seconds: float) -> str:
    """``now``, ``5 min``, ``2 h``, ``3 d``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def ago(seconds: float) -> str:
    """``just now``, ``5 min ago``."""
    words = age(seconds)
    return "just now" if words == "now" else f"{words} ago"


def about(seconds: float) -> str:
    """A time to wait: ``12 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def moment(at: float, zone: tzinfo | None, now: float) -> str:
    """A moment as briefly as it is clear: ``Fri 23:59`` in these days, else ``Fri 27 Nov, 23:59``, with another year.

    The zone stands elsewhere on the page, or is the room's own.
    """
    then, today = (datetime.fromtimestamp(when, zone) for when in (at, now))
    days = (then.date() - today.date()).days
    if days == 0:
        return f"today {then:%H:%M}"
    if 0 < days < 7:
        return f"{then:%a %H:%M}"
    return f"{_date(then, today)}, {then:%H:%M}"


def day(then: datetime, now: float) -> str:
    """A moment with its date: ``Fri 27 Nov 23:59``; ``today 23:59``."""
    today = datetime.fromtimestamp(now, then.tzinfo)
    return f"today {then:%H:%M}" if then.date() == today.date() else f"{_date(then, today)} {then:%H:%M}"


def _date(then: datetime, today: datetime) -> str:
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then:%a} {then.day} {then:%b}{year}"


def clock(at: float, zone: tzinfo | None) -> str:
    """What a clock shows: ``23:59``."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"


def weekday_clock(then: datetime) -> str:
    """A mark of a drawing: ``Fri 18:00``."""
    return f"{then:%a %H:%M}"


def weekday_hour(then: datetime) -> str:
    """A mark of a drawing: ``Fri 18``."""
    return f"{then:%a %H}"


def day_of_month(then: datetime) -> str:
    """A mark of a drawing: ``Nov 27``."""
    return f"{then:%b} {then.day}"
