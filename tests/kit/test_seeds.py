"""What is random without being asked is the same in every repeat."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from kit.worker.seeds import seed_all

SOURCE = """
import random, sys
from kit.worker.seeds import seed_all
if sys.argv[1] == "before":
    import torch
seed_all(3)
seed_all(7)
import torch
print(random.random(), float(torch.rand(())), type(torch.__loader__).__name__)
"""


def test_numpy_is_seeded_for_all_that_draw_from_it() -> None:
    drawn = []
    for _ in range(2):
        seed_all(7)
        drawn.append(np.random.random())  # noqa: NPY002 - as scikit-learn does

    assert drawn[0] == drawn[1]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")
def test_torch_is_seeded_the_same_whether_it_is_imported_before_or_after() -> None:
    printed = [
        subprocess.run([sys.executable, "-c", SOURCE, when], capture_output=True, text=True, check=True).stdout
        for when in ("before", "after")
    ]

    assert printed[0] == printed[1]
    assert "SourceFileLoader" in printed[0]
