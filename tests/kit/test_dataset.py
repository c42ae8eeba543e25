from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kit.dataset import (
    Column,
    Dataset,
    Storage,
    Table,
    Unlabeled,
    features,
    fingerprint,
    n_rows,
    pack,
    read_part,
    row_shape,
    take,
    unpack,
    write_part,
)

IMAGES = np.random.default_rng(0).integers(0, 256, size=(7, 1, 4, 3), dtype=np.uint8)
IDS = [f"row {i}" for i in range(7)]
LABELS = np.array([0, 1, 2, 0, 1, 2, 0], dtype=np.int64)
NUMBERS = Table(
    (
        Column(name="age", dtype="number", data=np.array([1.0, np.nan, 3, 4, 5, 6, 7])),
        Column(name="rooms", dtype="number", data=np.arange(7)),
    )
)
MIXED = Table(
    (
        *NUMBERS.columns,
        Column(
            name="town",
            dtype="category",
            data=np.array([0, 1, -1, 0, 1, 0, 1], dtype=np.int32),
            values=("Ulm", "Köln"),
        ),
        Column(name="note", dtype="text", data=np.array([-1, 0, 0, 0, 0, 0, 0], dtype=np.int32), values=("a, b",)),
        Column(name="sold", dtype="time", data=np.array([0, np.iinfo(np.int64).min, 2, 3, 4, 5, 6], dtype=np.int64)),
    )
)


def images() -> Dataset:
    return Dataset(IMAGES, LABELS, np.array(IDS))


def test_pixels_become_float32_between_0_and_1_in_one_contiguous_array() -> None:
    X = images().X
    assert isinstance(X, np.ndarray)
    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    assert X.flags.writeable
    np.testing.assert_array_equal(X, (IMAGES / 255).astype(np.float32))


def test_x_is_converted_once() -> None:
    train = images()
    assert train.X is train.X


def test_a_dataset_unpacks_into_x_and_y() -> None:
    X, y = images()
    assert X.shape == (7, 1, 4, 3)
    assert y is LABELS


def test_flat_has_one_row_per_image() -> None:
    assert images().flat.shape == (7, 12)


def test_batches_do_not_convert_the_whole_set() -> None:
    train = images()
    sizes = [len(y) for _, y in train.batches(3, seed=0)]
    assert sizes == [3, 3, 1]
    assert "X" not in vars(train)


def test_batches_without_a_seed_come_in_order_and_with_one_are_a_permutation() -> None:
    train = images()
    ordered = np.concatenate([X for X, _ in train.batches(2)])
    np.testing.assert_array_equal(ordered, train.X)
    shuffled = np.concatenate([X for X, _ in train.batches(2, seed=3)])
    assert not np.array_equal(shuffled, ordered)
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(ordered, axis=None))


def test_the_same_seed_gives_the_same_batches() -> None:
    first, again = ([y.tolist() for _, y in images().batches(2, seed=5)] for _ in range(2))
    assert first == again


def test_unlabeled_rows_have_no_y() -> None:
    rows = Unlabeled(IMAGES, np.array(IDS))
    assert not hasattr(rows, "y")
    assert [len(X) for X in rows.batches(4)] == [4, 3]


def test_tensors_share_memory_and_keep_the_types() -> None:
    torch = pytest.importorskip("torch")
    X, y = images().tensors()
    assert X.dtype == torch.float32
    assert y.dtype == torch.int64
    assert X.shape == (7, 1, 4, 3)


def test_tensors_of_a_part_on_disk_come_without_a_warning(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    write_part(tmp_path, IMAGES, ids=IDS, y=LABELS)
    train = read_part(tmp_path)
    assert isinstance(train, Dataset)
    assert len(train.tensors()[1]) == 7
    assert torch.from_numpy(train.uint8).sum() > 0


def test_a_frame_has_categories_text_times_and_missing_values() -> None:
    frame = Unlabeled(MIXED, np.array(IDS)).frame
    assert list(frame.columns) == ["age", "rooms", "town", "note", "sold"]
    assert frame.isna().sum().tolist() == [1, 0, 1, 1, 1]
    assert frame["town"].dtype == "category"
    assert list(frame["town"].cat.categories) == ["Ulm", "Köln"]
    assert frame["sold"].dtype == "datetime64[ns]"
    assert frame["note"][1] == "a, b"


def test_flat_of_numeric_columns_keeps_missing_values() -> None:
    flat = Unlabeled(NUMBERS, np.array(IDS)).flat
    assert flat.dtype == np.float32
    assert flat.shape == (7, 2)
    assert np.isnan(flat[1, 0])


def test_flat_of_other_columns_says_which_and_how_to_encode_them() -> None:
    with pytest.raises(TypeError, match=r"(?s)town, note, sold.*ColumnTransformer") as caught:
        _ = Unlabeled(MIXED, np.array(IDS)).flat
    compile(str(caught.value).split("inside the model:")[1].replace("\n    ", "\n"), "lines", "exec")


def test_images_have_no_frame_and_tables_no_pixels() -> None:
    with pytest.raises(TypeError, match="images, not a table"):
        _ = images().frame
    with pytest.raises(TypeError, match="a table"):
        _ = Unlabeled(MIXED, np.array(IDS)).uint8


@pytest.mark.parametrize("storage", [IMAGES, NUMBERS, MIXED, IMAGES[:0]], ids=["images", "numbers", "mixed", "none"])
def test_what_is_packed_or_written_comes_back(storage: Storage, tmp_path: Path) -> None:
    ids = IDS[: n_rows(storage)]
    write_part(tmp_path / "part", storage, ids=ids)
    part = read_part(tmp_path / "part")
    expected = fingerprint(storage, None, ids)
    assert fingerprint(part.storage, None, part.ids) == expected == fingerprint(unpack(pack(storage)), None, ids)


def test_unpacking_what_is_no_pack_is_an_error() -> None:
    for data in (b"", b"\n", b"{}\n", b'[{"name": "a"}]\n', pack(MIXED)[:-1], b"\nP\x93NUMPY"):
        with pytest.raises(ValueError):
            unpack(data)


def test_rows_are_taken_in_the_order_asked_for() -> None:
    index = np.array([4, 0])
    np.testing.assert_array_equal(take(IMAGES, index), IMAGES[[4, 0]])
    taken = take(MIXED, index)
    assert isinstance(taken, Table)
    assert taken.columns[1].data.tolist() == [4, 0]
    assert row_shape(taken) == (5,)


def test_the_fingerprint_sees_every_part() -> None:
    base = fingerprint(IMAGES, LABELS, IDS)
    changed = IMAGES.copy()
    changed[6, 0, 3, 2] ^= 1
    others = [
        fingerprint(changed, LABELS, IDS),
        fingerprint(IMAGES, LABELS[::-1], IDS),
        fingerprint(IMAGES, None, IDS),
        fingerprint(IMAGES, LABELS, IDS[::-1]),
        fingerprint(IMAGES.reshape(7, 1, 3, 4), LABELS, IDS),
    ]
    assert base not in others
    assert len(set(others)) == 5


def test_images_are_read_and_converted_without_pandas_or_torch(tmp_path: Path) -> None:
    write_part(tmp_path, IMAGES, ids=IDS, y=LABELS)
    code = (
        "import sys; from pathlib import Path; from kit.dataset import *\n"
        "part = read_part(Path(sys.argv[1])); part.X; part.flat; unpack(pack(part.storage)); list(part.batches(2))\n"
        "print(sorted({'pandas', 'torch', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_features_of_unlabeled_rows_equal_those_of_the_whole() -> None:
    np.testing.assert_array_equal(features(take(IMAGES, np.array([2]))), images().X[2:3])
