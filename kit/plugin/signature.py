"""`fit` and `predict` as they are written: found, and their arguments compared with `ModelSpec`, by `ast` alone."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from kit.errors import Problem, nearest
from kit.plugin.code import Code, Module, walk_blocks, walk_statements
from kit.plugin.spec import ModelSpec

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

ARGUMENTS = {
    name: tuple(list(inspect.signature(getattr(ModelSpec, name)).parameters)[1:]) for name in ("fit", "predict")
}
_ALIASES = {
    "fit": dict.fromkeys(("training", "training_data", "dataset"), "train") | {"validation": "valid", "val": "valid"},
    "predict": dict.fromkeys(("clf", "classifier", "estimator", "net", "network", "m"), "model")
    | dict.fromkeys(("x", "x_test", "X_test", "test", "images", "inputs", "data"), "X"),
}
_SUPERVISED_PAIRS = {("X", "y"), ("x", "y"), ("X_train", "y_train"), ("x_train", "y_train"), ("data", "target")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A ``fit`` or ``predict``, and where it is written; `definition` is None where it comes from outside."""

    module: Module
    line: int
    definition: Definition | None

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.module.shown}:{self.line}"


def find_function(code: Code, name: str, module: Module | None = None, depth: int = 0) -> Function | Problem | None:
    """The function that `name` is in the end of the module's import; E103 where it is no plain function."""
    module = module or code.main
    found: Function | Problem | None = None
    for statement in walk_blocks(module.tree.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
            found = _plain(Function(module=module, line=statement.lineno, definition=statement), name)
        elif isinstance(statement, ast.ClassDef) and statement.name == name:
            found = _no_function(name, f"{module.shown}:{statement.lineno}", "is a class")
        elif isinstance(statement, ast.ImportFrom):
            found = _imported(code, module, statement, name, depth) or found
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and name in _targets(statement):
            found = _assigned(code, module, statement, name, depth)
    return found


def no_fit(code: Code) -> Problem:
    """E103: there is no ``fit``; names what was found and what it might have meant."""
    defined = {
        s.name: s.lineno
        for s in walk_blocks(code.main.tree.body)
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    renames = []
    for wanted, others in (
        ("fit", ("train", "train_model", "learn", "fit_model")),
        ("predict", ("inference", "infer")),
    ):
        near = next((other for other in others if other in defined), None) or nearest(wanted, defined)
        if wanted not in defined and near is not None and near not in ("fit", "predict"):
            renames.append(f"{near} -> {wanted}   (line {defined[near]})")
    fix = "rename   " + "   and   ".join(renames) if renames else "def fit(train):   …   return model"
    if holder := _class_with_fit(code):
        fix = f"def fit(train):   return {holder}().fit(train.flat, train.y)   outside of the class"
    return Problem(
        code="E103",
        message=f"{code.main.shown} has no fit()",
        where=code.main.shown,
        expected="a function named fit",
        got=", ".join(defined) or "no function at all",
        fix=fix,
    )


def _class_with_fit(code: Code) -> str | None:
    """A class that was written as one writes estimators: its methods are not the plugin's functions."""
    for statement in walk_blocks(code.main.tree.body):
        if isinstance(statement, ast.ClassDef):
            methods = {inner.name for inner in statement.body if isinstance(inner, ast.FunctionDef)}
            if "fit" in methods:
                return statement.name
    return None


def misspelt_predict(code: Code) -> Problem | None:
    """E103 for a function that must have been meant as ``predict``: the default would answer in its place.

    It has nearly this name, or takes what ``predict`` takes and returns something; and nothing of the plugin uses it.
    """
    for s in walk_blocks(code.main.tree.body):
        if isinstance(s, ast.FunctionDef) and _is_meant_as_predict(s) and not _is_used(code, s):
            return Problem(
                code="E103",
                message=f"{code.main.shown} has no predict(), but {s.name}()",
                where=f"{code.main.shown}:{s.lineno}",
                fix=f"rename   {s.name} -> predict   (did you mean predict?)",
            )
    return None


def unknown_arguments(function: Function, name: str) -> list[Problem]:
    """E104 if there are arguments that the kit does not know and that have no default."""
    if function.definition is None:
        return []
    known = ARGUMENTS[name]
    unknown = [p for p, default in parameters(function.definition) if default is None and p not in known]
    if not unknown:
        return []
    return [
        Problem(
            code="E104",
            message=f"{name}() asks for {' and '.join(unknown)}, which the kit does not know",
            where=f"{function.where}  {function.module.line(function.line)}",
            why=f"You can ask for   {', '.join(known)}   in any order, or give your own a default:  lr=0.01",
            fix=_how_to_mend(unknown, name),
        )
    ]


def hyper_parameters(definition: Definition | None) -> dict[str, Any]:
    """Defaults of the parameters that are the plugin's own; what is no literal is given as it is written."""
    if definition is None:
        return {}
    return {p: _literal(d) for p, d in parameters(definition) if d is not None and p not in ARGUMENTS["fit"]}


def parameters(definition: Definition) -> Iterator[tuple[str, ast.expr | None]]:
    """Names and defaults in the order in which they are written; ``*args`` and ``**kwargs`` are none."""
    a = definition.args
    positional = [*a.posonlyargs, *a.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(a.defaults))
    for argument, default in zip(positional, [*missing, *a.defaults], strict=True):
        yield argument.arg, default
    for argument, default in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        yield argument.arg, default


def not_plain(name: str, where: str, what: str) -> Problem:
    """E103: there is something of that name, but not a plain function."""
    return _no_function(name, where, what)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ast.unparse(node)


def _plain(function: Function, name: str) -> Function | Problem:
    definition = function.definition
    if isinstance(definition, ast.AsyncFunctionDef):
        return _no_function(name, function.where, "is async")
    if definition is not None and "yield" in function.module.text and _yields(definition):
        return _no_function(name, function.where, "is a generator: it has a yield")
    return function


def _yields(definition: Definition) -> bool:
    pending: list[ast.AST] = list(definition.body) if not isinstance(definition, ast.Lambda) else [definition.body]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _targets(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _assigned(
    code: Code, module: Module, statement: ast.Assign | ast.AnnAssign, name: str, depth: int
) -> Function | Problem | None:
    value, where = statement.value, f"{module.shown}:{statement.lineno}"
    if isinstance(value, ast.Lambda):
        return _plain(Function(module=module, line=statement.lineno, definition=value), name)
    if isinstance(value, ast.Name) and depth < 8:
        return find_function(code, value.id, module, depth + 1)
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        if called == "partial":
            return _no_function(name, where, "is a functools.partial")
        if called[:1].isupper():
            return _no_function(name, where, f"is an object of the class {called}")
    if isinstance(value, ast.Constant):
        return _no_function(name, where, f"is {value.value!r}")
    return Function(module=module, line=statement.lineno, definition=None)


def _imported(
    code: Code, module: Module, statement: ast.ImportFrom, name: str, depth: int
) -> Function | Problem | None:
    for alias in statement.names:
        if (alias.asname or alias.name) != name:
            continue
        sibling = code.module(statement.module or "")
        if sibling is None or depth >= 8:
            return Function(module=module, line=statement.lineno, definition=None)
        return find_function(code, alias.name, sibling, depth + 1)
    return None


def _no_function(name: str, where: str, what: str) -> Problem:
    return Problem(
        code="E103",
        message=f"{name} {what}, not a plain function",
        where=where,
        fix=f"def {name}({'train' if name == 'fit' else 'model, X'}):   …   return …",
    )


def _how_to_mend(unknown: list[str], name: str) -> str:
    """What to do about arguments that nobody passes."""
    if name == "fit" and tuple(unknown[:2]) in _SUPERVISED_PAIRS:
        first, second = unknown[:2]
        return f"def fit(train):        then   {first}, {second} = train"
    meant = {argument: _ALIASES[name].get(argument) or nearest(argument, ARGUMENTS[name]) for argument in unknown}
    renamed = [f"rename   {argument} -> {known}" for argument, known in meant.items() if known]
    others = [argument for argument, known in meant.items() if not known]
    return "\n".join([*renamed, *([f"remove   {', '.join(others)}   or give a default"] if others else [])])


def _is_meant_as_predict(definition: ast.FunctionDef) -> bool:
    from difflib import SequenceMatcher

    # Letters that changed places count as one mistake, so they are compared sorted as well.
    name, wanted = definition.name, "predict"
    if name in ("fit", wanted):
        return False
    if SequenceMatcher(None, name, wanted).ratio() >= 0.9 or sorted(name) == sorted(wanted):
        return True
    required = {argument for argument, default in parameters(definition) if default is None}
    answers = any(isinstance(s, ast.Return) and s.value is not None for s in walk_statements(definition.body))
    return {"model", "X"} <= required <= set(ARGUMENTS[wanted]) and answers


def _is_used(code: Code, definition: ast.FunctionDef) -> bool:
    """Whether the plugin mentions a function of its own outside of it, in what runs when it is imported or called."""
    for module in code.modules:
        for statement in walk_blocks(module.tree.body):
            is_block = hasattr(statement, "body") and not isinstance(
                statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            )
            if statement is definition or is_block:  # of a block, the statements come by themselves
                continue
            for node in ast.walk(statement):
                if definition.name in (getattr(node, "id", ""), getattr(node, "attr", "")):
                    return True
    return False
