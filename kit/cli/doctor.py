"""``kit doctor``: what is installed, set and protected here, found by looking and trying."""

from __future__ import annotations

import dataclasses
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from kit import __version__
from kit.cli import screen
from kit.config import Config
from kit.errors import KitError
from kit.plugin.manager import OURS, harness
from kit.sandbox.base import Sandbox
from kit.source.homes import cache_home, data_home
from kit.workspace import Workspace

_BASE = ("numpy", "pandas", "scikit-learn", "pydantic", "click", "pluggy", "psutil")
_EXTRAS = {"torch": ("torch", "torchvision"), "gym": ("gymnasium",)}
_PROTECTED = {
    "files": "your files, and the solutions among them",
    "network": "the network",
    "processes": "your other processes",
    "memory": "more memory than its limit",
    "pids": "more processes than its limit",
    "disk": "more disk than its limit",
    "survivors": "living on after its run",
}


@click.command()
@screen.formats()
@click.pass_context
def command(ctx: click.Context, form: screen.Form) -> None:
    """Say what is installed, what is set, and what the sandbox blocks. Exit 1 if something is broken."""
    report = examine()
    if form == "json":
        screen.show_json(report)
    else:
        _show(report)
    ctx.exit(1 if report["broken"] else 0)


def examine() -> dict[str, Any]:
    """Everything ``kit doctor`` tells, as plain values."""
    broken = [f"{item.name}: {item.error}" for item in harness().broken]
    report: dict[str, Any] = {
        "kit": {"version": __version__, "path": str(Path(__file__).resolve().parents[1])},
        "python": {"version": platform.python_version(), "path": sys.executable, "system": platform.platform()},
        "packages": {name: _version(name) for name in (*_BASE, *sum(_EXTRAS.values(), ()))},
        "extras": {extra: all(map(_version, names)) for extra, names in _EXTRAS.items()},
    }
    report |= {"workspace": None, "settings": [], "data": _data(), "sandbox": None, "other_sandboxes": []}
    try:
        here = Workspace.find()
        report["workspace"] = {"root": str(here.root), "has_file": here.has_file, "writable": _is_writable(here.root)}
        report["settings"] = _settings(here.config)
        report["sandbox"] = _sandbox(here.sandbox())
        others = [name for name in harness().catalogue("register_sandboxes") if name != here.sandbox_name]
        report["other_sandboxes"] = [_sandbox(harness().load("register_sandboxes", name)()) for name in others]
        _try_board(here)
    except KitError as error:
        broken.append(screen.error_text(error))
    if report["workspace"] and not report["workspace"]["writable"]:
        broken.append(f"{report['workspace']['root']} can't be written to, and nothing can be kept")
    return report | {"broken": broken}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _settings(config: Config) -> list[dict[str, Any]]:
    return [
        {"name": setting.name, "value": value, "origin": config.origins.get(setting.name, "default")}
        for setting in dataclasses.fields(config)
        if setting.name != "origins" and (value := getattr(config, setting.name)) is not None
        if not (setting.name == "weights" and not value)
    ]


def _data() -> dict[str, Any]:
    home, cache = data_home(), cache_home()
    return {"home": str(home) if home else None, "home_exists": bool(home and home.is_dir()), "cache": str(cache)}


def _sandbox(sandbox: Sandbox) -> dict[str, Any]:
    capabilities = sandbox.probe()
    blocks = {name: getattr(capabilities, name) for name in _PROTECTED}
    return {"name": sandbox.name, "blocks": blocks, "reasons": dict(capabilities.reasons)}


def _try_board(here: Workspace) -> None:
    """Read what the board keeps, where it keeps something. Raises `StorageError` if it can't be read."""
    if (here.root / ".kit").is_dir():
        board = harness().hook.open_board(workspace=here)
        try:
            for name in here.competitions:
                board.submissions(name)
        finally:
            board.close()


def _is_writable(root: Path) -> bool:
    """Whether something can be made in `root`, or where it would be made; found by the permissions, without a trace."""
    import os

    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    return os.access(existing, os.W_OK)


def _show(report: dict[str, Any]) -> None:
    here, data = report["workspace"], report["data"]
    rows = [
        ("kit", f"{report['kit']['version']}   {report['kit']['path']}"),
        ("Python", f"{report['python']['version']}   {report['python']['path']}   {report['python']['system']}"),
        ("packages", "   ".join(f"{name} {version}" for name, version in report["packages"].items() if version)),
        *[("missing", _advice(extra)) for extra, is_there in report["extras"].items() if not is_there],
    ]
    if here:
        room = shutil.disk_usage(next(f for f in (Path(here["root"]), *Path(here["root"]).parents) if f.exists())).free
        what = "has a kit.toml" if here["has_file"] else "your data folder: no kit.toml here or above"
        rows.append(("workspace", f"{here['root']}   ({what}; {room / 2**30:.0f} GiB free)"))
    rows += [("setting", f"{s['name']} = {s['value']}   ({s['origin']})") for s in report["settings"]]
    missing = "" if data["home_exists"] or not data["home"] else "   which does not exist"
    rows.append(
        ("data", f"{data['home']}   (KIT_DATA_HOME, only read){missing}" if data["home"] else "no KIT_DATA_HOME")
    )
    rows.append(("cache", f"{data['cache']}   downloads and demo workspaces; can be deleted"))
    screen.show("\n".join(_wrapped(rows)))
    if report["sandbox"]:
        _show_sandbox(report["sandbox"])
        _show_others(report["other_sandboxes"])
    if report["broken"]:
        screen.show("\nBroken")
        screen.show("\n".join(f"  {line}" for item in report["broken"] for line in item.splitlines()))
    else:
        screen.show("\nNothing is broken.")


def _wrapped(rows: list[tuple[str, str]]) -> list[str]:
    lines, before = [], ""
    for label, text in rows:
        lines += screen.labelled(label if label != before else "", text, room=11)
        before = label
    return lines


def _advice(extra: str) -> str:
    names = " and ".join(_EXTRAS[extra])
    return f'{names}: uv pip install "{OURS}[{extra}]"   adds what plugins with {_EXTRAS[extra][0]} need'


def _show_sandbox(sandbox: dict[str, Any]) -> None:
    screen.show(f"\nSandbox {sandbox['name']}: what a submitted plugin can reach here, and what not")
    for name, is_blocked in sandbox["blocks"].items():
        reason = "" if is_blocked else f"   ({sandbox['reasons'].get(name, '')})"
        screen.show(f"  {'blocked' if is_blocked else 'OPEN':<8} {_PROTECTED[name]}{reason}")
    if not all(sandbox["blocks"].values()):
        screen.show("  It protects against accidents, not malice: run only code that you would run yourself.")


def _show_others(sandboxes: list[dict[str, Any]]) -> None:
    """A line for each sandbox that is not used now: what it leaves open, or why it can't be used."""
    rows = []
    for sandbox in sandboxes:
        blocks, reasons = sandbox["blocks"], sandbox["reasons"]
        is_open = [_PROTECTED[name] for name, is_blocked in blocks.items() if not is_blocked]
        if not is_open:
            text = "blocks all of these"
        elif len(is_open) == len(blocks):
            text = f"can't be used here: {next(iter(reasons.values()), '')}"
        else:
            text = f"leaves open: {'; '.join(is_open)}"
        rows.append((sandbox["name"], text))
    screen.show("\nOther sandboxes   (sandbox.name in kit.toml, or KIT_SANDBOX_NAME)")
    for name, text in rows:
        screen.show("\n".join(screen.labelled(name, text, room=11)))
