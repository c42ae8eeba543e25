"""Pretrained weights that the kit knows by name: what ``weights.toml`` beside this file says of each.

Where the files lie on this computer, and how they get there, is `kit.source.weights`; what network they belong to is
`kit.backbones`. A name of somebody's own weights begins with a known name and a dash (``resnet18-birds``): they are
built and fed like these.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).with_name("weights.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One set of pretrained weights. Each field is described at the head of ``weights.toml``.

    Parameters
    ----------
    sha256
        Hex; only its first digits where no more is published, empty where nothing is, of somebody's own weights.
    """

    name: str
    architecture: str
    file: str
    sha256: str
    size_mib: float
    licence: str
    source: str
    urls: tuple[str, ...]
    resize: int
    input_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    n_features: int


@lru_cache(maxsize=1)
def known() -> Mapping[str, Weights]:
    """All of them, the most accurate first."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    lists = ("urls", "mean", "std")
    return MappingProxyType(
        {
            name: Weights(name=name, **table | {key: tuple(table[key]) for key in lists})
            for name, table in tables.items()
        }
    )


def weights(name: str) -> Weights | None:
    """What is known of `name`, which may be somebody's own; None where it is like none of ours."""
    if name in known():
        return known()[name]
    like = _like(name)
    if not like:
        return None
    return replace(known()[like], name=name, file="", sha256="", size_mib=0.0, source=f"like {like}", urls=())


def preferred(names: Iterable[str]) -> tuple[str, ...]:
    """`names`, the most accurate first; somebody's own before those that they are like."""
    order = list(known())
    named = (name for name in dict.fromkeys(names) if _like(name))
    return tuple(sorted(named, key=lambda name: (order.index(_like(name)), name in known(), name)))


def _like(name: str) -> str:
    """The longest known name that this one begins with, before a dash; empty where there is none."""
    return max((one for one in known() if name == one or name.startswith(f"{one}-")), key=len, default="")
