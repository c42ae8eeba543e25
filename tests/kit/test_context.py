"""What a plugin is handed besides its data: what `run.log` takes, and how long is left."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from kit.plugin.context import Numbers, Run


def run_with(said: list[Numbers], tmp_path: Path, *, seconds: float = 60.0) -> Run:
    return Run(
        seed=0, device="cpu", n_threads=1, workdir=tmp_path, ends_at=time.monotonic() + seconds, send=said.append
    )


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array([0.5])[0], np.array(0.5)])
def test_what_is_a_number_is_logged(value: float, tmp_path: Path) -> None:
    said: list[Numbers] = []

    run_with(said, tmp_path).log(epoch=1, loss=value)

    assert said == [{"epoch": 1, "loss": 0.5}]


def test_a_loss_with_a_gradient_is_logged_without_a_warning(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    said: list[Numbers] = []

    run_with(said, tmp_path).log(loss=torch.tensor(2.0, requires_grad=True))

    assert said == [{"loss": 2.0}]


@pytest.mark.parametrize("value", ["0.5", None, np.ones(3)])
def test_what_is_no_number_is_refused_by_name(value: object, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="loss"):
        run_with([], tmp_path).log(loss=value)  # type: ignore[arg-type]


def test_the_time_left_is_never_negative(tmp_path: Path) -> None:
    assert run_with([], tmp_path, seconds=-5).seconds_left == 0.0
