"""The harness: everything that is registered, ours and strangers', by name.

Built on first use, never at import. A distribution whose entry point can't be loaded is reported by ``kit doctor``
and ``kit plugins`` and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import pluggy

from kit.errors import Problem, UsageError, nearest
from kit.plugin import built_in
from kit.plugin.spec import PROJECT, HarnessSpec

OURS = "competition-kit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One registered thing. `origin` is the distribution it is from."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An entry point that could not be loaded, and what it said."""

    name: str
    error: str


class Harness:
    """The hooks with everybody who implements them."""

    def __init__(self) -> None:
        self._plugins = pluggy.PluginManager(PROJECT)
        self._plugins.add_hookspecs(HarnessSpec)
        self._plugins.register(built_in, OURS)
        self._origins: dict[Any, str] = {built_in: OURS}
        self.broken = tuple(self._load_entry_points())

    @property
    def hook(self) -> Any:
        """The relay of pluggy, to call a hook."""
        return self._plugins.hook

    def registrations(self, hook: str) -> list[Registered]:
        """Everything that a ``register_*`` hook collects, ours included, in order of name."""
        found = [
            Registered(name=name, value=value, origin=self._origins[implementation.plugin])
            for implementation in getattr(self.hook, hook).get_hookimpls()
            for name, value in implementation.function().items()
        ]
        return sorted(found, key=lambda registered: (registered.name, registered.origin))

    def catalogue(self, hook: str) -> dict[str, Registered]:
        """What a ``register_*`` hook collects, by name.

        Raises
        ------
        UsageError
            E007 if a name is registered twice; names both origins.
        """
        return by_name(self.registrations(hook), hook)

    def load(self, hook: str, name: str) -> Any:
        """What a ``register_*`` hook of import strings has under `name`, imported now.

        Raises
        ------
        UsageError
            E001 if nothing is registered under that name, or it can't be imported; E007.
        """
        known = self.catalogue(hook)
        if name not in known:
            near = nearest(name, known)
            fix = f"did you mean   {near} ?" if near else f"known here: {', '.join(known)}"
            what = hook.removeprefix("register_")
            raise UsageError(Problem(code="E001", message=f"there is no {name!r} among the {what}", fix=fix))
        return resolve(known[name].value)

    def _load_entry_points(self) -> list[Broken]:
        # Not pluggy's load_setuptools_entrypoints: the first one that fails would take all others with it.
        from importlib.metadata import entry_points

        broken = []
        for point in entry_points(group=PROJECT):
            try:
                plugin = point.load()
                self._plugins.register(plugin, point.name)
            except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything
                broken.append(Broken(name=f"{point.name} ({point.value})", error=f"{type(error).__name__}: {error}"))
            else:
                self._origins[plugin] = point.dist.name if point.dist else point.name
        return broken


@cache
def harness() -> Harness:
    """The harness of this process."""
    return Harness()


def resolve(reference: str) -> Any:
    """The object that ``module:attribute`` names, imported now.

    Raises
    ------
    UsageError
        E001 if it can't be imported.
    """
    module, _, attribute = reference.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        message = f"{reference} is registered and can't be loaded: {error}"
        fix = "kit doctor   lists what is installed; the package that registers it has to be mended"
        raise UsageError(Problem(code="E001", message=message, fix=fix)) from error


def by_name(registrations: Iterable[Registered], what: str) -> dict[str, Registered]:
    """The registrations by name. Raises `UsageError` E007 if a name occurs twice; names both origins."""
    found: dict[str, Registered] = {}
    for new in registrations:
        if new.name in found:
            message = f"{new.name!r} is registered twice ({what}): by {found[new.name].origin} and by {new.origin}"
            fix = f"uninstall one of the two, or ask its author to rename {new.name!r}"
            raise UsageError(Problem(code="E007", message=message, fix=fix))
        found[new.name] = new
    return found
