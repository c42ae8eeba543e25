"""Which rows a name holds, followed through a function line by line: those of train, of valid, of both, or asked ones.

What is not sure is not followed: a name that was made in another way holds nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Rows = Literal["train", "valid", "both", "asked"]
_KEPT_BY = {"transform", "asarray", "array", "as_tensor", "tensor", "from_numpy", "DataFrame", "list", "nan_to_num"}
_JOINED_BY = {"concatenate", "vstack", "hstack", "cat", "concat", "append", "ConcatDataset"}
_ANSWERED_BY = {"predict", "predict_proba", "decision_function", "score", "mean", "std", "sum", "max", "min", "median"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A call, and what was known when it was reached.

    Parameters
    ----------
    call
        The call.
    rows
        Of each positional argument, then of ``X=`` and ``y=``.
    receiver
        Rows of what its method is called on.
    made_of
        Rows that what its method is called on was computed from, as a loss is.
    joins_labels
        It puts labels of train and of valid together.
    is_guarded
        It stands inside an ``if``, or behind one that returns.
    """

    call: ast.Call
    rows: tuple[Rows | None, ...]
    receiver: Rows | None
    made_of: frozenset[Rows]
    joins_labels: bool
    is_guarded: bool

    @property
    def name(self) -> str:
        """Of the function or the method."""
        return called(self.call)


def follow(function: ast.FunctionDef, start: dict[str, Rows]) -> list[Seen]:
    """Every call in `function`, in the order of its lines.

    Parameters
    ----------
    function
        Usually ``fit`` or ``predict``.
    start
        What its arguments hold.
    """
    reader = _Reader(start)
    for statement in function.body:
        reader.visit(statement)
    return reader.seen


def handed(seen: Seen, function: ast.FunctionDef) -> dict[str, Rows]:
    """What the arguments of `function` hold when it is called as `seen`, without those given by name."""
    pairs = zip(function.args.args, seen.rows[: len(seen.call.args)], strict=False)
    return {argument.arg: rows for argument, rows in pairs if rows is not None}


def called(call: ast.Call) -> str:
    """The last name of what is called: ``fit`` of ``make_pipeline(…).fit(…)``."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_of_labels(node: ast.AST) -> bool:
    """Whether an expression is called like labels: ``train.y``, ``y_valid``, ``labels``."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.lower().startswith(("y", "label", "target"))


class _Reader(ast.NodeVisitor):
    def __init__(self, start: dict[str, Rows]) -> None:
        self.seen: list[Seen] = []
        self._holds: dict[str, Rows | None] = dict(start)
        self._made_of: dict[str, frozenset[Rows]] = {}
        self._guards = 0

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value is computed before the name holds it."""
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_For(self, node: ast.For) -> None:
        """A loop over batches gives rows of what the batches are of."""
        self.visit(node.iter)
        self._hold(node.target, self._rows(node.iter))
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_If(self, node: ast.If) -> None:
        """What stands in either branch may not happen."""
        self.visit(node.test)
        self._guards += 1
        for statement in (*node.body, *node.orelse):
            self.visit(statement)
        if not isinstance(node.body[-1], (ast.Return, ast.Raise, ast.Continue)):  # else what follows is a branch, too
            self._guards -= 1

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """As ``if``."""
        self.visit(node.test)
        self._guards += 1
        self.visit(node.body)
        self.visit(node.orelse)
        self._guards -= 1

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function inside the function: its own arguments hide names from outside."""
        outside = dict(self._holds)
        for argument in node.args.args:
            self._holds.pop(argument.arg, None)
        for statement in node.body:
            self.visit(statement)
        self._holds = outside

    def visit_Call(self, node: ast.Call) -> None:
        """Note it, and those inside it first."""
        self.generic_visit(node)
        named = [keyword.value for keyword in node.keywords if keyword.arg in ("X", "y")]
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        self.seen.append(
            Seen(
                call=node,
                rows=tuple(self._rows(argument) for argument in (*node.args, *named)),
                receiver=self._rows(receiver) if receiver is not None else None,
                made_of=self._sources(receiver) if receiver is not None else frozenset(),
                joins_labels=called(node) in _JOINED_BY and self._joins_labels(node),
                is_guarded=self._guards > 0,
            )
        )

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for inner, part in zip(target.elts, value.elts, strict=True):
                self._bind(inner, part)
            return
        self._hold(target, self._rows(value), self._sources(value))

    def _hold(self, target: ast.expr, rows: Rows | None, made_of: frozenset[Rows] = frozenset()) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._holds[node.id], self._made_of[node.id] = rows, made_of

    def _rows(self, node: ast.expr) -> Rows | None:
        """The rows that an expression holds, changed perhaps, but each still there."""
        if isinstance(node, ast.Name):
            return self._holds.get(node.id)
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            return self._rows(node.value)
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
            return self._rows(node.left)
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return self._rows(node.generators[0].iter)
        if isinstance(node, ast.Call):
            return self._rows_of_call(node)
        return None

    def _rows_of_call(self, node: ast.Call) -> Rows | None:
        name = called(node)
        if name in _JOINED_BY:
            return _together(self._rows(part) for part in _parts(node))
        if name in _KEPT_BY:
            return self._rows(node.args[0]) if node.args else None
        if isinstance(node.func, ast.Attribute) and name not in _ANSWERED_BY:
            return self._rows(node.func.value)
        return None

    def _sources(self, node: ast.expr) -> frozenset[Rows]:
        """Rows that go into an expression in whatever way."""
        names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        held = {rows for name in names if (rows := self._holds.get(name)) is not None}
        return frozenset(held.union(*(self._made_of.get(name, frozenset()) for name in names)))

    def _joins_labels(self, node: ast.Call) -> bool:
        labels = {self._rows(part) for part in _parts(node) if is_of_labels(part)}
        return {"train", "valid"} <= labels


def _parts(node: ast.Call) -> Iterator[ast.expr]:
    for argument in node.args:
        yield from argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]


def _together(parts: Iterable[Rows | None]) -> Rows | None:
    held = {rows for rows in parts if rows is not None}
    return "both" if {"train", "valid"} <= held or "both" in held else held.pop() if len(held) == 1 else None
