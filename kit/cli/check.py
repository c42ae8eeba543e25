"""``kit check``: whether a plugin will be accepted, found by reading it and by a trial on a few rows."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.entry import competition_option, find_plugin
from kit.cli.invocation import current
from kit.cli.place import workspace
from kit.cli.progress import LiveLine
from kit.errors import PluginError, StorageError
from kit.workspace import Workspace

if TYPE_CHECKING:
    from kit.job import Check

_NO_EVAL = "E125"
_QUIET = {"arguments", "packages", "kind"}  # worth a line only where something is wrong


@click.command()
@click.argument("path", shell_complete=completion.plugins)
@competition_option()
@screen.formats()
@click.pass_context
def command(ctx: click.Context, path: str, competition: str | None, form: screen.Form) -> None:
    """Try the plugin PATH on a few rows: is it accepted, and does each row get an answer of its own.

    Exit 3 where something has to be mended before it is submitted.
    """
    from kit.plugin.archive import pack
    from kit.trial import blocks, checks

    here = workspace()
    current().kept = f"{path} was not checked to the end."
    named = find_plugin(here, path, competition=competition, command="kit check")
    found, name, chosen = named.found, named.name, named.competition
    began, logs = time.monotonic(), list[bytes]()
    screen.say(f"{chosen} / {name}   ({named.chosen_by})")
    with LiveLine() as line:
        made = list(
            checks(
                found.path,
                name=name,
                prepared=here.prepared(chosen, on_progress=line.say),
                executor=here.executor(),
                limits=here.competition(chosen).limits.of_run(),
                on_progress=line.show,
                on_log=logs.append,
            )
        )
    is_ready = not any(map(blocks, made))
    result: dict[str, Any] = {"plugin": name, "competition": chosen, "chosen_by": named.chosen_by, "ready": is_ready}
    result |= {"checks": [asdict(check) | {"blocks": blocks(check)} for check in made]}
    leave_stamp(here, sha256(pack(found.path)).hexdigest(), result)
    if form == "json":
        screen.show_json(result | {"seconds": time.monotonic() - began})
    else:
        _show_traceback(logs)
        _show(made, name)
    ctx.exit(0 if is_ready else PluginError.exit_code)


def _show_traceback(logs: list[bytes]) -> None:
    """Where the plugin failed, in its own lines and in those of libraries, for who gave ``--traceback``."""
    from kit.clues import whole_traceback

    if current().shows_traceback:
        for traceback in filter(None, map(whole_traceback, logs)):
            screen.say(screen.clean(traceback))


def leave_stamp(here: Workspace, digest: str, result: dict[str, Any]) -> None:
    """Keep that the plugin with this sha256 was checked: what to do next is told from it. None for one to be mended."""
    with suppress(OSError, StorageError):  # a workspace that can't be written to has no memory
        stamp = here.state / "checks" / f"{digest}.json"
        if not result["ready"]:
            stamp.unlink(missing_ok=True)
            return
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


def _show(made: list[Check], name: str) -> None:
    from kit.trial import blocks

    # Where answers were found to change, what the source alone made suspect would be said twice.
    changing = any(check.problem is not None and check.problem.code in ("E205", "E217") for check in made)
    made = [check for check in made if not (changing and check.problem and check.problem.code == _NO_EVAL)]
    room = max(len(check.name) for check in made) + 2
    for check in made:
        # Where the sandbox can't tell what was written, that is so every time: no news of this plugin.
        is_silent = check.name == "writes" and check.state == "not checked"
        if not is_silent and (check.name not in _QUIET or not check.ok):
            screen.show("\n".join(_line(check, room)))
    failed = sorted((check for check in made if not check.ok), key=lambda check: not blocks(check))
    advised = [check for check in made if check.ok and check.problem is not None]
    problems = [check.problem for check in (*failed, *advised) if check.problem is not None]
    if problems:
        screen.show(f"\n{screen.error_text(PluginError(problems[0], problems))}\n")
    n, better = sum(map(blocks, failed)), len(failed) + len(advised)
    if n:
        screen.show(f"{screen.count(n, 'thing')} to mend before it is submitted.")
    else:
        also = f" ({screen.count(better, 'thing')} could be better)" if better else ""
        screen.show(f"Ready{also}.  kit run {name}")


def _line(check: Check, room: int) -> list[str]:
    code = check.problem.code if check.problem else ""
    state = {"ok": code or "ok", "failed": code or "no", "not checked": "-"}[check.state]
    detail = {"failed": "see below", "not checked": f"not checked: {check.detail}"}.get(check.state, check.detail)
    return screen.labelled(check.name, f"{state:<5}{detail}", room=room)
