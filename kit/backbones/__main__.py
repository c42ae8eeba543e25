"""Computes features in a process of its own, which reads images and weights and holds neither labels nor plugins.

``python -P -m kit.backbones`` reads an `Order` from the first line of its standard input, and prints how many images
are done, a number a line. It ends when its standard input is closed: who asked is gone.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit.backbones.cache import Cache, digests
from kit.job import decode
from kit.weights import weights

BATCH = 32
SECONDS_BETWEEN_FILES, ROWS_OF_A_FILE = 20.0, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be computed.

    Parameters
    ----------
    weights, file
        Name of the weights, and their verified file.
    images
        The ``X.npy`` of a part: uint8 (n, channels, height, width).
    rows
        Which of them.
    folder
        Of the `Cache` that they are put into.
    threads
        That may compute.
    device
        ``cpu``, or ``cuda`` where there is one and it can be used.
    """

    weights: str
    file: str
    images: str
    rows: tuple[int, ...]
    folder: str
    threads: int
    device: str = "cpu"


def main() -> None:
    """Do what the first line of standard input says."""
    order = decode(Order, sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_reader, daemon=True).start()
    compute(order)


def compute(order: Order) -> None:
    """Compute and keep the features that `order` asks for, and print how far it is."""
    import torch

    from kit.backbones.network import build

    torch.set_num_threads(order.threads)
    wanted = weights(order.weights)
    assert wanted is not None, "an order names weights that are known"
    state = torch.load(order.file, map_location="cpu", weights_only=True)
    backbone, on_card = build(wanted, state), order.device != "cpu" and torch.cuda.is_available()
    images = np.load(order.images, mmap_mode="r", allow_pickle=False)
    cache, done, first, since = Cache(Path(order.folder), wanted.n_features), 0, 0, time.monotonic()
    features: list[np.ndarray[tuple[int, int], np.dtype[np.float32]]] = []
    for start in range(0, len(order.rows), BATCH):
        rows = list(order.rows[start : start + BATCH])
        try:
            backbone = backbone.to("cuda" if on_card else "cpu")
            features.append(backbone.features(images[rows], size=BATCH))
        except RuntimeError:  # the run that asks may hold all memory of the card, and that is not the host's to mend
            if not on_card:
                raise
            backbone, on_card = build(wanted, state), False
            features.append(backbone.features(images[rows], size=BATCH))
        done = start + len(rows)
        is_last = done == len(order.rows)
        if is_last or done - first >= ROWS_OF_A_FILE or time.monotonic() - since > SECONDS_BETWEEN_FILES:
            cache.write(digests(images[list(order.rows[first:done])]), np.concatenate(features))
            features, first, since = [], done, time.monotonic()
        print(done, flush=True)


def _end_with_reader() -> None:
    while os.read(0, 1):  # not through `sys.stdin`, whose lock would be held while the interpreter ends
        continue
    os._exit(1)


if __name__ == "__main__":
    main()
