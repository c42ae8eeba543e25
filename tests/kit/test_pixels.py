"""Images that are not in memory as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kit import dataset
from kit.dataset import Dataset, fingerprint, read_part, take, write_part
from kit.pixels import ImageFiles, Pixels, pieces
from kit.sandbox.predict import draw_batches

IDS = ["a", "b", "c", "d", "e"]


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, size=(5, 3, 4, 4), dtype=np.uint8)


@pytest.fixture
def files(images: np.ndarray, tmp_path: Path) -> ImageFiles:
    for i, image in enumerate(images):
        (tmp_path / str(i)).write_bytes(image.tobytes())
    return ImageFiles([tmp_path / str(i) for i in range(len(images))], images.shape[1:])


@pytest.mark.parametrize("key", [3, slice(1, 4), np.array([4, 0, 0]), np.array([True, False, True, False, True])])
def test_pixels_are_indexed_as_the_whole_array_would_be(images: np.ndarray, key: Any) -> None:
    X = Pixels(images)
    expected = (images.astype(np.float32) / np.float32(255))[key]

    assert X[key].dtype == np.float32
    np.testing.assert_array_equal(X[key], expected)


def test_pixels_are_a_sequence_and_an_array_where_one_is_asked_for(images: np.ndarray) -> None:
    X = Pixels(images)

    assert (len(X), X.shape, X.ndim, X.dtype) == (5, images.shape, 4, np.dtype(np.float32))
    np.testing.assert_array_equal(np.stack(list(X)), np.asarray(X))
    np.testing.assert_array_equal(np.concatenate(list(X.batches(2))), np.asarray(X))


def test_x_of_many_photos_is_not_converted_as_a_whole(images: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "LAZY_BYTES", 4 * images.nbytes - 1)
    part = Dataset(images, np.arange(5), np.array(IDS))

    assert type(part.X).__name__ == "Pixels"
    assert part.flat.shape == (5, 48)
    assert torch.equal(part.tensors()[0], torch.from_numpy(images) / 255)


def test_images_in_files_are_written_and_hashed_like_those_in_memory(
    images: np.ndarray, files: ImageFiles, tmp_path: Path
) -> None:
    write_part(tmp_path / "part", files, ids=IDS)

    np.testing.assert_array_equal(read_part(tmp_path / "part").uint8, images)
    assert fingerprint(files, None, IDS) == fingerprint(images, None, IDS)


def test_rows_of_images_in_files_are_taken_without_reading_any(images: np.ndarray, files: ImageFiles) -> None:
    taken = take(files, np.array([3, 1]))
    assert isinstance(taken, ImageFiles)
    np.testing.assert_array_equal(np.asarray(taken), images[[3, 1]])


def test_pieces_are_bounded_in_bytes_and_together_all_rows(images: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.pixels.PIECE_BYTES", 2 * images[0].nbytes)
    some = list(pieces(images))

    assert [len(piece) for piece in some] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(some), images)


def test_large_photos_are_asked_for_in_batches_that_fit_into_memory() -> None:
    n, row_bytes = 5000, 3 * 512 * 512

    sizes = np.diff([0, *draw_batches(b"k", n, row_bytes), n])

    assert sizes.sum() == n
    assert sizes.max() * row_bytes <= 2 * (32 << 20)
