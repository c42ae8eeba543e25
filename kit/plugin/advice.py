"""What looks like a mistake in a plugin's source though it runs: advice, which never stops a submission.

The source is parsed and never imported. Where there is doubt nothing is said: advice that is wrong costs more than it
helps.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kit.errors import Problem
from kit.job import Check
from kit.plugin.code import Code, Module, read_code
from kit.plugin.flow import Seen, called, follow, handed, is_of_labels
from kit.plugin.signature import Function, find_function

_DROPS = re.compile(r"(Alpha|Feature)?(Dropout\dd|Dropout)$")
_NORMALIZES = re.compile(r"(Sync)?BatchNorm(\dd)?$")
# Models on top of others, and encoders, may learn from valid: it is what they are for, or it does no harm.
_MAY_SEE_VALID = re.compile(r"calib|isoton|platt|temperature|stack|blend|meta|enc|vocab|PredefinedSplit", re.IGNORECASE)
_CALIBRATES = re.compile(r"calib|platt|temperature", re.IGNORECASE)
_LOOKED_AT_BY = {"unique", "nunique", "bincount", "Counter", "set", "len", "max", "hist", "value_counts"}
_CROSS_ENTROPY = {"cross_entropy", "CrossEntropyLoss"}
# They clear gradients and change modes by themselves.
_TRAINERS = ("skorch", "lightning", "pytorch_lightning", "fastai", "ignite", "transformers")


def advice(path: Path, *, shown: str | None = None) -> Iterator[Check]:
    """Advice on the plugin at `path`, at most one of each code; nothing where its source can't be read.

    Parameters
    ----------
    path
        A folder with ``plugin.py``, or a single file.
    shown
        How messages name the plugin; `path` by default.
    """
    code, _ = read_code(path, shown or path.as_posix())
    if code is None:
        return
    for problems in (_no_zero_grad, _learns_from_valid, _scales_anew, _softmax_twice, _no_eval, _no_step):
        for problem in problems(code):
            yield Check(name="advice", state="ok", detail=problem.message, problem=problem)
            break


def _no_zero_grad(code: Code) -> Iterator[Problem]:
    nodes = [node for module in code.modules for node in ast.walk(module.tree)]
    loops = [node for node in nodes if isinstance(node, (ast.For, ast.While))]
    clears = any(map(_clears_gradient, nodes)) or any(_is_new_leaf(node) for loop in loops for node in ast.walk(loop))
    if clears or not loops or "backward" in _own_functions(code) or not _trains_with_torch(code):
        return
    for module, call in _calls(code):
        if called(call) == "backward":
            yield _problem(
                "E121",
                "gradients are never set back: there is a backward(), and no zero_grad()",
                module,
                call,
                why="Gradients add up, so each step goes where all batches before it pointed as well.",
                fix="opt.zero_grad()   before   loss.backward()",
            )


def _learns_from_valid(code: Code) -> Iterator[Problem]:
    why = "valid shows what the model is worth on rows that it does not know. Once it has learned from them, "
    looked_at = {id(node) for _, call in _calls(code) if called(call) in _LOOKED_AT_BY for node in ast.walk(call)}
    for module, seen in _seen(code, "fit"):
        fits = _is_fitted_to_valid(seen) and not _MAY_SEE_VALID.search(ast.unparse(seen.call))
        steps = seen.name == "backward" and seen.made_of == {"valid"} and not _CALIBRATES.search(module.text)
        if fits or steps or (seen.joins_labels and id(seen.call) not in looked_at):
            fix = "learn from train only;   valid   is for comparing, and for early stopping"
            yield _problem(
                "E122", "fit() learns from valid", module, seen.call, why=why + "their score says nothing.", fix=fix
            )


def _is_fitted_to_valid(seen: Seen) -> bool:
    """``clf.fit(valid.X, valid.y)``, and not ``trainer.fit(train, valid)``, which compares."""
    if seen.name not in ("fit", "partial_fit") or len(seen.rows) < 2:
        return False
    second = seen.call.args[1] if len(seen.call.args) > 1 else None  # by name it is y
    learned = [seen.rows[0]] + ([seen.rows[1]] if second is None or is_of_labels(second) else [])
    return "valid" in learned or "both" in learned


def _scales_anew(code: Code) -> Iterator[Problem]:
    for module, seen in _seen(code, "predict"):
        if seen.name in ("fit", "fit_transform", "partial_fit", "backward") and not seen.is_guarded:
            yield _learned_anew(module, seen)
    function = _function(code, "predict")
    if function is not None:
        for node in _scaled_by_itself(function[1]):
            message = "predict() scales each batch by its own mean or spread"
            why = "The same row gets another answer in another batch, and none is scaled as in fit."
            fix = "compute them in fit, from train, and return them:   return net, mean, std"
            yield _problem("E123", message, function[0], node, why=why, fix=fix)
    for module, seen in _seen(code, "fit"):
        if not _MAY_SEE_VALID.search(ast.unparse(seen.call)) and _measures_valid(seen):
            why = "What is measured on valid as well knows a little of it: its score looks better than it is."
            fix = "fit_transform(train.X)   and   transform(valid.X)"
            yield _problem("E123", "scaling is learned from valid, too", module, seen.call, why=why, fix=fix)


def _learned_anew(module: Module, seen: Seen) -> Problem:
    message = f"predict() learns anew:   {ast.unparse(seen.call.func)}(…)"
    if "asked" in seen.rows:
        why = "Each batch is then measured by itself, and not by the rows that fit has learned from."
        fix = "fit_transform   in fit, return it with the model, and   .transform(X)   in predict"
    else:
        why = "predict is called several times, and each time it would begin again."
        fix = "learn in fit, and return what was learned: it comes back as   model"
    return _problem("E123", message, module, seen.call, why=why, fix=fix)


def _measures_valid(seen: Seen) -> bool:
    if seen.name in ("fit", "fit_transform") and len(seen.rows) == 1:
        return seen.rows[0] in ("valid", "both")
    if seen.name not in ("mean", "std", "min", "max") or seen.receiver != "both":
        return False
    return not any(is_of_labels(node) for node in ast.walk(seen.call.func))


def _scaled_by_itself(predict: ast.FunctionDef) -> Iterator[ast.AST]:
    """``X - X.mean()`` and ``X / X.max()``, with X as it came; over each row by itself it is no mistake.

    In a loop it may be one row or several: nothing is said.
    """
    seen = {id(one.call): one for one in follow(predict, {"X": "asked"})}
    loops = [node for node in ast.walk(predict) if isinstance(node, (ast.For, ast.While))]
    in_loops = {id(node) for loop in loops for node in ast.walk(loop)}
    for node in ast.walk(predict):
        if id(node) not in in_loops and isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div)):
            own = seen.get(id(node.right))
            names = ("mean",) if isinstance(node.op, ast.Sub) else ("max", "std")
            if own is not None and own.name in names and "asked" in (own.receiver, *own.rows) and _over_rows(own.call):
                yield node


def _over_rows(call: ast.Call) -> bool:
    """Whether a mean is over several rows: without an axis, or along the first."""
    arguments = call.args if isinstance(call.func, ast.Attribute) and call.args else []
    axes = [k.value for k in call.keywords if k.arg in ("axis", "dim")] or list(arguments)
    if not axes or isinstance(axes[-1], ast.Name):
        return not any(keyword.arg in ("axis", "dim") for keyword in call.keywords)
    try:
        value = ast.literal_eval(axes[-1])
    except ValueError:
        return False
    return value == 0 or (isinstance(value, tuple) and 0 in value)


def _softmax_twice(code: Code) -> Iterator[Problem]:
    if not any(called(call) in _CROSS_ENTROPY for _, call in _calls(code)) or _CROSS_ENTROPY & _own_functions(code):
        return
    for module, node in (*_softmax_arguments(code), *_softmax_layers(code), *_softmax_returned(code)):
        yield _problem(
            "E124",
            "softmax comes before cross_entropy, which has one of its own",
            module,
            node,
            why="It takes what the last layer gives. Of probabilities the slope is so small that little is learned.",
            fix="F.cross_entropy(net(X), y)   and softmax in predict only",
        )


def _softmax_arguments(code: Code) -> Iterator[tuple[Module, ast.AST]]:
    """``F.cross_entropy(net(X).softmax(1), y)``, in one line or through a name."""
    for module in code.modules:
        for function in (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)):
            losses = {"cross_entropy"} | {
                target.id
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and called(node.value) == "CrossEntropyLoss"
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            latest: dict[str, ast.expr] = {}
            for statement in _in_order(function):
                if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                    yield from ((module, call) for call in _losses_of_softmax(statement.value, losses, latest))
                    latest[statement.targets[0].id] = statement.value
                elif isinstance(statement, (ast.Expr, ast.Return)) and statement.value is not None:
                    yield from ((module, call) for call in _losses_of_softmax(statement.value, losses, latest))


def _losses_of_softmax(value: ast.expr, losses: set[str], latest: dict[str, ast.expr]) -> Iterator[ast.Call]:
    for call in (node for node in ast.walk(value) if isinstance(node, ast.Call) and node.args):
        made = isinstance(call.func, ast.Call) and called(call.func) == "CrossEntropyLoss"
        if made or called(call) in losses:
            first = call.args[0]
            first = latest.get(first.id, first) if isinstance(first, ast.Name) else first
            if _is_softmax(first):
                yield call


def _softmax_layers(code: Code) -> Iterator[tuple[Module, ast.AST]]:
    """``nn.Sequential(…, nn.Softmax(1))`` that is trained, not one put around a trained network, or a gate in one."""
    calls = list(_calls(code))
    if any(isinstance(call.func, ast.Subscript) for _, call in calls):  # net[:-1](X) leaves it out
        return
    gates = {id(call) for module in code.modules for call in _layers_inside(module)}
    for module, call in calls:
        if called(call) == "Sequential" and _is_a_whole_network(call) and id(call) not in gates:
            last = call.args[-1]
            if isinstance(last, ast.Call) and called(last) == "Softmax":
                yield module, last


def _layers_inside(module: Module) -> Iterator[ast.AST]:
    """What is made in a class with a ``forward``, but for the layer of which ``forward`` returns what it gives."""
    for network in (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)):
        forward = next((s for s in network.body if isinstance(s, ast.FunctionDef) and s.name == "forward"), None)
        last = forward.body[-1] if forward is not None else None
        if forward is None:
            continue
        returned = last.value if isinstance(last, ast.Return) else None
        name = called(returned) if isinstance(returned, ast.Call) else ""
        for node in ast.walk(network):
            if isinstance(node, ast.Assign) and name not in [getattr(target, "attr", None) for target in node.targets]:
                yield from ast.walk(node.value)


def _is_a_whole_network(sequential: ast.Call) -> bool:
    """Not ``nn.Sequential(net, nn.Softmax(1))``."""
    return len(sequential.args) > 2 or any(isinstance(argument, ast.Starred) for argument in sequential.args)


def _softmax_returned(code: Code) -> Iterator[tuple[Module, ast.AST]]:
    """``return F.softmax(x, 1)`` at the end of the only ``forward`` there is."""
    forwards = [
        (module, node)
        for module in code.modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and node.name == "forward"
    ]
    if len(forwards) != 1:
        return
    module, forward = forwards[0]
    last = forward.body[-1]
    if isinstance(last, ast.Return) and last.value is not None and _is_softmax(last.value):
        # Of a method of its own, as in softmax(self.logits(x)): the loss may take that one.
        own = _own_functions(code)
        if not any(isinstance(node, ast.Call) and called(node) in own for node in ast.walk(last.value)):
            yield module, last


def _is_softmax(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and (
        called(node) == "softmax" or (isinstance(node.func, ast.Call) and called(node.func) == "Softmax")
    )


def _no_eval(code: Code) -> Iterator[Problem]:
    calls = list(_calls(code))
    if not _trains_with_torch(code) or any(_is_eval(call) for _, call in calls):
        return
    for module, call in calls:
        name = called(call)
        if _DROPS.match(name) or _NORMALIZES.match(name):
            what = "dropout" if _DROPS.match(name) else "batch-norm"
            yield _problem(
                "E125",
                f"the network has {what}, and eval() is never called",
                module,
                call,
                why="In training mode an answer depends on luck, or on the other rows of its batch.",
                fix="net.eval()   before   return net",
            )


def _no_step(code: Code) -> Iterator[Problem]:
    """An optimizer made here, and one of ``backward()`` and ``step()`` without the other."""
    if not _trains_with_torch(code) or "backward" in _own_functions(code):
        return
    calls = list(_calls(code))
    names = _optimizers(code)
    handed_on = {ast.unparse(value) for _, call in calls for value in (*call.args, *(k.value for k in call.keywords))}
    steps = [(module, call) for module, call in calls if _is_step(call, names)]
    slopes = [(module, call) for module, call in calls if called(call) == "backward"]
    if not names or names & handed_on or any(_computes_gradient(call) for _, call in calls):
        return  # whoever it is handed to may do what is missing here
    why = "Nothing is learned: the network that is returned is the one that was made."
    if steps and not slopes:
        message = "the weights never change: there is a step(), and no backward()"
        yield _problem("E126", message, *steps[0], why=why, fix="loss.backward()   before   opt.step()")
    if slopes and not any(called(call) == "step" for _, call in calls):
        message = "the weights never change: there is a backward(), and no step()"
        yield _problem("E126", message, *slopes[0], why=why, fix="opt.step()   after   loss.backward()")


def _optimizers(code: Code) -> set[str]:
    """Names that an optimizer of torch is given: ``opt = torch.optim.Adam(…)``."""
    nodes = [node for module in code.modules for node in ast.walk(module.tree)]
    imported = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "torch.optim"
        for alias in node.names
    }
    return {
        ast.unparse(target)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if "optim" in ast.unparse(node.value.func).split(".")[:-1] or ast.unparse(node.value.func) in imported
    }


def _is_step(call: ast.Call, optimizers: set[str]) -> bool:
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr == "step" and ast.unparse(func.value) in optimizers


def _computes_gradient(call: ast.Call) -> bool:
    """``torch.autograd.grad(loss, …)``, ``torch.func.grad(f)``."""
    return called(call) in ("grad", "value_and_grad", "grad_and_value")


def _is_eval(call: ast.Call) -> bool:
    if called(call) == "eval" and isinstance(call.func, ast.Attribute):
        return True
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    return called(call) == "train" and not all(isinstance(a, ast.Constant) and a.value is True for a in arguments)


def _clears_gradient(node: ast.AST) -> bool:
    """``opt.zero_grad()``, ``p.grad = None``, ``p.grad.zero_()``, ``torch.autograd.grad(…)``."""
    if isinstance(node, ast.Attribute) and node.attr == "grad":
        return isinstance(node.ctx, (ast.Store, ast.Del)) or ast.unparse(node).endswith("autograd.grad")
    if not isinstance(node, ast.Call):
        return False
    return called(node) == "zero_grad" or ast.unparse(node.func).endswith(
        ("grad.zero_", "grad.fill_", "grad.data.zero_", "grad.data.fill_")
    )


def _is_new_leaf(node: ast.AST) -> bool:
    """``W.requires_grad_()``: such weights have no gradient yet."""
    return isinstance(node, ast.Call) and (
        (called(node) == "requires_grad_" and not node.args)  # with False it freezes
        or any(keyword.arg == "requires_grad" for keyword in node.keywords)
    )


def _own_functions(code: Code) -> set[str]:
    """Names of the functions, methods and classes that the plugin defines."""
    nodes = (node for module in code.modules for node in ast.walk(module.tree))
    return {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def _trains_with_torch(code: Code) -> bool:
    """Whether it imports torch, and nothing that trains for it."""
    return _imports(code, "torch") and not any(_imports(code, package) for package in _TRAINERS)


def _calls(code: Code) -> Iterator[tuple[Module, ast.Call]]:
    """Every call of all modules, each module in the order of its lines."""
    for module in code.modules:
        calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
        yield from ((module, call) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)))


def _in_order(function: ast.FunctionDef) -> list[ast.stmt]:
    statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
    return sorted(statements, key=lambda statement: statement.lineno)


def _imports(code: Code, package: str) -> bool:
    for module in code.modules:
        for node in ast.walk(module.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == package for name in names):
                return True
    return False


def _function(code: Code, name: str) -> tuple[Module, ast.FunctionDef] | None:
    found = find_function(code, name)
    if isinstance(found, Function) and isinstance(found.definition, ast.FunctionDef):
        return found.module, found.definition
    return None


def _seen(code: Code, name: str) -> Iterator[tuple[Module, Seen]]:
    """Calls of ``fit`` or ``predict``, and for ``predict`` those of the plugin's own functions that it calls."""
    found = _function(code, name)
    if found is None:
        return
    module, function = found
    start = {"train": "train", "valid": "valid"} if name == "fit" else {"X": "asked"}
    seen = follow(function, start)  # type: ignore[arg-type]
    yield from ((module, one) for one in seen)
    if name != "predict":
        return
    own = {s.name: s for s in module.tree.body if isinstance(s, ast.FunctionDef) and s.name not in ("fit", "predict")}
    for call in seen:
        helper = own.get(call.name) if isinstance(call.call.func, ast.Name) and not call.is_guarded else None
        if helper is not None:
            yield from ((module, one) for one in follow(helper, handed(call, helper)))


def _problem(code: str, message: str, module: Module, node: ast.AST, *, why: str, fix: str) -> Problem:
    line = getattr(node, "lineno", 0)
    return Problem(
        code=code,
        message=message,
        where=f"{module.shown}:{line}",
        excerpt=f"{line} | {module.line(line)}",
        why=why,
        fix=fix,
    )
