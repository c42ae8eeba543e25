"""Photos in folders: what cameras, phones and image searches leave in them."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kit.competition import Competition, read_competition
from kit.dataset import Table
from kit.errors import DataError, MetricError, StorageError
from kit.pixels import ImageFiles
from kit.source.base import Rows
from kit.source.folder import load
from kit.source.photo import UnusableError, decode

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(colour: tuple[int, ...] | int = RED, *, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> bytes:
    return saved(Image.new(mode, size, colour))


def huge_png() -> bytes:
    """A header that promises 11,000 x 11,000 pixels, and next to nothing behind it."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", 11_000, 11_000, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"\0" * 99))
    framed = (struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) for body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def put(folder: Path, **files: bytes) -> None:
    """``put(photos, cat_1=...)``: the file 1 of the folder cat."""
    for name, data in files.items():
        path = folder / name.replace("_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def competition(
    data: str = 'path = "photos", size = 4', split: str = 'method = "stratified", test = 0.5'
) -> Competition:
    text = f"""
    title = "t"
    kind = "image-classification"
    data = {{ source = "folder", {data} }}
    split = {{ {split}, salt = "s" }}
    metric = {{ name = "accuracy" }}
    submission = {{ columns = ["label"] }}
    """
    return read_competition(text, where="competition.toml")


def rows(folder: Path, told: list[str] | None = None, **competition_text: str) -> Rows:
    tell = (lambda line: None) if told is None else told.append
    return load("", competition(**competition_text), folder, on_progress=tell)


def images(loaded: Rows) -> np.ndarray:
    assert not isinstance(loaded.storage, Table)
    return np.asarray(loaded.storage)


def test_classes_are_folders_however_deep_the_photos_lie(tmp_path: Path) -> None:
    put(tmp_path / "photos", dog_1=photo(RED), dog_deep_2=photo(GREEN), cat_1=photo(WHITE))

    loaded = rows(tmp_path)

    assert loaded.classes == ("cat", "dog")
    assert sorted(loaded.y) == [0, 1, 1]
    assert images(loaded).shape == (3, 3, 4, 4)


def test_classes_that_are_numbers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    put(tmp_path / "photos", **{f"{name}_1": photo((name, 0, 0)) for name in (10, 9, 1)})

    assert rows(tmp_path).classes == ("1", "9", "10")


def test_what_is_no_photo_is_left_out_and_listed(tmp_path: Path) -> None:
    cut_off = saved(Image.effect_noise((64, 64), 50), "JPEG")[:-400]
    bad = {"a_notes.txt": b"hello", "a_cut.jpg": cut_off, "a_empty.png": b"", "a_huge.png": huge_png()}
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN), loose=photo(), **bad)
    told: list[str] = []

    loaded = rows(tmp_path, told)

    assert len(loaded.y) == 2
    listed = "\n".join(loaded.left_out)
    assert "a/notes.txt is no image" in listed
    assert "a/cut.jpg is damaged" in listed
    assert "a/empty.png is empty" in listed
    assert "a/huge.png has" in listed
    assert "loose lies in no folder of a class" in listed
    assert sum(line.startswith("left out: ") for line in told) == 5


def test_what_systems_leave_in_folders_is_not_worth_a_line(tmp_path: Path) -> None:
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN), **{"a_.DS": b"x", "a_Thumbs.db": b"x", "__MACOSX": b"x"})

    assert rows(tmp_path).left_out == ()


@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        ("L", 200),
        ("1", 1),
        ("P", 3),
        ("CMYK", (0, 255, 0, 0)),
        ("RGBA", (9, 9, 9, 255)),
        ("LA", (9, 255)),
        ("HSV", (1, 2, 3)),
    ],
)
def test_every_mode_becomes_three_channels(mode: str, colour: int | tuple[int, ...]) -> None:
    kind = "TIFF" if mode in ("CMYK", "HSV") else "PNG"
    image = Image.new(mode, (8, 8), colour)

    assert decode(saved(image.convert("RGB") if mode == "HSV" else image, kind), 4).shape == (3, 4, 4)


def test_transparent_places_are_white() -> None:
    see_through = photo((0, 0, 0, 0), mode="RGBA")
    assert (decode(see_through, 4) == 255).all()

    grey = Image.new("L", (8, 8), 7)
    assert (decode(saved(grey, transparency=7), 4) == 255).all()


def test_sixteen_bits_become_eight() -> None:
    deep = Image.fromarray(np.full((8, 8), 0x8000, dtype=np.uint16))

    assert (decode(saved(deep), 4) == 0x80).all()


def test_a_photo_that_lies_on_its_side_is_turned() -> None:
    lying = Image.new("RGB", (16, 16), RED)
    lying.paste(GREEN, (0, 0, 8, 16))  # green on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees to the right": what was left is above
    turned = decode(saved(lying, "JPEG", exif=exif, quality=95), 8)

    assert turned[1, 0, 4] > 200
    assert turned[1, 7, 4] < 60


def test_the_middle_of_a_wide_photo_is_taken() -> None:
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(GREEN, (100, 0, 200, 100))

    assert (decode(saved(wide), 4)[1] > 200).all()


@pytest.mark.filterwarnings("ignore")  # as `load` does, around all threads
def test_a_huge_jpeg_is_read_at_a_fraction_of_its_size() -> None:
    large = saved(Image.new("RGB", (12_000, 9_000), GREEN), "JPEG")

    assert decode(large, 32).shape == (3, 32, 32)


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_exif_block_does_no_harm() -> None:
    damaged = saved(Image.new("RGB", (16, 16), GREEN), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")

    assert decode(damaged, 4)[1].min() > 200


def test_a_text_is_no_image() -> None:
    with pytest.raises(UnusableError, match="is no image"):
        decode(b"<svg xmlns='http://www.w3.org/2000/svg'/>", 4)


def test_sides_are_kept_apart_by_official(tmp_path: Path) -> None:
    put(tmp_path / "photos", train_a_1=photo((1, 0, 0)), train_b_1=photo((2, 0, 0)), test_a_2=photo((3, 0, 0)))

    loaded = rows(tmp_path, split='method = "official"')

    assert loaded.classes == ("a", "b")
    assert loaded.column is not None
    assert sorted(loaded.column) == ["test", "train", "train"]


def test_a_table_names_photos_classes_and_sides(tmp_path: Path) -> None:
    table = b"\xef\xbb\xbffile,label,split\nx/1,cat,train\nx/2,dog,Val\nx/3,dog,\nx/4,,train\n../5,cat,test\n"
    put(tmp_path / "photos", x_1=photo(RED), x_2=photo(GREEN), x_4=photo(WHITE), **{"labels.csv": table})

    loaded = rows(tmp_path, data='path = "photos", size = 4, labels = "labels.csv"', split='method = "official"')

    assert loaded.column is not None
    assert sorted(loaded.column) == ["train", "valid"]
    assert [line.split(")")[1] for line in loaded.left_out] == [
        " is not there",
        " has no label",
        " lies outside of the folder",
    ]


def test_a_table_without_the_columns_says_which(tmp_path: Path) -> None:
    put(tmp_path / "photos", **{"labels.csv": b"name;class\n"})

    with pytest.raises(DataError, match=r"E505.*has no columns path, label, but name;class"):
        rows(tmp_path, data='path = "photos", size = 4, labels = "labels.csv"')


def test_the_order_of_rows_tells_no_class_and_does_not_hang_on_names(tmp_path: Path) -> None:
    shades = [photo((i, 0, 0)) for i in range(40)]
    put(tmp_path / "one" / "photos", **{f"{'ab'[i >= 20]}_{i}": data for i, data in enumerate(shades)})
    put(tmp_path / "two" / "photos", **{f"{'ab'[i >= 20]}_x{-i}": data for i, data in enumerate(shades)})

    one, two = rows(tmp_path / "one"), rows(tmp_path / "two")

    assert list(one.y) not in (sorted(one.y), sorted(one.y, reverse=True))
    assert one.ids == two.ids
    np.testing.assert_array_equal(images(one), images(two))


def test_copies_of_a_photo_are_rows_of_their_own(tmp_path: Path) -> None:
    put(tmp_path / "photos", a_1=photo(), a_2=photo(), b_1=photo(GREEN))

    assert len(set(rows(tmp_path).ids)) == 3


def test_photos_are_decoded_once(tmp_path: Path) -> None:
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN))
    rows(tmp_path)
    made = {path: path.stat().st_mtime_ns for path in (Path(os.environ["KIT_CACHE_HOME"]) / "photos").rglob("*")}

    rows(tmp_path, split='method = "hashed", test = 0.5')

    assert {path: path.stat().st_mtime_ns for path in made} == made


def cached_files() -> list[Path]:
    return [path for path in (Path(os.environ["KIT_CACHE_HOME"]) / "photos").rglob("*") if path.is_file()]


def test_a_photo_more_costs_no_second_decoding_of_the_others(tmp_path: Path) -> None:
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN))
    rows(tmp_path)
    made = {path: path.stat().st_mtime_ns for path in cached_files()}
    put(tmp_path / "photos", b_2=photo(WHITE))

    assert len(rows(tmp_path).y) == 3
    assert {path: path.stat().st_mtime_ns for path in made} == made


@pytest.mark.parametrize("left", [b"", b"half"])
def test_what_is_damaged_in_the_cache_is_decoded_again(tmp_path: Path, left: bytes) -> None:
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN))
    before = images(rows(tmp_path))
    for path in cached_files():
        path.write_bytes(left)

    np.testing.assert_array_equal(images(rows(tmp_path)), before)


def test_a_cache_that_can_not_be_written_is_e706(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, file=b"")
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN))
    monkeypatch.setenv("KIT_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(StorageError, match="E706"):
        rows(tmp_path)


def test_links_are_not_followed_and_listed(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    put(photos, a_1=photo(), b_1=photo(GREEN))
    (photos / "a" / "again.png").symlink_to(photos / "a" / "1")
    (photos / "c").symlink_to(photos / "a")

    loaded = rows(tmp_path)

    assert loaded.classes == ("a", "b")
    assert loaded.left_out == ("a/again.png is a link", "c is a link")


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text_can_be_listed_and_are_no_classes(tmp_path: Path) -> None:
    put(tmp_path / "photos", a_1=photo(), b_1=photo(GREEN))
    (tmp_path / "photos" / os.fsdecode(b"a/\xff\n.png")).write_bytes(b"no photo")
    put(tmp_path / "photos" / os.fsdecode(b"\xfe"), c=photo(WHITE))

    loaded = rows(tmp_path)

    assert loaded.classes == ("a", "b")
    assert sorted(line.encode().decode() for line in loaded.left_out) == [
        "\\udcfe has a name that can't be written: no class",
        "a/\\udcff\\n.png is no image",
    ]


def test_a_folder_beside_train_and_test_is_asked_about(tmp_path: Path) -> None:
    put(tmp_path / "photos", train_a_1=photo(), test_b_1=photo(GREEN), more_c=photo(WHITE))

    with pytest.raises(DataError, match=r"E505.*beside the folders train and test lies more"):
        rows(tmp_path)


TABLE = 'path = "photos", size = 4, labels = "labels.csv"'


def test_a_photo_that_a_table_names_twice_is_one_row(tmp_path: Path) -> None:
    table = b"path,label\nx/1,cat\nx/2,dog\nx/1,dog\n"
    put(tmp_path / "photos", x_1=photo(), x_2=photo(GREEN), **{"labels.csv": table})

    loaded = rows(tmp_path, data=TABLE)

    assert len(loaded.y) == 2
    assert loaded.left_out == ("x/1 (line 4 of labels.csv) was named before",)


@pytest.mark.parametrize("name", ["x\0y", "x" * 5000])
def test_a_name_that_no_file_can_have_is_not_there(tmp_path: Path, name: str) -> None:
    table = f"path,label\nx/1,cat\n{name},cat\n".encode()
    put(tmp_path / "photos", x_1=photo(), **{"labels.csv": table})

    assert [line[-12:] for line in rows(tmp_path, data=TABLE).left_out] == ["is not there"]


def test_a_table_that_is_no_csv_is_e505(tmp_path: Path) -> None:
    put(tmp_path / "photos", x_1=photo(), **{"labels.csv": b'path,label\nx/1,"cat\n'})

    with pytest.raises(DataError, match=r"E505.*labels.csv can't be read"):
        rows(tmp_path, data=TABLE)


def test_times_of_photos_are_ordered_as_numbers(tmp_path: Path) -> None:
    table = b"path,label,t\nx/1,cat,9\nx/2,dog,10\n"
    put(tmp_path / "photos", x_1=photo(), x_2=photo(GREEN), **{"labels.csv": table})

    loaded = rows(tmp_path, data=TABLE, split='method = "temporal", column = "t", test = 0.3')

    assert loaded.column is not None
    assert sorted(loaded.column.tolist()) == [9, 10]


def test_a_photo_of_which_the_column_of_the_split_says_nothing_is_named(tmp_path: Path) -> None:
    table = b"path,label,who\nx/1,cat,\nx/2,dog,Ann\n"
    put(tmp_path / "photos", x_1=photo(), x_2=photo(GREEN), **{"labels.csv": table})

    with pytest.raises(DataError, match=r"E505.*'who' decides the split, and is empty on line 2"):
        rows(tmp_path, data=TABLE, split='method = "grouped", column = "who", test = 0.3')


def test_a_folder_that_is_missing_says_where_it_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="E501") as raised:
        rows(tmp_path)

    assert str(tmp_path / "photos") in raised.value.problem.fix


@pytest.mark.parametrize("files", [{}, {"a_1": b"no photo"}])
def test_a_folder_without_photos_says_so(tmp_path: Path, files: dict[str, bytes]) -> None:
    (tmp_path / "photos").mkdir()
    put(tmp_path / "photos", **files)

    with pytest.raises(DataError, match="E505"):
        rows(tmp_path)


@pytest.mark.parametrize("data", ['path = "photos"', "size = 4"])
def test_both_path_and_size_are_needed(tmp_path: Path, data: str) -> None:
    with pytest.raises(MetricError, match=r"E603.*the source folder needs it"):
        rows(tmp_path, data=data)


ANIMALS = """path = "photos", size = 4, test_paths = ["tiles"], test_labels = "labels.csv",
    classes = { dog = ["poodle", "puppy"], other = ["mop"] }"""


def test_several_names_are_one_class_and_other_folders_are_the_test_rows(tmp_path: Path) -> None:
    put(tmp_path / "photos", poodle_1=photo(), puppy_1=photo(GREEN), mop_1=photo(WHITE))
    put(tmp_path / "tiles", **{"labels.csv": b"file,label\na,mop\nb,poodle\n", "a": photo(1, mode="L"), "b": photo()})

    loaded = rows(tmp_path, data=ANIMALS.replace("\n", " "), split='method = "official"')

    assert loaded.classes == ("dog", "other")
    assert loaded.column is not None
    assert sorted(zip(loaded.column.tolist(), loaded.y.tolist(), strict=True)) == [
        *[("test", 0), ("test", 1)],
        *[("train", 0), ("train", 0), ("train", 1)],
    ]


def test_a_photo_of_no_known_name_is_left_out_where_classes_are_named(tmp_path: Path) -> None:
    put(tmp_path / "photos", poodle_1=photo(), mop_1=photo(GREEN), cat_1=photo(WHITE))

    loaded = rows(tmp_path, data='path = "photos", size = 4, classes = { dog = ["poodle"], other = ["mop"] }')

    assert loaded.left_out == ("cat/1 is of none of the classes",)


def test_folders_of_test_photos_beside_a_drawn_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MetricError, match="say which photos are test"):
        rows(tmp_path, data='path = "photos", size = 4, test_paths = ["tiles"]')


def test_photos_are_read_from_the_cache_only_when_they_are_asked_for(tmp_path: Path) -> None:
    put(tmp_path / "photos", dog_1=photo(RED), cat_1=photo(RED))

    storage = rows(tmp_path).storage

    assert isinstance(storage, ImageFiles)
    assert np.asarray(storage[:1])[0, :, 0, 0].tolist() == [255, 0, 0]
