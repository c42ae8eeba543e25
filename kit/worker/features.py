"""The worker's half of ``task.features``: which rows are meant, and what the other side gives for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.dataset import Dataset, Table
from kit.errors import PluginError, Problem
from kit.plugin.pretrained import ask_nobody

if TYPE_CHECKING:
    from numpy.typing import NDArray

Exchange = Callable[[str, str], "NDArray[np.float32]"]


class Asked:
    """Gives features of rows of ``train`` and ``valid``, and of any choice of them, by their ids.

    Parameters
    ----------
    parts
        Name of a part -> its folder.
    exchange
        Gives what the other side has for the weights and the part of these names.
    """

    def __init__(self, parts: dict[str, str], exchange: Exchange) -> None:
        self._parts, self._exchange = parts, exchange
        self._places: dict[str, dict[str, int]] = {}

    def __reduce__(self) -> Any:  # a model that holds its task can be saved
        return _nobody, ()

    def __call__(self, name: str, part: object) -> NDArray[np.float32]:
        """Features float32 (n, d) of the rows of `part`; the caller's own array.

        Raises
        ------
        PluginError
            E223 if these are no rows of ``train`` or ``valid``, or no photos.
        """
        if not isinstance(part, Dataset):
            raise PluginError(_not_ours(f"a {type(part).__name__}"))
        if isinstance(part.storage, Table):
            raise PluginError(_not_ours("the rows of a table"))
        ids = part.ids.tolist()
        for known in self._parts:
            places = self._places_of(known)
            if all(row_id in places for row_id in ids):
                return self._exchange(name, known)[[places[row_id] for row_id in ids]]
        raise PluginError(_not_ours("rows with other ids"))

    def _places_of(self, part: str) -> dict[str, int]:
        if part not in self._places:
            ids = np.load(Path(self._parts[part]) / "ids.npy", allow_pickle=False).tolist()
            self._places[part] = {row_id: row for row, row_id in enumerate(ids)}
        return self._places[part]


def receive(header: bytes, next_frame: Callable[[], bytes]) -> tuple[NDArray[np.float32], float]:
    """Features and the seconds that the run waited for them, from a header and the frames that follow it."""
    said = json.loads(header)
    features = np.empty(said["shape"], dtype="<f4")
    room, at = features.reshape(-1).view(np.uint8).data, 0
    while at < len(room):
        piece = next_frame()
        room[at : at + len(piece)] = piece
        at += len(piece)
    return features, said["paused_s"]


def _nobody() -> Any:
    return ask_nobody


def _not_ours(got: str) -> Problem:
    return Problem(
        code="E223",
        message="task.features takes rows of train or of valid",
        expected="task.features(name, train), or a Dataset of some of its rows",
        got=got,
        why="Other photos go through the network in predict, each time.",
        fix="backbone = task.backbone(name)   in fit, and   backbone.features(X)   in predict",
    )
