"""The competition kit: datasets, splits, metrics, plugins and the processes that run them.

The names below are the public ones. They are imported when first used, so that ``import kit`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kit.dataset import Dataset, Unlabeled
    from kit.notebook import metric, score
    from kit.plugin.spec import hookimpl

__version__ = "0.1.0"

_PUBLIC = {
    "Dataset": "kit.dataset",
    "Unlabeled": "kit.dataset",
    "hookimpl": "kit.plugin.spec",
    "metric": "kit.notebook",
    "score": "kit.notebook",
}
__all__ = ["Dataset", "Unlabeled", "__version__", "hookimpl", "metric", "score"]


def __getattr__(name: str) -> object:
    from importlib import import_module  # `kit --help` does without

    if name not in _PUBLIC:
        raise AttributeError(f"module 'kit' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
