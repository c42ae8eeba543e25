"""Why not: what is wrong with what was asked, sent or typed, and what to do about it.

Most are a whole `Problem`; the others are the part of one that differs, named in its docstring or above it.
"""

from __future__ import annotations

from kit.errors import Problem


def not_here(what: str) -> Problem:
    """An address that leads nowhere. `what` is one of those below."""
    return Problem(code="E001", message=f"there is no {what} here", fix=SEE_FIRST_PAGE)


SEE_FIRST_PAGE = "the first page lists what there is"
SUBMISSION_OF_LABEL = "submission of this label"
SUBMISSION_OF_NUMBER = "submission of this number"
STUDENT_OF_NUMBER = "student of this number"
WHEEL = "wheel of this name"
LESSON = "lesson of this code"
PRIVATE_RANKING = "private ranking yet"


def submission(label: str) -> str:
    """For `not_here`."""
    return f"submission {label}"


def competition(name: str) -> str:
    """For `not_here`."""
    return f"competition {name[:60]!r}"


def file(name: str) -> str:
    """For `not_here`."""
    return f"file {name[:60]!r}"


def part(name: str) -> str:
    """For `not_here`."""
    return f"part {name[:20]!r}"


def no_request(status: int) -> Problem:
    """What is no request to any address of ours, by the status of the answer."""
    messages = {404: "there is nothing at this address", 405: "this address can't be asked in this way"}
    message = messages.get(status, "this can't be read as a request to this address")
    return Problem(code="E001", message=message, fix=SEE_FIRST_PAGE)


BODY_TOO_LONG = Problem(code="E002", message="the body is longer than 64 KiB")
BODY_WRONG = Problem(code="E002", message="the request has something to fix")


def in_body(where: str, expected: str) -> Problem:
    """One thing that is wrong with the body of a request; `where` is empty where it is the whole of it."""
    return Problem(code="E002", message=where or "the body", expected=expected, got="else")


def too_large(mebibytes: float) -> Problem:
    """More bytes than are read."""
    return Problem(
        code="E311",
        message=f"what was sent is larger than {mebibytes:g} MiB",
        fix="send one file of answers, or the plugin alone without data and results",
    )


NO_FILE = Problem(
    code="E312", message="no file was sent", fix="choose a file: answers (.csv), or a plugin (.py or .zip)"
)


def no_code(why: str) -> Problem:
    """Plugins are not taken here."""
    return Problem(
        code="E406",
        message="this class board takes files of answers, no plugins",
        why=why,
        fix="train on your own computer, and hand in the answers:   kit submit answers.csv",
    )


def not_looked_at(name: str) -> Problem:
    """A plugin with files in it that no look at it covers."""
    return Problem(
        code="E109",
        message=f"{name} holds a cache, a virtual environment or another folder that no plugin is packed with",
        where=name,
        why="What is looked at must be exactly what runs.",
        fix="send the plugin's own files alone",
    )


def stopped(code: str, *, where: str, excerpt: str) -> Problem:
    """An error of an agent, in none of its own words: of Python's own exceptions the name, and the line."""
    return Problem(
        code=code,
        message="your code was stopped by an error in the episodes that count",
        where=where,
        excerpt=excerpt,
        why="What it said is shown after the reveal: by then your code has seen how the episodes that count end.",
        fix="kit run NAME   plays other episodes on your own computer, and tells all of it",
    )


CHECK_FAILED = "the check failed after the episodes that count"  # message of the same, where a check failed


def settled(competition: str) -> Problem:
    """Choosing what counts, once that is open."""
    return Problem(
        code="E405",
        message=f"the private ranking of {competition} is open: what counts is settled",
        fix="ask the host if there is a reason: the host's page, or   kit select   there, can still change it",
    )


def wrong_code(typed: str) -> Problem:
    """A word code that is not the one of this class."""
    return Problem(
        code="E407",
        message="that is not the word code of this class",
        expected="two words and a number, as   brave-otter-41",
        got=repr(typed[:60]),
        fix="look at the address that your teacher shows: the code is at its end",
    )


NAME_TAKEN = Problem(
    code="E407",
    message="somebody has just joined under this name, or it is not on the roster",
    fix="choose another, or tell your teacher",
)


def not_free(name: str, near: str) -> Problem:
    """A name that was typed and is taken, or on no roster: which of both is not said. `near` is what may be meant."""
    tell = "tell your teacher if it is yours: one click sets it free\nkit join URL   lists the names that are free"
    return Problem(
        code="E407",
        message=f"no name that is free is {name[:60]!r}",
        why="" if near else "A name can be taken once.",
        fix=f"did you mean   {near} ?" if near else tell,
    )


def forbidden(message: str, *, is_known: bool) -> Problem:
    """Something is only for who has a token, or a certain one. `message` is one of those below.

    Whoever `is_known` needs not be told how to join.
    """
    return Problem(
        code="E408",
        message=message,
        why="" if is_known else "A token is given to whoever joins; the host can take it back.",
        fix=""
        if is_known
        else "kit leave      then   kit join URL\nor open the class's address in a browser, and join there",
    )


NOT_KNOWN = "the token is not known here, or was taken back"
NOT_JOINED = "this needs the token of somebody who has joined"
ONLY_JOINED = "only who has joined can do this"
HOST_HAS_NO_TEAM = "the host has no team here: join as a student in another browser"
ONLY_HOST = "this page is the host's: open the address that   kit serve   has printed"
ADDRESS_USED = "this address was used before, or is too old: kit serve prints another"
FORM_TOO_OLD = "this form was not opened in this browser just now: open the page again"


def too_many(what: str, after_s: int) -> Problem:
    """Too often. `what` is one of those below."""
    return Problem(
        code="E409",
        message=f"too many {what} in a short time",
        why="Everybody in the class shares this server. No try was used.",
        fix=f"again in {after_s} s",
    )


REQUESTS = "requests"
SUBMISSIONS = "submissions"
TRIES_TO_JOIN = "tries to join"
TRIES_TO_ENTER = "tries to enter"


def busy(why: str, after_s: int) -> Problem:
    """Not now, and when to try again. `why` is one of those below."""
    return Problem(
        code="E709",
        message="the class server is busy, or has no room at the moment",
        why=f"{why}  Nothing was lost: what was acknowledged is kept.",
        fix=f"try again in {after_s} s; a submission that   kit submit   keeps is sent by the next kit command",
    )


MANY_ARRIVE = "Many submissions arrive at this moment."
MANY_WAIT = "Many submissions wait to be read."
MANY_LISTEN = "Very many look on at the same time."
CLERK_ENDED = "What reads submissions was ended from outside."
DISK_FULL = "The disk of the server is nearly full: its host has to make room."
MEMORY_FULL = "The server has little memory left."
TOO_SLOW = "What you sent came so slowly that it was given up: others wait for its place."
LOCKED = "Its database can't be written to at the moment."


def many_of_team(n: int) -> str:
    """For `busy`."""
    return f"{n} submissions of your team arrive at this moment."


def hidden(code: str, number: str) -> Problem:
    """What is the host's to mend: the log has the rest under `number`."""
    return Problem(
        code=code,
        message="the class server can't do this at the moment; its host can see why",
        why=f"This is no fault of yours, and used no try. Reference {number}.",
        fix="try again in a minute; if it happens again, tell your teacher the reference",
    )
