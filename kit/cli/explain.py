"""``kit explain``: what an error code means, why it happens and what helps."""

from __future__ import annotations

import re
from importlib.resources import files

import click

from kit.cli import completion, screen
from kit.errors import Problem, UsageError, nearest
from kit.plugin.manager import harness

_CODE = re.compile(r"E\d{3}")
_TITLE = re.compile(r"# (E\d{3}) +(.+)")


@click.command()
@click.argument("code", required=False, shell_complete=completion.codes)
@screen.formats()
def command(code: str | None, form: screen.Form) -> None:
    """Explain CODE in half a page; without it, list all codes."""
    if code is None:
        _show_list(titles(), form)
    else:
        _show_lesson(code.upper(), form)


def titles() -> dict[str, str]:
    """Code -> what it stands for, of every lesson."""
    found = {}
    for file in files("kit").joinpath("lessons").iterdir():
        if match := _TITLE.match(file.read_text(encoding="utf-8")):
            found[match[1]] = match[2]
    return dict(sorted(found.items()))


def lesson(code: str) -> str:
    """The text of the lesson on `code`, its title in the first line."""
    return files("kit").joinpath("lessons", f"{code}.md").read_text(encoding="utf-8")


def _show_list(known: dict[str, str], form: screen.Form) -> None:
    if form == "json":
        screen.show_json([{"code": code, "title": title} for code, title in known.items()])
        return
    group = ""
    for code, title in known.items():
        if code[1] != group:
            group = code[1]
            screen.show(("" if group == "0" else "\n") + GROUPS[group])
        screen.show(f"  {code}  {title}")
    screen.show("\n  kit explain E301     one of them, with an example")


GROUPS = {
    "0": "Commands, names, settings",
    "1": "A plugin, before it runs",
    "2": "A plugin, while it runs",
    "3": "A submitted file",
    "4": "Refused for now",
    "5": "Data",
    "6": "Metrics and competitions: for the host",
    "7": "What is stored",
    "8": "The sandbox: for the host",
}


def _fix(code: str, known: dict[str, str]) -> str:
    """What may be meant. A whole code is no typing mistake for its neighbour: it may be one of a later version."""
    if code.lower() in harness().catalogue("register_commands"):
        return f"kit {code.lower()} --help   says what that command does"
    near = None if _CODE.fullmatch(code) else nearest(code, known)
    return f"did you mean   kit explain {near} ?" if near else "kit explain   lists all codes"


def _show_lesson(code: str, form: screen.Form) -> None:
    known = titles()
    if code not in known:
        raise UsageError(Problem(code="E001", message=f"there is no error code {code}", fix=_fix(code, known)))
    text = lesson(code)
    if form == "json":
        screen.show_json({"code": code, "title": known[code], "lesson": text})
        return
    body = text.partition("\n")[2].strip("\n")
    screen.show(f"{screen.bold(code)}  {known[code]}\n\n{screen.filled(body)}")
