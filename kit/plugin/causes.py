"""Why a check of answers failed, as far as the plugin's source tells it; where it does not, a guess that says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from kit.job import Check
from kit.plugin.code import Code, Module, read_code
from kit.plugin.signature import Function, find_function

_RANDOM = {"random", "default_rng", "RandomState", "rand", "randn", "randint", "rand_like", "randn_like", "randperm"}
_ORDERING = {"sort", "argsort", "sorted", "sort_values", "groupby", "unique", "shuffle", "permutation"}
_OF_BATCH = {"mean", "std", "min", "max", "median", "var"}
_SOFTMAX = {"softmax", "log_softmax", "Softmax"}
_UNSEEDED = {"default_rng", "RandomState", "Random", "SystemRandom", "urandom"}
_DEPTH = 4  # of functions that predict calls


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a plugin's source, and where it is."""

    module: Module
    node: ast.expr | ast.stmt

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.module.shown}:{self.node.lineno}"

    @property
    def excerpt(self) -> str:
        """The line itself."""
        return f"{self.node.lineno} | {self.module.line(self.node.lineno)}"


class Cause(NamedTuple):
    """Where it comes from, why, and what to do."""

    place: Place | None
    why: str
    fix: str


def with_cause(check: Check, path: Path, shown: str) -> Check:
    """`check` with the cause of what it found; as it is where its problem has a fix, or its code no known causes.

    Parameters
    ----------
    check
        One that failed with E205, E217, E218 or E219.
    path
        The plugin's folder or file. Read, never run.
    shown
        How the entrant calls the plugin.
    """
    problem = check.problem
    # What names a fix already knows its cause.
    find = _FINDERS.get(problem.code) if problem is not None and not problem.fix else None
    code, _ = read_code(path, shown) if find is not None else (None, [])
    if problem is None or find is None or code is None:
        return check
    place, why, fix = find(code, check)
    found = replace(
        problem,
        where=place.where if place else code.main.shown,
        excerpt=place.excerpt if place else problem.excerpt,
        why=" ".join(filter(None, [why, problem.why])),
        fix=fix,
    )
    return replace(check, problem=found)


def _changing(code: Code, _: Check) -> Cause:
    """E205: what changes from one call to the next."""
    if always_on := next(_functional_dropout(code), None):
        why = "F.dropout is on in eval mode too, unless it is told."
        return Cause(always_on, why, "F.dropout(x, training=self.training)")
    dropout = next(_calls(code, lambda name: "Dropout" in name), None)
    if dropout is not None:
        return _training_mode(
            code, f"nn.Dropout (line {dropout.node.lineno}) still switches other neurons off each time."
        )
    predicting = _Predicting(code)
    if drawn := predicting.first(_RANDOM):
        return Cause(drawn, "predict draws random numbers.", "rng = np.random.default_rng(run.seed)   inside predict")
    why = "A guess: something in predict is random, or is changed by each call."
    return Cause(predicting.place, why, "nothing random in predict; a network: net.eval()   before it is returned")


def _neighbours(code: Code, check: Check) -> Cause:
    """E217: how other rows come into an answer."""
    predicting = _Predicting(code)
    if across := predicting.first(_SOFTMAX, matches=_says_rows):
        return _across(across)
    norm = next(_calls(code, lambda name: name.startswith("BatchNorm")), None)
    if norm is not None and not _says_eval(code):
        return _training_mode(
            code, f"nn.BatchNorm (line {norm.node.lineno}) in training mode takes mean and spread of the batch it sees."
        )
    if fitted := predicting.first({"fit_transform", "fit"}):
        why = "What is fitted in predict is fitted on the rows to be answered."
        return Cause(fitted, why, "fit it in fit, return it with the model, and call   transform   here")
    if check.name == "any order" and (ordered := predicting.first(_ORDERING)):
        return Cause(ordered, "Here the rows are brought into another order.", "keep the rows in the order of X")
    if taken := predicting.first(_OF_BATCH, matches=_says_rows) or predicting.first(_OF_BATCH, matches=_is_over_rows):
        why = f"A guess: {_tail(ast.unparse(taken.node))} is taken over the batch."
        return Cause(taken, why, "take it over train.X in fit, and return it with the model")
    if norm is not None:
        return _training_mode(code, f"nn.BatchNorm (line {norm.node.lineno}) then takes mean and spread of the batch.")
    if ordered := predicting.first(_ORDERING):
        return Cause(ordered, "A guess: here rows are compared with each other.", "keep the rows in the order of X")
    why = "A guess: something is taken over the batch, or a layer is in training mode."
    return Cause(predicting.place, why, "use only what fit learned; a network: net.eval()   before it is returned")


def _across(place: Place) -> Cause:
    """Of a softmax that says itself that it goes over the rows."""
    said = ast.unparse(place.node)
    why = f"{_tail(said)} goes over the rows: they share what each should have for itself."
    return Cause(place, why, _tail(re.sub(r"\b0\)$", "1)", said)))


def _tail(text: str) -> str:
    """``softmax(0)`` of ``model(torch.tensor(X)).softmax(0)``."""
    return re.sub(r"^.*(?=\.\w+\([^()]*\)$)", "", text, flags=re.DOTALL)


def _unsaved(code: Code, _: Check) -> Cause:
    """E218: what can't be pickled."""
    for module, scope in _fits(code):
        inner = (n for n in ast.walk(scope) if n is not scope)
        for node in inner:
            if isinstance(node, (ast.Lambda, ast.FunctionDef, ast.ClassDef)):
                what = "A lambda" if isinstance(node, ast.Lambda) else f"{node.name}, which is made inside of fit,"
                fix = "write it with def at the top of plugin.py, outside of fit"
                return Cause(Place(module, node), f"{what} has no name under which it could be found again.", fix)
    why = "A guess: the model holds something that lives only in this process: a file, a thread, a lambda."
    return Cause(None, why, "return plain values, arrays, and objects of classes that are at the top of a file")


def _unseeded(code: Code, _: Check) -> Cause:
    """E219: what the seed does not reach."""
    for place in _calls(code, lambda name: name in _UNSEEDED):
        call = place.node
        if isinstance(call, ast.Call) and not call.args and not call.keywords:
            name = _name(call.func)
            seeded = (
                f"np.random.{name}(run.seed)" if name in ("default_rng", "RandomState") else "random.Random(run.seed)"
            )
            return Cause(place, "This draws from a seed of its own, another one each time.", seeded)
    why = "A guess: something is drawn without run.seed, kept from one fit to the next, or decided by the clock."
    return Cause(
        None, why, "torch.manual_seed(run.seed)   or   np.random.default_rng(run.seed)   as the first line of fit"
    )


_FINDERS: dict[str, Callable[[Code, Check], Cause]] = {
    "E205": _changing,
    "E217": _neighbours,
    "E218": _unsaved,
    "E219": _unseeded,
}


def _training_mode(code: Code, why: str) -> Cause:
    """The cause is a network in training mode: the line before which ``eval()`` belongs."""
    place, name = _return_of_fit(code)
    said = f"{name}.eval()   before   {place.module.line(place.node.lineno)}" if place else "net.eval()   in predict"
    if _says_eval(code):
        why = why.removeprefix("A guess: ")
        return Cause(place, f"A guess: it is back in training mode, .train() came after .eval(). {why}", said)
    return Cause(place, why, said)


def _return_of_fit(code: Code) -> tuple[Place | None, str]:
    for module, scope in _fits(code):
        returns = [node for node in _own_nodes(scope) if isinstance(node, ast.Return) and node.value is not None]
        if returns:
            last = max(returns, key=lambda node: node.lineno)
            value = last.value.elts[0] if isinstance(last.value, ast.Tuple) and last.value.elts else last.value
            return Place(module, last), value.id if isinstance(value, ast.Name) else "net"
    return None, "net"


def _fits(code: Code) -> Iterator[tuple[Module, ast.AST]]:
    fit = find_function(code, "fit")
    if isinstance(fit, Function) and fit.definition is not None:
        yield fit.module, fit.definition


class _Predicting:
    """``predict`` and the plugin's own functions that it calls."""

    def __init__(self, code: Code) -> None:
        predict = find_function(code, "predict")
        self.place: Place | None = None
        self._scopes: list[tuple[Module, ast.AST]] = []
        if isinstance(predict, Function) and predict.definition is not None:
            definition = predict.definition
            self._scopes.append((predict.module, definition))
            self.place = Place(predict.module, definition)
            self._add_called(code, definition, _DEPTH)

    def first(self, names: set[str], *, matches: Callable[[ast.Call], bool] = lambda _: True) -> Place | None:
        """The first call of something of these names, or use of a module of such a name."""
        for module, scope in self._scopes:
            calls = (n for n in ast.walk(scope) if isinstance(n, ast.Call) and names & set(_path(n.func)))
            if (node := min(filter(matches, calls), key=lambda n: n.lineno, default=None)) is not None:
                return Place(module, node)
        return None

    def _add_called(self, code: Code, scope: ast.AST, depth: int) -> None:
        names = {
            node.func.id for node in ast.walk(scope) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        for module in code.modules if depth else ():
            for statement in module.tree.body:
                is_new = (module, statement) not in self._scopes
                if isinstance(statement, ast.FunctionDef) and statement.name in names and is_new:
                    self._scopes.append((module, statement))
                    self._add_called(code, statement, depth - 1)


def _calls(code: Code, matches: Callable[[str], bool]) -> Iterator[Place]:
    for module in code.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and matches(_name(node.func)):
                yield Place(module, node)


def _functional_dropout(code: Code) -> Iterator[Place]:
    """Calls of ``F.dropout`` that don't say whether the network is training."""
    for place in _calls(code, lambda name: name.startswith("dropout")):
        call = place.node
        assert isinstance(call, ast.Call)
        is_functional = _path(call.func)[-2:-1] in ([], ["F"], ["functional"])
        is_told = len(call.args) > 2 or any(keyword.arg in ("training", None) for keyword in call.keywords)
        if is_functional and call.args and not is_told:
            yield place


def _says_eval(code: Code) -> bool:
    def is_eval(node: ast.AST) -> bool:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            return False
        is_off = [ast.unparse(argument) for argument in node.args] == ["False"]
        return (node.func.attr == "eval" and not node.args) or (node.func.attr == "train" and is_off)

    return any(is_eval(node) for module in code.modules for node in ast.walk(module.tree))


def _is_over_rows(call: ast.Call) -> bool:
    """Whether a mean or the like may go over the rows: ``max(1)`` and ``mean(axis=1)`` stay within each."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not {ast.unparse(value) for value in given} & {"1", "-1", "(1, 2, 3)", "(2, 3)"}


def _says_rows(call: ast.Call) -> bool:
    """``softmax(0)``, ``mean(axis=0)``, ``F.softmax(x, dim=0)``: the axis of the rows is written there."""
    axes = [keyword.value for keyword in call.keywords if keyword.arg in ("axis", "dim")]
    return ast.unparse((axes or call.args or [ast.Constant(None)])[-1]) == "0"


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function without those of the functions inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield child
            yield from _own_nodes(child)


def _name(func: ast.expr) -> str:
    path = _path(func)
    return path[-1] if path else ""


def _path(func: ast.expr) -> list[str]:
    """``np.random.rand`` -> ["np", "random", "rand"]; what is no name is left out."""
    if isinstance(func, ast.Attribute):
        return [*_path(func.value), func.attr]
    return [func.id] if isinstance(func, ast.Name) else []
