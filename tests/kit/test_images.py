"""Training on whole batches: epochs with a clock, movements of images, and what the processor is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from kit import images
from kit.dataset import Column, Dataset, Table

torch: Any = pytest.importorskip("torch")


@dataclass
class Clock:
    """A run whose every look at the clock costs `tick` seconds."""

    seconds: float = math.inf
    tick: float = 0.0
    n_threads: int = 2
    looks: int = field(default=0)

    @property
    def seconds_left(self) -> float:
        self.looks += 1
        return max(0.0, self.seconds - self.tick * (self.looks - 1))


def course(n: int, batch: int, n_epochs: float, clock: Clock) -> list[list[tuple[list[int], float]]]:
    return [
        [(rows.tolist(), done) for rows, done in batches] for _, batches in images.epochs(n, batch, n_epochs, clock)
    ]


def test_every_epoch_has_every_row_once_in_an_order_of_its_own() -> None:
    torch.manual_seed(0)

    first, second = course(100, 32, 2, Clock())

    orders = [[row for rows, _ in epoch for row in rows] for epoch in (first, second)]
    assert [sorted(order) for order in orders] == [list(range(100))] * 2
    assert orders[0] != orders[1]


def test_no_batch_is_left_over() -> None:
    (epoch,) = course(129, 128, 1, Clock())

    assert sorted(len(rows) for rows, _ in epoch) == [64, 65]


def test_what_is_done_rises_to_one_with_the_last_batch() -> None:
    done = [done for epoch in course(10, 5, 3, Clock()) for _, done in epoch]

    assert done == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])


def test_an_epoch_can_be_cut() -> None:
    assert [len(epoch) for epoch in course(100, 10, 1.5, Clock())] == [10, 5]


def test_the_clock_ends_a_training_that_there_is_no_time_for() -> None:
    done = [done for epoch in course(10, 1, 10**6, Clock(seconds=100, tick=1)) for _, done in epoch]

    assert len(done) == images.TRAINING * 100
    assert done[-1] == 1


def test_one_batch_is_learned_from_where_no_time_is_left_at_all() -> None:
    assert [len(epoch) for epoch in course(10, 5, 2, Clock(seconds=0))] == [1]


def test_the_step_size_rises_then_falls() -> None:
    assert [images.one_cycle(done) for done in (0, 0.1, 0.2, 0.6, 1)] == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert images.one_cycle(0.5, warm_up=0) == 0.5


@pytest.mark.parametrize(("shape", "n"), [((1, 8, 8), 1), ((1, 28, 28), 2), ((3, 16, 16), 2)])
def test_tiny_images_get_one_thread(shape: tuple[int, ...], n: int) -> None:
    before = torch.get_num_threads()
    try:
        assert images.use_threads(Clock(), shape) == torch.get_num_threads() == n
    finally:
        torch.set_num_threads(before)


def pictures(n: int = 6, channels: int = 1, side: int = 9) -> Any:
    return torch.randint(1, 256, (n, channels, side, side), dtype=torch.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_that_is_not_moved_stays_as_it_is(channels: int) -> None:
    X = pictures(channels=channels)

    assert torch.allclose(images.wobble(X, 0, 0), X / 255, atol=1e-5)


def test_every_image_moves_in_its_own_way_and_none_further_than_asked() -> None:
    torch.manual_seed(0)
    X = torch.zeros(200, 1, 9, 9, dtype=torch.uint8)
    X[:, :, 4, 4] = 255

    moved = images.wobble(X, shift=2 / 9)  # one pixel

    assert len({tuple(image.flatten().tolist()) for image in moved}) == 200
    assert moved[:, :, 3:6, 3:6].sum() == pytest.approx(moved.sum())


def test_about_half_of_the_images_are_mirrored() -> None:
    torch.manual_seed(0)
    X = torch.arange(3).expand(1000, 1, 1, 3)

    first = images.mirrored(X)[:, 0, 0].tolist()

    assert 400 < first.count([2, 1, 0]) < 600
    assert first.count([0, 1, 2]) == 1000 - first.count([2, 1, 0])


def test_floats_and_bytes_are_moved_alike() -> None:
    X = pictures()
    moved = []
    for given in (X, X / 255):
        torch.manual_seed(0)
        moved.append(images.wobble(given, 0.2, 0.2))

    assert torch.equal(*moved)


def test_pixels_of_any_movement_stay_between_black_and_white() -> None:
    moved = images.wobble(pictures(channels=3), 0.5, 0.5)

    assert moved.dtype == torch.float32
    assert moved.min() >= 0
    assert moved.max() <= 1 + 1e-6


def test_images_move_as_far_where_products_are_taken_in_bfloat16() -> None:
    X, moved = torch.rand(4, 1, 28, 28), []
    for enabled in (False, True):
        torch.manual_seed(0)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            moved.append(images.wobble(X, 0.07, 0.1))

    assert torch.equal(*moved)


def test_products_are_taken_in_bfloat16_only_where_the_processor_has_it() -> None:
    with images.autocast("cpu"):
        product = torch.ones(2, 2) @ torch.ones(2, 2)

    assert product.dtype == (torch.bfloat16 if images.has_bfloat16() else torch.float32)


def test_a_dataset_gives_its_bytes_as_a_tensor_without_a_copy() -> None:
    stored = pictures().numpy()
    rows = Dataset(stored, np.arange(6), np.arange(6).astype(np.str_))

    X, y = rows.tensors("cpu", uint8=True)

    assert X.dtype == torch.uint8
    assert X.data_ptr() == stored.ctypes.data
    assert torch.equal(X / 255, rows.tensors()[0])
    assert y.tolist() == list(range(6))


def test_a_table_has_no_bytes() -> None:
    table = Table((Column(name="x", dtype="number", data=np.zeros(2)),))

    with pytest.raises(TypeError, match="have no pixels"):
        Dataset(table, np.zeros(2, dtype=np.float32), np.array(["0", "1"])).tensors(uint8=True)
