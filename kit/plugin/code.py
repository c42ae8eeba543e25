"""The source code of a plugin, parsed with `ast` and never imported."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kit.errors import Problem
from kit.plugin.archive import MAX_FILES, files_of, read_file

MAX_SOURCE_BYTES = 1 << 20
MAX_EXCERPT = 160
MAX_DEPTH = 120  # of nodes within nodes; Python's own walkers take three calls for each of at most a thousand
_WORDS = {
    "expected ':'": "a colon is missing here",
    "invalid syntax": "Python can't read this",
    "invalid syntax. Perhaps you forgot a comma?": "is a comma missing here?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One ``.py`` file of a plugin.

    Parameters
    ----------
    name
        As its siblings import it: ``plugin``, ``net``, ``parts.block``.
    path
        The file.
    shown
        How messages name the file.
    """

    name: str
    path: Path
    shown: str
    text: str
    tree: ast.Module

    def line(self, number: int) -> str:
        """Line `number`, counted from 1, without the space around it."""
        lines = self.text.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """All modules of a plugin; the first is the one with ``fit``."""

    modules: tuple[Module, ...]
    own_names: frozenset[str]

    @property
    def main(self) -> Module:
        """``plugin.py``."""
        return self.modules[0]

    def module(self, name: str) -> Module | None:
        """The module that siblings import as `name`."""
        return next((module for module in self.modules if module.name in (name, f"{name}.__init__")), None)


def shown_file(shown: str, relative: str = "plugin.py") -> str:
    """How a file of a plugin is named: a plugin that is called ``x.py`` is that one file."""
    return shown if shown.endswith(".py") else f"{shown}/{relative}"


def read_code(path: Path, shown: str) -> tuple[Code | None, list[Problem]]:
    """The modules at `path`, and E101 or E106 for each file that can't be read.

    Parameters
    ----------
    path
        A folder with ``plugin.py``, or a single file.
    shown
        How the entrant calls the plugin.
    """
    files = {name: file for name, file in files_of(path).items() if _can_be_imported(name)}
    if "plugin.py" not in files:
        where = shown_file(shown)
        problem = Problem(
            code="E106",
            message=f"there is no {where}",
            where=where,
            why="A plugin is a file, or a folder with a file named plugin.py.",
            fix=f"put   def fit(train):   into   {where}",
        )
        return None, [problem]
    modules, problems = [], []
    for name in sorted(files, key=lambda name: (name != "plugin.py", name))[: MAX_FILES + 1]:
        module = _read_module(name, files[name], shown_file(shown, name))
        if isinstance(module, Module):
            modules.append(module)
        else:
            problems.append(module)
    if problems:
        return None, problems
    tops = {module.name.partition(".")[0] for module in modules}
    return Code(modules=tuple(modules), own_names=frozenset(tops - {"plugin", "__init__", "__main__"})), []


def walk_blocks(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module's own level that run when it is imported, those inside ``if``, ``with`` and ``try`` too.

    Left out is what does not run here, ``if TYPE_CHECKING:`` and ``if __name__ == "__main__":``, and the bodies of
    functions and classes: a method named ``fit`` is not the plugin's.
    """
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and _never_runs(statement.test):
            yield from walk_blocks(statement.orelse)
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from walk_blocks(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from walk_blocks(handler.body)


def walk_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement of `body` and within its statements, functions and classes: a twentieth of `ast.walk`."""
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        yield statement
        holders = [statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]
        for holder in reversed(holders):
            for field in ("finalbody", "orelse", "body"):
                pending += reversed(getattr(holder, field, ()))


def _never_runs(test: ast.expr) -> bool:
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return bool(names & {"TYPE_CHECKING", "__name__"})


def _can_be_imported(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix == ".py" and all(part.isidentifier() for part in path.with_suffix("").parts)


def _read_module(name: str, file: Path, shown: str) -> Module | Problem:
    data = read_file(file, shown)  # as it is taken in: a link or a pipe is no module
    if isinstance(data, Problem):
        return data
    if b"\0" in data:
        return _unreadable(shown, "is not text", "save it as a Python file in UTF-8")
    if len(data) > MAX_SOURCE_BYTES:
        return _unreadable(shown, f"is larger than {MAX_SOURCE_BYTES >> 20} MiB", "keep data out of the program")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = io.IncrementalNewlineDecoder(None, translate=True).decode(data.decode(encoding), final=True)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return _unreadable(shown, "is not text in UTF-8", "save it as a Python file in UTF-8")
    try:
        tree = ast.parse(text, filename=shown)
    except SyntaxError as error:
        return _syntax_error(error, text, shown)
    except (ValueError, RecursionError, MemoryError):
        tree = None
    if tree is None or _is_deep(tree):
        return _unreadable(shown, "is nested too deeply to be read", "write it in several simpler statements")
    return Module(
        name=".".join(PurePosixPath(name).with_suffix("").parts), path=file, shown=shown, text=text, tree=tree
    )


def _is_deep(tree: ast.Module) -> bool:
    """Whether what looks at `tree` node by node, calling itself, could run out of stack: ``a.b.c…`` a thousand times.

    A statement on one short line has fewer levels than characters and is not looked into: that is most of a source.
    """
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            return True
        is_one_line = isinstance(node, ast.stmt) and node.lineno == node.end_lineno
        if is_one_line and node.end_col_offset - node.col_offset <= MAX_DEPTH:  # type: ignore[attr-defined]
            continue
        for value in node.__dict__.values():  # ast.iter_child_nodes takes three times as long
            children = value if isinstance(value, list) else [value]
            pending += [(child, depth + 1) for child in children if isinstance(child, ast.AST)]
    return False


def _unreadable(shown: str, what: str, fix: str) -> Problem:
    return Problem(code="E106", message=f"{shown} {what}", where=shown, fix=fix)


def _syntax_error(error: SyntaxError, text: str, shown: str) -> Problem:
    number = error.lineno or 1
    lines = text.splitlines() or [""]
    line = lines[min(number, len(lines)) - 1].rstrip().replace("\t", "→")  # a blank would hide that it is a tab
    column = min(max((error.offset or 1) - 1, 0), len(line))
    words = _WORDS.get(error.msg, error.msg)
    fix = "Python stops reading here: look at this line and at the one above it"
    if error.msg == "expected ':'":
        fix = f"{line[:column].rstrip()}:{line[column:]}".replace("→", " ").strip()
    start = max(0, column - MAX_EXCERPT // 2)
    line, column = line[start : start + MAX_EXCERPT], column - start
    return Problem(
        code="E101",
        message=f"{shown} has a syntax error, line {number}",
        where=f"{shown}:{number}",
        excerpt=f"{number} | {line}\n{' ' * len(str(number))} | {' ' * column}^ {words}",
        fix=fix,
    )
