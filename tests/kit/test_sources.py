from __future__ import annotations

import ast
import gzip
import importlib.util
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from kit.competition import Competition, read_competition
from kit.dataset import Table
from kit.errors import DataError
from kit.source.base import Rows
from kit.source.sklearn import load as load_sklearn
from kit.source.torchvision import SETS, load, read_idx

needs_mnist = pytest.mark.skipif(
    not (Path(os.environ.get("KIT_DATA_HOME", "/nowhere")) / "torchvision/MNIST/raw").is_dir(),
    reason="needs the MNIST files: set KIT_DATA_HOME to a folder with torchvision/MNIST/raw",
)


def competition(split: str = 'method = "official"') -> Competition:
    text = f"""
    title = "t"
    kind = "image-classification"
    data = {{ source = "torchvision:MNIST" }}
    split = {{ {split}, salt = "s" }}
    metric = {{ name = "accuracy" }}
    submission = {{ columns = ["label"] }}
    """
    return read_competition(text, where="competition.toml")


def sklearn(name: str) -> Rows:
    return load_sklearn(name, competition(), Path(), on_progress=lambda line: None)


def idx(path: Path, array: np.ndarray, *, kind: int = 8, cut: int = 0, more: bytes = b"") -> Path:
    header = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    body = header + array.tobytes() + more
    path.write_bytes(gzip.compress(body[: len(body) - cut]))
    return path


def test_digits_are_images_of_one_byte_a_pixel_in_the_packages_order() -> None:
    from sklearn.datasets import load_digits

    rows = sklearn("digits")
    assert isinstance(rows.storage, np.ndarray)
    assert rows.storage.dtype == np.uint8
    assert rows.storage.shape == (1797, 1, 8, 8)
    assert rows.classes == tuple("0123456789")
    np.testing.assert_array_equal(rows.storage[:, 0], np.floor(load_digits().images * 255 / 16 + 0.5))
    np.testing.assert_array_equal(rows.y, load_digits().target)


@pytest.mark.parametrize(
    ("name", "n", "columns", "classes"),
    [
        ("breast_cancer", 569, 30, ("malignant", "benign")),
        ("iris", 150, 4, ("setosa", "versicolor", "virginica")),
        ("wine", 178, 13, ("class_0", "class_1", "class_2")),
        ("diabetes", 442, 10, ()),
    ],
)
def test_the_other_sets_are_tables_with_their_class_names(
    name: str, n: int, columns: int, classes: tuple[str, ...]
) -> None:
    rows = sklearn(name)
    assert isinstance(rows.storage, Table)
    assert len(rows.storage.columns) == columns
    assert rows.classes == classes
    assert rows.y.dtype == (np.int64 if classes else np.float64)
    assert rows.ids[0] == "0"
    assert rows.ids[-1] == str(n - 1)
    assert len(rows.y) == n


@pytest.mark.parametrize(
    ("name", "hint"), [("digit", "did you mean   sklearn:digits ?"), ("xyz", "known here: breast")]
)
def test_an_unknown_set_of_scikit_learn_is_e504(name: str, hint: str) -> None:
    with pytest.raises(DataError) as caught:
        sklearn(name)
    assert caught.value.code == "E504"
    assert hint in caught.value.problem.fix


def test_an_unknown_set_of_torchvision_is_e504() -> None:
    with pytest.raises(DataError) as caught:
        load("FashionMNST", competition(), Path(), on_progress=lambda line: None)
    assert caught.value.code == "E504"
    assert "torchvision:FashionMNIST" in caught.value.problem.fix


def test_an_idx_file_is_read_with_its_shape(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    np.testing.assert_array_equal(read_idx(idx(tmp_path / "a.gz", array), n_dimensions=3), array)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"cut": 1}, "fewer than the 24 bytes"),
        ({"more": b"x"}, "more than the 24 bytes"),
        ({"cut": 30}, "unpack"),
        ({"kind": 13}, "first bytes"),
    ],
)
def test_a_wrong_idx_file_is_named_with_what_is_wrong(tmp_path: Path, damage: dict[str, int], message: str) -> None:
    path = idx(tmp_path / "images.gz", np.zeros((2, 3, 4), dtype=np.uint8), **damage)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, n_dimensions=3)
    assert caught.value.code == "E502"
    assert "images.gz" in caught.value.problem.message


@pytest.mark.parametrize("keep", [0, 15, 30])
def test_a_cut_or_foreign_gzip_file_is_e502(tmp_path: Path, keep: int) -> None:
    path = idx(tmp_path / "a.gz", np.zeros((2, 3, 4), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:keep] or b"no gzip at all")
    with pytest.raises(DataError) as caught:
        read_idx(path, n_dimensions=3)
    assert caught.value.code == "E502"


def test_a_file_of_labels_is_not_taken_for_images(tmp_path: Path) -> None:
    path = idx(tmp_path / "a.gz", np.zeros(50, dtype=np.uint8))
    with pytest.raises(DataError, match="3 dimensions"):
        read_idx(path, n_dimensions=3)


def test_every_set_has_four_files_with_size_and_sum() -> None:
    for published in SETS.values():
        files = published.files()
        assert len(files) == 4
        assert len(published.classes) == 10
        assert all(file.urls and file.size > 4000 and len(file.md5) == 32 for file in files)


def test_our_checksums_are_those_of_torchvision() -> None:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        pytest.skip("torchvision is not installed")
    source = (Path(spec.origin).parent / "datasets" / "mnist.py").read_text()  # read: its import takes seconds
    theirs = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    for name, published in SETS.items():
        values = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in theirs[name].body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("mirrors", "resources")
        }
        assert [(file.name, file.md5) for file in published.files()] == values["resources"]
        assert list(published.mirrors) == values["mirrors"]


@needs_mnist
def test_mnist_has_60000_rows_and_10000_official_test_rows_counted_from_0() -> None:
    rows = load("MNIST", competition(), Path(), on_progress=lambda line: None)
    assert isinstance(rows.storage, np.ndarray)
    assert rows.storage.shape == (70000, 1, 28, 28)
    assert rows.is_test is not None
    assert rows.is_test.sum() == 10000
    assert rows.is_test[60000:].all()
    assert rows.ids[60000:] == tuple(str(i) for i in range(10000))
    assert rows.ids[59999] == "59999"
    assert rows.y[:5].tolist() == [5, 0, 4, 1, 9]
    assert rows.y[60000:60005].tolist() == [7, 2, 1, 0, 4]


@needs_mnist
def test_without_an_official_split_ids_count_through() -> None:
    split = 'method = "contiguous", test = 0.2'
    rows = load("MNIST", competition(split), Path(), on_progress=lambda line: None)
    assert len(set(rows.ids)) == 70000
    assert rows.ids[-1] == "69999"
