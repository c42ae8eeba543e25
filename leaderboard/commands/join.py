"""``kit join`` and ``kit leave``: be in a class, and be in none."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import click

from kit.cli import screen
from kit.cli.invocation import current
from kit.errors import KitError, Problem, UsageError, nearest
from leaderboard.client import outbox
from leaderboard.client.http import Http, plain_url, read_certificate
from leaderboard.client.membership import Membership, forget_membership, read_membership, write_membership

_MOST_LISTED = 60


@click.command()
@click.argument("url")
@click.option("--name", metavar="NAME", help="Who you are on the roster; asked where it is not given.")
@click.option("--code", metavar="WORDS", help="The word code, where the address has none.")
@click.option(
    "--cafile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The class's certificate, where it has made its own.",
)
@screen.formats()
def join_command(url: str, name: str | None, code: str | None, cafile: Path | None, form: screen.Form) -> None:
    """Join the class at URL: from then on submit, leaderboard, info and data go there."""
    address, in_url = plain_url(url)
    _require_none(address)
    server = Http(address, cafile=read_certificate(cafile) if cafile else "")
    word_code = code or in_url or _asked("Word code, as your teacher's screen shows it", "--code WORDS")
    told = server.post("/api/v1/roster", {"word_code": word_code})
    names = [(row["entrant"], row["name"]) for row in told["names"]]
    entrant = _entrant(names, name)
    label = f"kit on {platform.node()}"[:80]
    joined = server.post("/api/v1/join", {"word_code": word_code, "entrant": entrant, "label": label})
    membership = Membership(
        url=address,
        token=joined["token"],
        name=joined["name"],
        team=joined["team"],
        team_name=joined["team_name"],
        class_title=joined["class_title"],
        cafile=str(cafile.resolve()) if cafile else "",
    )
    try:
        path = write_membership(membership)
    except KitError:
        current().kept = ""
        Http(address, token=joined["token"], cafile=membership.cafile).post("/api/v1/leave")
        raise
    if form == "json":
        shown = {"url": address, "name": membership.name, "team": membership.team_name}
        screen.show_json(shown | {"class": membership.class_title, "kept_in": str(path)})
        return
    screen.show(
        f'You are {membership.name} in the class "{membership.class_title}", on its board {joined["team_name"]}.'
    )
    screen.say("  submit, leaderboard, info, data and select go there;   --local   keeps to this computer")
    screen.say(f"\nNext   kit leaderboard      who is where\n       {address}      the same in a browser")


@click.command()
def leave_command() -> None:
    """Leave the class: everything works on this computer alone again. Your name there stays yours."""
    from leaderboard.client.remote import ClassBoard

    membership = read_membership()
    if membership is None:
        raise UsageError(_not_joined())
    if waiting := outbox.waiting(membership.url):
        for _ in ClassBoard(membership).flush():
            pass
        waiting = outbox.waiting(membership.url)
    try:
        ClassBoard(membership).leave()
        told = ""
    except KitError as error:
        told = f"  ({error.code}: the server could not be told; its host can take your token back)"
    forget_membership()
    screen.show(f'You have left "{membership.class_title or membership.url}".{told}')
    if waiting:
        screen.say(f"  {screen.count(len(waiting), 'submission')} in the outbox: sent if you join that class again")
    screen.say("  To join again your teacher has to set your name free.")


def _require_none(address: str) -> None:
    membership = read_membership()
    if membership is not None:
        is_same = membership.url == address
        message = f"you are in {'this' if is_same else 'another'} class already, as {membership.name}"
        raise UsageError(Problem(code="E019", message=message, where=membership.url, fix="kit leave      first"))


def _not_joined() -> Problem:
    message = "you are in no class: there is nothing to leave"
    return Problem(code="E019", message=message, fix="kit join URL      with the address that your teacher shows")


def _asked(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        message = "kit join asks for something, and there is nobody to answer"
        raise UsageError(Problem(code="E002", message=message, fix=f"kit join URL {option}"))
    answer: str = click.prompt(question, err=True)
    return answer


def _entrant(names: list[tuple[int, str]], name: str | None) -> int:
    """Who is meant. Raises `UsageError` E001 if it is nobody, or several."""
    if not names:
        message = "every name on the roster has been taken, or nobody is on it"
        raise UsageError(Problem(code="E001", message=message, fix="tell your teacher"))
    if name is None:
        name = _chosen(names)
    found = [number for number, known in names if known.casefold() == name.strip().casefold()]
    if len(found) == 1:
        return found[0]
    if name.isdecimal() and 1 <= int(name) <= len(names) and not found:
        return names[int(name) - 1][0]
    if found:
        message = f"{len(found)} on the roster are called {name}"
        raise UsageError(Problem(code="E001", message=message, fix="your teacher can tell them apart on the roster"))
    near = nearest(name, [known for _, known in names])
    fix = f"did you mean   {near} ?" if near else "kit join URL   lists the names that are free"
    message = f"{name!r} is not on the roster, or has been taken"
    raise UsageError(Problem(code="E001", message=message, fix=fix))


def _chosen(names: list[tuple[int, str]]) -> str:
    rows = [(str(place), known) for place, (_, known) in enumerate(names[:_MOST_LISTED], start=1)]
    screen.say("\n".join(screen.grid(rows, right={0}, gap=2)))
    if len(names) > _MOST_LISTED:
        screen.say(f"  and {len(names) - _MOST_LISTED} more: type the name")
    return _asked("Who are you? (number or name)", "--name NAME")
