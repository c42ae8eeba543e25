"""A plugin of one's own to begin with: a copy of one that works, with the name of its competition written into it."""

from __future__ import annotations

import ast
import io
import itertools
import json
import keyword
import re
import shutil
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

from kit.disk import disk_errors
from kit.errors import PluginError, Problem, UsageError
from kit.plugin.archive import pack, unpack
from kit.plugin.manager import OURS, harness
from kit.plugin.manifest import Manifest, examine, is_installed, plugin_error
from kit.workspace import STARTER, Found, Workspace, is_path

# What a student would write first, by the first word of a competition's kind; the first one that is there.
STARTERS = {"image": (STARTER,), "tabular": ("my_table", "trees"), "agent": ("gym_agent",)}
_NAME = "COMPETITION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A plugin that was just made.

    Parameters
    ----------
    name, path
        What it is called, and its folder.
    source
        The name of the plugin it is a copy of.
    competition, reason
        What was written into it, and who said so.
    manifest
        What it is.
    files
        What was written.
    others
        Other plugins that could have been copied for this competition.
    """

    name: str
    path: Path
    source: str
    competition: str
    reason: str
    manifest: Manifest
    files: tuple[Path, ...]
    others: tuple[str, ...]


def new(workspace: Workspace, name: str, *, competition: str | None = None, source: str | None = None) -> Started:
    """Copy a plugin that works to ``plugins/NAME`` of the workspace, caches left out.

    Parameters
    ----------
    workspace
        Whose plugin it becomes.
    name
        Its name.
    competition
        What it is for; else the copied plugin or ``kit.toml`` says.
    source
        The name or path of the plugin to copy; by default the starter for this kind of competition.

    Raises
    ------
    UsageError
        E001, E005, E012, E008 if there is a plugin of this name, E002 and E105 for a name that would make trouble.
    PluginError
        E101, E106 or E109 if the source can't be copied, E108 if it is for another kind of competition.
    StorageError
        E703, E706.
    """
    _require_free(workspace, name)
    copied = workspace.model(source, command=f"kit new {name} --from") if source else None
    said = _manifest(copied) if copied else None
    chosen, reason = workspace.choose_competition(competition, *((said.competition, said.tasks) if said else ()))
    workspace.require_rows(chosen)
    kind = workspace.competition(chosen).kind
    fitting = fitting_models(workspace, kind)
    if copied is None:
        copied = _starter(workspace, kind, fitting)
    elif said and not fits(said, kind):
        raise PluginError(_other_kind(said, copied.name, kind, fitting))
    folder = workspace.root / "plugins" / name
    written = _copy(copied, folder, chosen)
    return Started(
        name=name,
        path=folder,
        source=copied.name,
        competition=chosen,
        reason=reason,
        manifest=_manifest(Found(name=name, path=folder, level="workspace")),
        files=written,
        others=tuple(other for other in fitting if other not in (copied.name, name)),
    )


def fits(manifest: Manifest, kind: str) -> bool:
    """Whether a plugin says that it is for this kind of competition, or for any."""
    return not manifest.tasks or kind in manifest.tasks


def fitting_models(workspace: Workspace, kind: str) -> list[str]:
    """Names of the plugins that can be copied for a competition of this kind."""
    examined = {name: examine(found.path) for name, found in workspace.models.items()}
    return [name for name, (manifest, wrong) in examined.items() if manifest and not wrong and fits(manifest, kind)]


def with_competition(code: str, name: str) -> str:
    r"""`code` of a plugin with the literal ``COMPETITION`` set to `name`.

    A literal that is there is replaced; a new one stands before ``TASKS``, else after docstring and imports.

    Examples
    --------
    >>> with_competition('"Mine."\n\nTASKS = []\n', "digits")
    '"Mine."\n\nCOMPETITION = "digits"\nTASKS = []\n'
    """
    body = ast.parse(code).body
    lines = code.splitlines(keepends=True)
    literal = json.dumps(name, ensure_ascii=False)
    if there := _assigned(body, _NAME):
        before, after = _around(lines, there.value)
        return f"{before}{literal}{after}"
    statement = f"{_NAME} = {literal}\n"
    if tasks := _assigned(body, "TASKS"):
        lines.insert(tasks.lineno - 1, statement)
        return "".join(lines)
    return _after_imports(body, lines, statement)


def _assigned(body: list[ast.stmt], name: str) -> ast.Assign | None:
    """The assignment of which `kit.plugin.manifest` reads `name`."""
    assignments = (statement for statement in body if isinstance(statement, ast.Assign))
    return next((a for a in assignments if any(isinstance(t, ast.Name) and t.id == name for t in a.targets)), None)


def _around(lines: list[str], node: ast.expr) -> tuple[str, str]:
    """The text before and after a node. Its columns are bytes of UTF-8."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode()
    return "".join([*lines[:first], before]), "".join([after, *lines[last + 1 :]])


def _after_imports(body: list[ast.stmt], lines: list[str], statement: str) -> str:
    n = 0
    while n < len(body) and (isinstance(body[n], (ast.Import, ast.ImportFrom)) or (n == 0 and _is_docstring(body[n]))):
        n += 1
    if n == 0:  # comments on top are the file's own: a licence, a block of dependencies
        top = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        return "".join([*lines[:top], *(["\n"] if top else []), statement, *_gap(lines[top:]), *lines[top:]])
    end = max(each.end_lineno or each.lineno for each in body[:n])
    end = max([end, *(s.end_lineno or s.lineno for s in body[n:] if s.lineno <= end)])  # two on one line
    above = lines[:end]
    if not above[-1].endswith("\n"):
        above[-1] += "\n"
    return "".join([*above, "\n", statement, *_gap(lines[end:]), *lines[end:]])


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _gap(below: list[str]) -> list[str]:
    """The empty lines that are missing between what was written and a statement right below it."""
    return ["\n", "\n"] if below and below[0].strip() else []


def _copy(source: Found, folder: Path, competition: str) -> tuple[Path, ...]:
    archive = pack(source.path)
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir()  # the claim on the name: of two commands at once the second is told
        except FileExistsError:
            raise UsageError(_taken(folder)) from None
        try:
            unpack(archive, folder)
            _write_competition(folder / "plugin.py", competition)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return (
        folder / "plugin.py",
        *sorted(file for file in folder.rglob("*") if file.is_file() and file != folder / "plugin.py"),
    )


def _write_competition(file: Path, competition: str) -> None:
    """Set the literal and leave everything else as it was: encoding and ends of lines too."""
    data = file.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    newline = "\r\n" if b"\r\n" in data else "\n"
    text = with_competition(data.decode(encoding).replace("\r\n", "\n"), competition)
    file.write_bytes(text.replace("\n", newline).encode(encoding))


def _starter(workspace: Workspace, kind: str, fitting: list[str]) -> Found:
    """What is copied where nothing is named: ours as it is shipped, not as it was edited in this workspace."""
    shipped = {r.name: r.value for r in harness().registrations("register_models") if r.origin == OURS}
    for name in STARTERS.get(kind.partition("-")[0], ()):
        if name in shipped:
            return Found(name=name, path=shipped[name], level="bundled", provider=OURS)
    if not fitting:
        fix = "kit plugins   lists the models there are, and what each is for"
        raise UsageError(Problem(code="E001", message=f"there is no plugin to copy for {kind}", fix=fix))
    return workspace.models[fitting[0]]


def _manifest(found: Found) -> Manifest:
    manifest, problems = examine(found.path)
    if manifest is None:
        raise plugin_error(problems)
    return manifest


def _other_kind(manifest: Manifest, name: str, kind: str, fitting: list[str]) -> Problem:
    return Problem(
        code="E108",
        message=f"{name} is not for this kind of competition",
        expected=kind,
        got=", ".join(manifest.tasks),
        fix=f"--from {' | '.join(fitting)}      or another competition with   -c NAME",
    )


def _require_free(workspace: Workspace, name: str) -> None:
    """Raise what speaks against this name for a new plugin."""
    folder = workspace.root / "plugins" / name
    if is_path(name) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise UsageError(_unfit(name))
    if (
        there := next((p for p in (folder, folder.with_suffix(".py")) if p.exists() or p.is_symlink()), None)
    ) is not None:
        raise UsageError(_taken(there))
    hidden = workspace.models.get(name)
    if hidden is not None and name not in {starter for group in STARTERS.values() for starter in group[:1]}:
        of = "comes with the kit" if hidden.level == "bundled" else f"{hidden.provider} brings"
        raise UsageError(
            Problem(
                code="E105",
                message=f"plugins/{name} would hide the plugin {name} that {of}",
                why=f"kit submit {name} would mean two different things.",
                fix=f"kit new {_free_name(workspace, name)} --from {name}",
            )
        )
    if is_installed(name, besides=folder.parent):
        what = "a module of Python itself" if name in sys.stdlib_module_names else "an installed package"
        why = f"Beside it, in a notebook, import {name} could mean two different things."
        message = f"plugins/{name} would have the name of {what}"
        raise UsageError(Problem(code="E105", message=message, why=why, fix=f"kit new {_free_name(workspace, name)}"))


def _free_name(workspace: Workspace, name: str) -> str:
    """``my_cnn``, or ``my_cnn_2`` where that is taken."""
    names = (f"my_{name}" if number == 1 else f"my_{name}_{number}" for number in itertools.count(1))
    return next(free for free in names if free not in workspace.models and not is_installed(free))


def _unfit(name: str) -> Problem:
    word = re.sub(r"\W+", "_", Path(name).stem.lower()).strip("_")
    fix = word if word.isidentifier() and not keyword.iskeyword(word) else f"my_{word or 'net'}"
    return Problem(
        code="E002",
        message=f"{name!r} is no name for a plugin",
        expected="letters, digits and _, a letter first",
        got=name,
        fix=f"kit new {fix}",
    )


def _taken(path: Path) -> Problem:
    shown = f"plugins/{path.name}"
    fix = f"another name, or go on with it:   kit check {shown}"
    return Problem(code="E008", message=f"{shown} is there already, and nothing is overwritten", fix=fix)
