"""``kit join`` and ``kit leave``: be in a class, and be in none."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path

import click

from kit.cli import screen
from kit.cli.invocation import current
from kit.cli.place import begin_in_class
from kit.errors import KitError, Problem, RefusedError, UsageError
from leaderboard.client import outbox
from leaderboard.client.http import Http, plain_url, read_certificate
from leaderboard.client.membership import Membership, forget_membership, read_membership, write_membership

_MOST_LISTED = 60
_MOST_NAME = 200  # characters, as the class reads them


@click.command()
@click.argument("url")
@click.option("--name", metavar="NAME", help="Who you are on the roster; asked where it is not given.")
@click.option("--code", metavar="WORDS", help="The word code, where the address has none.")
@click.option(
    "--cafile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The class's certificate, where it has made its own.",
)
@click.option("--moved", is_flag=True, help="It is the class that you are in, which has another address now.")
@screen.formats()
def join_command(
    url: str, name: str | None, code: str | None, cafile: Path | None, moved: bool, form: screen.Form
) -> None:
    """Join the class at URL: from then on submit, leaderboard, competitions, info and data go there."""
    address, in_url = plain_url(url)
    if moved:
        _move(address, cafile, form)
        return
    _require_none(address)
    server = Http(address, cafile=read_certificate(cafile) if cafile else "")
    word_code = code or in_url or _asked("Word code, as your teacher's screen shows it", "--code WORDS")
    told = server.post("/api/v1/roster", {"word_code": word_code})
    names = [(row["entrant"], row["name"]) for row in told["names"]]
    label = f"kit on {platform.node()}"[:80]
    joined = server.post("/api/v1/join", {"word_code": word_code, "label": label} | _who(names, name))
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
    _show(membership, path, form)


def _move(address: str, cafile: Path | None, form: screen.Form) -> None:
    """Be in the same class at another address. Only who says so sends the token there: it could be another's server."""
    membership = read_membership()
    if membership is None:
        raise UsageError(_not_joined())
    kept = str(cafile.resolve()) if cafile else membership.cafile
    Http(address, token=membership.token, cafile=kept).get("/api/v1/me")  # E408 where it is another class
    outbox.readdress(membership, address)
    moved = replace(membership, url=address, cafile=kept)
    _show(moved, write_membership(moved), form)


def _show(membership: Membership, path: Path, form: screen.Form) -> None:
    address = membership.url
    if form == "json":
        shown = {"url": address, "name": membership.name, "team": membership.team_name}
        screen.show_json(shown | {"class": membership.class_title, "kept_in": str(path)})
        return
    screen.show(
        f'You are {membership.name} in the class "{membership.class_title}", on its board {membership.team_name}.'
    )
    screen.say("  submit, leaderboard, competitions, info, data and select go there;")
    screen.say("  --local   keeps to this computer")
    rows = [("kit competitions", "what there is to enter, and until when"), (address, "the same in a browser")]
    screen.say("\nNext\n" + "\n".join(screen.described(rows)))


@click.command()
def leave_command() -> None:
    """Leave the class: everything works on this computer alone again. Your name there stays yours."""
    from leaderboard.client.remote import ClassBoard

    membership = read_membership()
    if membership is None:
        raise UsageError(_not_joined())
    if waiting := outbox.waiting(membership):
        begin_in_class(ClassBoard(membership))
        waiting = outbox.waiting(membership)
    again = "To join again your teacher has to set your name free."
    try:
        ClassBoard(membership).leave()
        told = ""
    except RefusedError:  # it does not know the token any more
        told, again = "  (it had set your name free)", "kit join URL   joins again."
    except KitError as error:
        told = f"  ({error.code}: the server could not be told; its host can take your token back)"
    forget_membership()
    screen.show(f'You have left "{membership.class_title or membership.url}".{told}')
    if waiting:
        screen.say(f"  {screen.count(len(waiting), 'submission')} in the outbox: sent if you join that class again")
    screen.say(f"  {again}")


def _require_none(address: str) -> None:
    membership = read_membership()
    if membership is not None:
        is_same = membership.url == address
        message = f"you are in {'this' if is_same else 'another'} class already, as {membership.name}"
        move = "" if is_same else "\nkit join URL --moved      if it is the same class at another address"
        raise UsageError(Problem(code="E019", message=message, where=membership.url, fix=f"kit leave      first{move}"))


def _not_joined() -> Problem:
    message = "you are in no class: there is nothing to leave"
    return Problem(code="E019", message=message, fix="kit join URL      with the address that your teacher shows")


def _asked(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        message = "kit join asks for something, and there is nobody to answer"
        raise UsageError(Problem(code="E002", message=message, fix=f"kit join URL {option}"))
    answer: str = click.prompt(question, err=True)
    return answer


def _who(names: list[tuple[int, str]], name: str | None) -> dict[str, int | str]:
    """Who is meant, as the class is asked: a number, or a name that is not free, so that the host hears of it.

    Raises
    ------
    UsageError
        E001 if nobody is left to choose from, or it is several.
    """
    if name is None:
        if not names:
            message = "every name on the roster has been taken, or nobody is on it"
            raise UsageError(Problem(code="E001", message=message, fix="tell your teacher"))
        name = _chosen(names)
    found = [number for number, known in names if known.casefold() == name.strip().casefold()]
    if len(found) > 1:
        message = f"{len(found)} on the roster are called {name}"
        raise UsageError(Problem(code="E001", message=message, fix="your teacher can tell them apart on the roster"))
    if found:
        return {"entrant": found[0]}
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return {"entrant": names[int(name) - 1][0]}
    return {"name": name[:_MOST_NAME]}


def _chosen(names: list[tuple[int, str]]) -> str:
    rows = [(str(place), known) for place, (_, known) in enumerate(names[:_MOST_LISTED], start=1)]
    screen.say("\n".join(screen.grid(rows, right={0}, gap=2)))
    if len(names) > _MOST_LISTED:
        screen.say(f"  and {len(names) - _MOST_LISTED} more: type the name")
    return _asked("Who are you? (number or name)", "--name NAME")
