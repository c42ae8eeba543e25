"""Import a plugin from its folder and call it through pluggy. Only ever used in the entrant's process.

The folder becomes a package with a name made up from the plugin's, so that a class of the plugin can be pickled here
and unpickled in any process that loads the folder first. Nothing is put on ``sys.path``.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pluggy

from kit.errors import PluginError, Problem, nearest
from kit.plugin.code import shown_file
from kit.plugin.signature import ARGUMENTS, not_plain
from kit.plugin.spec import PROJECT, ModelSpec

_TRAINING = {"fit", "partial_fit", "parameters", "train", "eval"}  # methods of models


class ModelManager(pluggy.PluginManager):
    """A manager of one model plugin: bare functions named ``fit`` and ``predict`` are implementations."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Options of `name`: those of ``@hookimpl`` where it is there, as pytest does for ``pytest_*``."""
        options = super().parse_hookimpl_opts(plugin, name)
        if options is None and name in ARGUMENTS and inspect.isroutine(getattr(plugin, name)):
            return pluggy.HookimplOpts(
                wrapper=False, hookwrapper=False, optionalhook=False, tryfirst=False, trylast=False, specname=None
            )
        return options


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A loaded plugin."""

    name: str
    package: str
    params: Mapping[str, Any]
    where: Mapping[str, str]
    _manager: ModelManager
    _fit: Callable[..., Any]

    def fit(self, *, task: Any, train: Any, valid: Any, run: Any) -> Any:
        """What the plugin's ``fit`` returns. Raises `PluginError` E201 where that is None."""
        model = self._manager.hook.fit(task=task, train=train, valid=valid, run=run)
        if model is None:
            raise PluginError(
                Problem(
                    code="E201",
                    message="fit() returned nothing",
                    where=self.where["fit"],
                    why="Whatever fit returns is handed to predict.",
                    fix=f"add   return {_trained(self._fit)}   as the last line",
                )
            )
        return model

    def predict(self, *, model: Any, X: Any, task: Any, run: Any) -> Any:
        """What the plugin's ``predict`` returns. Raises `PluginError` E213 where that is None."""
        answers = self._manager.hook.predict(model=model, X=X, task=task, run=run)
        if answers is None:
            raise PluginError(
                Problem(
                    code="E213",
                    message="predict() returned nothing",
                    where=self.where["predict"],
                    why="It must return one answer for each row of X.",
                    fix="add   return answers   as the last line",
                )
            )
        return answers


def load_plugin(folder: Path, name: str, *, params: Mapping[str, Any] | None = None) -> Model:
    """Import ``plugin.py`` of `folder`.

    Parameters
    ----------
    folder
        Holds the plugin's files.
    name
        How the entrant calls the plugin; also names the package that its classes are pickled under.
    params
        Hyper-parameters that differ from the defaults.

    Raises
    ------
    PluginError
        E103, E104.
    BaseException
        Whatever the plugin's own code raises while it is imported.
    """
    module = import_plugin(folder, name)
    functions = {hook: getattr(module, hook) for hook in ARGUMENTS if hasattr(module, hook)}
    where = {hook: shown_file(name) for hook in ARGUMENTS}
    for hook, function in functions.items():
        where[hook] = _where(function, folder, name)
        if what := _why_not_plain(function):
            raise PluginError(not_plain(hook, where[hook], what))
    if "fit" not in functions:
        raise PluginError(Problem(code="E103", message=f"{where['fit']} has no fit()", where=where["fit"]))
    known = _hyper_parameters(functions["fit"])
    chosen = _checked(params or {}, known, where["fit"])
    manager = _register(module.__name__, functions, chosen, where)
    package = module.__name__.rpartition(".")[0]
    return Model(
        name=name, package=package, params=known | chosen, where=where, _manager=manager, _fit=functions["fit"]
    )


def _trained(fit: Callable[..., Any]) -> str:
    """What `fit` calls the thing that it trains, as far as its source tells; else ``model``."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(fit)))
    except (OSError, TypeError, SyntaxError):  # a lambda, or a source that is gone
        return "model"
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in _TRAINING]
    names = [(use.lineno, use.value.id) for use in uses if isinstance(use.value, ast.Name)]
    return max((use for use in names if use[1] not in ARGUMENTS["fit"]), default=(0, "model"))[1]


def import_plugin(folder: Path, name: str) -> ModuleType:
    """The module ``plugin`` of a made-up package over `folder`; its own modules can be imported both ways."""
    return importlib.import_module(f"{open_package(folder, name)}.plugin")


def open_package(folder: Path, name: str) -> str:
    """Make the modules in `folder` ready to be imported, import none; the name of the made-up package."""
    package = "plugin_" + re.sub(r"\W", "_", name.replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".py"))
    while _is_module(folder / package):
        package += "_"
    if package not in sys.modules:
        root = ModuleType(package)
        root.__path__ = [str(folder)]
        # As of a package with an empty __init__.py: importlib.resources finds the files beside the source by it.
        root.__spec__ = ModuleSpec(package, SourceFileLoader(package, str(folder / "__init__.py")), is_package=True)
        root.__spec__.submodule_search_locations = [str(folder)]
        sys.modules[package] = root
        siblings = _Siblings(folder, package)
        # Last, not first: an installed module is never shadowed, whatever else is imported in this process.
        sys.meta_path.append(siblings)
        sys.meta_path.insert(0, _Inside(siblings))
    return package


def _is_module(place: Path) -> bool:
    return place.with_suffix(".py").is_file() or place.is_dir()


class _Siblings(MetaPathFinder, Loader):
    """Finds ``net`` where the plugin says ``from net import Net``, as the very module that ``.net`` is."""

    def __init__(self, folder: Path, package: str) -> None:
        self._folder, self._package = folder, package
        self._specs: dict[str, ModuleSpec | None] = {}

    @property
    def found(self) -> Collection[str]:
        """Names under which modules were found here."""
        return self._specs.keys()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        is_ours = fullname.partition(".")[0] != self._package and _is_module(
            self._folder.joinpath(*fullname.split("."))
        )
        return ModuleSpec(fullname, self) if is_ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(f"{self._package}.{spec.name}")
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It was executed under its own name; the import system has only just put the alias's spec on it.
        if module.__spec__ is not None:
            module.__spec__ = self._specs[module.__spec__.name]


class _Inside(MetaPathFinder):
    """Finds ``parts.block`` before others do, who would make a second module of the file that ``.parts.block`` is."""

    def __init__(self, siblings: _Siblings) -> None:
        self._siblings = siblings

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_inside = fullname.rpartition(".")[0] in self._siblings.found
        return self._siblings.find_spec(fullname, path, target) if is_inside else None


def default_predict(model: Any, X: Any, task: Any, where: str = "") -> Any:
    """Answer with the model's own ``predict_proba`` or ``predict``, on rows that are flat."""
    is_torch_module = any(cls.__module__.startswith("torch.nn") for cls in type(model).__mro__)
    rows = X.reshape(len(X), -1) if getattr(X, "ndim", 0) > 2 and not is_torch_module else X
    if hasattr(model, "predict_proba"):
        return _in_order_of_classes(model, model.predict_proba(rows), task.n_outputs)
    if hasattr(model, "predict"):
        return model.predict(rows)
    raise PluginError(_nothing_to_predict_with(model, is_torch_module, where))


def _in_order_of_classes(model: Any, y_proba: Any, n_outputs: int) -> Any:
    """A column for every class: an estimator has none for a class that it never saw."""
    seen = np.asarray(getattr(model, "classes_", ()))
    y_proba = np.asarray(y_proba)
    if y_proba.ndim != 2 or len(seen) != y_proba.shape[1] or len(seen) >= n_outputs or seen.dtype.kind not in "iu":
        return y_proba
    full = np.zeros((len(y_proba), n_outputs), dtype=y_proba.dtype)
    full[:, seen] = y_proba
    return full


def _nothing_to_predict_with(model: Any, is_torch_module: bool, where: str) -> Problem:
    what = "a torch module" if is_torch_module else f"an object of the type {type(model).__name__}"
    lines = (
        "import torch\n\ndef predict(model, X):\n    model.eval()\n    with torch.no_grad():\n"
        "        return model(torch.as_tensor(X)).argmax(1)"
        if is_torch_module
        else "def predict(model, X):\n    return …"
    )
    return Problem(
        code="E212",
        message=f"there is no predict(), and fit() returned {what}, which can't answer by itself",
        where=where,
        why="Without a predict() the kit calls the model's own predict_proba() or predict().",
        fix=f"write one:\n{lines}",
    )


def _register(
    name: str, functions: Mapping[str, Any], params: Mapping[str, Any], where: Mapping[str, str]
) -> ModelManager:
    manager = ModelManager(PROJECT)
    manager.add_hookspecs(ModelSpec)
    manager.register(_adapted(name, functions, params))
    if "predict" not in functions:
        # Not as a trylast implementation, which would answer for a plugin that forgot its return.
        manager.register(_default(where["fit"]))
    return manager


def _adapted(name: str, functions: Mapping[str, Any], params: Mapping[str, Any]) -> ModuleType:
    """What pluggy gets to see: functions with exactly the hook's signature, which call the plugin's.

    pluggy looks at positional parameters only, so a keyword-only one would be neither checked nor passed. The options
    of ``@hookimpl`` are left behind: they order and wrap implementations, and there is one.
    """
    adapted = ModuleType(name)
    call_fit = _caller(functions["fit"], params)

    def fit(task: Any, train: Any, valid: Any, run: Any) -> Any:
        return call_fit({"task": task, "train": train, "valid": valid, "run": run})

    adapted.__dict__["fit"] = fit
    if "predict" in functions:
        call_predict = _caller(functions["predict"], {})

        def predict(model: Any, X: Any, task: Any, run: Any) -> Any:
            return call_predict({"model": model, "X": X, "task": task, "run": run})

        adapted.__dict__["predict"] = predict
    return adapted


def _default(where: str) -> ModuleType:
    module = ModuleType("kit_default")

    def predict(model: Any, X: Any, task: Any, run: Any) -> Any:  # noqa: ARG001 - the hook's own signature
        return default_predict(model, X, task, where)

    module.__dict__["predict"] = predict
    return module


def _caller(function: Callable[..., Any], params: Mapping[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """Calls `function` with those of the offered arguments that it names, defaulted or not, and with `params`."""
    named = inspect.signature(function).parameters
    positional = [p.name for p in named.values() if p.kind is p.POSITIONAL_ONLY]
    by_keyword = [p.name for p in named.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]

    def call(offered: dict[str, Any]) -> Any:
        values = {p.name: p.default for p in named.values() if p.default is not p.empty} | offered | dict(params)
        return function(
            *(values[name] for name in positional), **{name: values[name] for name in by_keyword if name in values}
        )

    return call


def _hyper_parameters(fit: Callable[..., Any]) -> dict[str, Any]:
    named = inspect.signature(fit).parameters.values()
    return {p.name: p.default for p in named if p.default is not p.empty and p.name not in ARGUMENTS["fit"]}


def _checked(params: Mapping[str, Any], known: Mapping[str, Any], where: str) -> dict[str, Any]:
    for name in params:
        if name not in known:
            near = nearest(name, known)
            raise PluginError(
                Problem(
                    code="E104",
                    message=f"fit() has no hyper-parameter {name}",
                    where=where,
                    fix=f"did you mean   {near} ?" if near else f"known here:   {', '.join(known) or 'none'}",
                )
            )
    return dict(params)


def _why_not_plain(function: Any) -> str:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "is async"
    if inspect.isgeneratorfunction(function):
        return "is a generator: it has a yield"
    if not inspect.isfunction(function):
        return f"is an object of the type {type(function).__name__}"
    kinds = {p.kind for p in inspect.signature(function).parameters.values()}
    if kinds == {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        return "is wrapped by a decorator that hides its arguments (functools.wraps shows them)"
    return ""


def _where(function: Any, folder: Path, name: str) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    if code is None or not Path(code.co_filename).is_relative_to(folder):
        return shown_file(name)
    return f"{shown_file(name, Path(code.co_filename).relative_to(folder).as_posix())}:{code.co_firstlineno}"
