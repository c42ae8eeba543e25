"""Seeds what is random without being asked, so that a repeat is a repeat."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np


def seed_all(seed: int) -> None:
    """Seed Python, NumPy and torch: now, or as soon as it is imported.

    So it does not matter whether the plugin imports torch at its top or in ``fit``, nor whether a sandbox had it ready.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what scikit-learn draws from
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _AtImport)]
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
    else:
        sys.meta_path.insert(0, _AtImport(seed))


class _AtImport(MetaPathFinder):
    """Finds torch where it is, and seeds it once it is imported."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def find_spec(self, name: str, *_: Sequence[str] | ModuleType | None) -> ModuleSpec | None:
        if name != "torch":
            return None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Seeding(spec.loader, self._seed)
        return spec


class _Seeding(Loader):
    """Runs a module as its own loader does, and seeds it."""

    def __init__(self, loader: Loader, seed: int) -> None:
        self._loader, self._seed = loader, seed

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        module.manual_seed(self._seed)
