"""What a plugin is, read from its source code. Nobody's code runs, so two hundred plugins take a moment."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import NamespaceLoader
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from kit.errors import PluginError, Problem
from kit.plugin.code import Code, Module, read_code, walk_blocks, walk_statements
from kit.plugin.signature import (
    Function,
    find_function,
    hyper_parameters,
    misspelt_predict,
    no_fit,
    unknown_arguments,
)

_PEP_723 = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


class Import(NamedTuple):
    """A module that the plugin imports from outside itself: its top-level name, and where."""

    module: str
    line: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a plugin without running it.

    Parameters
    ----------
    name
        The name of its folder or file.
    path
        Where it is.
    file
        How messages name its ``plugin.py``.
    title
        First line of the docstring, or "".
    competition
        The literal ``COMPETITION``, or None.
    tasks
        The literal ``TASKS``; empty means any kind.
    params
        Hyper-parameters of ``fit`` and their defaults; a default that is no literal is given as it is written.
    imports
        Modules from outside that must be there for the plugin to run: imported by ``plugin.py`` or by what it
        imports; guarded ones are left out.
    requirements
        The lines of its PEP 723 block; of one that can't be read, its text.
    has_predict
        False: the default ``predict`` answers.
    n_lines
        Of all its modules.
    """

    name: str
    path: Path
    file: str
    title: str
    competition: str | None
    tasks: tuple[str, ...]
    params: dict[str, Any]
    imports: tuple[Import, ...]
    requirements: tuple[str, ...]
    has_predict: bool
    n_lines: int


def read_manifest(path: Path, *, shown: str | None = None) -> Manifest:
    """What the plugin at `path` is.

    Parameters
    ----------
    path
        A folder with ``plugin.py``, or a single file.
    shown
        How messages name it; `path` by default.

    Raises
    ------
    PluginError
        E101, E103, E104, E105, E106: the first as the error itself, all of them as its parts where there are several.
    """
    manifest, problems = examine(path, shown=shown)
    if manifest is None or problems:
        raise plugin_error(problems)
    return manifest


def plugin_error(problems: list[Problem]) -> PluginError:
    """One error for everything that was found."""
    return PluginError(problems[0], problems if len(problems) > 1 else ())


def examine(path: Path, *, shown: str | None = None) -> tuple[Manifest | None, list[Problem]]:
    """The manifest, and every problem of the source code; None where it can't even be parsed."""
    shown = shown or path.as_posix()
    code, problems = read_code(path, shown)
    if code is None:
        return None, problems
    problems += _shadowing(code)
    found = {name: find_function(code, name) for name in ("fit", "predict")}
    for name, function in found.items():
        if isinstance(function, Problem):
            problems.append(function)
        elif function is not None:
            problems += unknown_arguments(function, name)
    if found["fit"] is None:
        problems.append(no_fit(code))
    elif found["predict"] is None and (misspelt := misspelt_predict(code)):
        problems.append(misspelt)
    return _manifest(code, path, found), problems


def _manifest(code: Code, path: Path, found: dict[str, Function | Problem | None]) -> Manifest:
    fit, tree = found["fit"], code.main.tree
    tasks = _literal(tree, "TASKS")
    competition = _literal(tree, "COMPETITION")
    docstring = (ast.get_docstring(tree) or "").strip()
    return Manifest(
        name=path.stem if path.suffix == ".py" else path.name,
        path=path,
        file=code.main.shown,
        title=docstring.splitlines()[0] if docstring else "",
        competition=competition if isinstance(competition, str) else None,
        tasks=tuple(map(str, tasks)) if isinstance(tasks, (list, tuple)) else (),
        params=hyper_parameters(fit.definition) if isinstance(fit, Function) else {},
        imports=tuple(_imports(code)),
        requirements=_requirements(code.main.text),
        has_predict=found["predict"] is not None,
        n_lines=sum(module.text.count("\n") for module in code.modules),
    )


def _literal(tree: ast.Module, name: str) -> Any:
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in targets):
            try:
                return ast.literal_eval(statement.value)
            except (ValueError, TypeError, MemoryError, RecursionError):
                return None
    return None


def _requirements(text: str) -> tuple[str, ...]:
    match = _PEP_723.search(text)
    if match is None:
        return ()
    content = "\n".join(line.removeprefix("#").removeprefix(" ") for line in match["content"].splitlines())
    try:
        listed = tomllib.loads(content).get("dependencies", [])
    except tomllib.TOMLDecodeError:
        return (content.strip(),)  # names no package: `kit.plugin.check` says so
    return tuple(map(str, listed)) if isinstance(listed, list) else (str(listed),)


def _imports(code: Code) -> Iterator[Import]:
    seen = {"plugin", *code.own_names}
    for module in _used(code):
        for name, line in sorted(_unguarded(module), key=lambda found: found[1]):
            if name not in seen:
                seen.add(name)
                yield Import(name, line, module.shown)


def _used(code: Code) -> list[Module]:
    """``plugin.py`` and its own modules that it imports, directly or not: a test beside it needs nothing."""
    used = [code.main]
    for module in used if code.own_names else ():  # grows meanwhile
        for name in _own_imports(module):
            parents = (".".join(name.split(".")[:n]) for n in range(1, name.count(".") + 2))
            used += [found for parent in parents if (found := code.module(parent)) is not None and found not in used]
    return used


def _own_imports(module: Module) -> Iterator[str]:
    """What a module imports, as a sibling of ``plugin.py`` names it, wherever in the module it is imported."""
    package = module.name.split(".")[:-1]
    for node in walk_statements(module.tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*start, *filter(None, [node.module])])
            yield from (f"{origin}.{alias.name}".lstrip(".") for alias in node.names)


def _unguarded(module: Module) -> Iterator[tuple[str, int]]:
    """Top-level names imported when the module is, or by ``fit`` and ``predict``, but for those the plugin can miss."""
    guarded = {
        id(inner)
        for statement in (walk_statements(module.tree.body) if "except" in module.text else ())
        if isinstance(statement, ast.Try) and any(_catches_import_error(h) for h in statement.handlers)
        for inner in walk_statements(statement.body)
    }
    statements: list[ast.stmt] = []
    for statement in walk_blocks(module.tree.body):
        statements.append(statement)
        if isinstance(statement, ast.FunctionDef) and statement.name in ("fit", "predict"):
            statements += walk_blocks(statement.body)
    for statement in statements:
        if id(statement) in guarded:
            continue
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield alias.name.partition(".")[0], statement.lineno
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0 and statement.module:
            yield statement.module.partition(".")[0], statement.lineno


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _shadowing(code: Code) -> Iterator[Problem]:
    folder = code.main.path.parent
    for name in sorted(code.own_names):
        kind = "a module of Python itself" if name in sys.stdlib_module_names else "an installed package"
        if name not in sys.stdlib_module_names and not is_installed(name, besides=folder):
            continue
        shown = next(m.shown for m in code.modules if m.name.partition(".")[0] == name)
        yield Problem(
            code="E105",
            message=f"{shown} has the name of {kind}",
            where=shown,
            why=f"import {name} would mean two different things.",
            fix=f"rename it, for example   my_{name}",
        )


def is_installed(name: str, *, besides: Path | None = None) -> bool:
    """Whether a top-level module can be imported here, from anywhere but `besides`. Imports nothing.

    Only ever asked for a top-level name: `find_spec` imports the parents of a dotted one.
    """
    if name in sys.builtin_module_names or name in sys.stdlib_module_names:
        return True
    try:
        spec = find_spec(name)
    except (ValueError, ImportError):  # what is in sys.modules without a spec
        return name in sys.modules
    if spec is None:
        return False
    if spec.origin is None or isinstance(spec.loader, NamespaceLoader):
        # A folder without __init__.py: any folder of the working directory would do.
        places = [Path(place) for place in spec.submodule_search_locations or ()]
        return any("site-packages" in place.parts or "dist-packages" in place.parts for place in places)
    return besides is None or besides.resolve() not in Path(spec.origin).resolve().parents
