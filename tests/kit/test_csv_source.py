from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.competition import Competition, read_competition
from kit.dataset import Column, Table, features
from kit.errors import DataError, KitError, UsageError
from kit.metrics.rmse import rmse
from kit.prepare import Prepared, prepare
from kit.source.base import Rows
from kit.source.cells import DTYPES
from kit.source.csv import load

PETS = """\
name,weight,age,seen,born,loud
Rex,31.5,3,2026-01-02 10:30,2020-05-01,true
"Mau, the cat",4,12,2026-01-03,2014-01-01,FALSE
Rex,,5,,2021-02-03,True
"""


def competition(
    *, target: str = "age", kind: str = "tabular-regression", data: str = "", split: str = "", key: str = "id"
) -> Competition:
    return read_competition(
        f"""
        title = "t"
        kind = "{kind}"
        data = {{ source = "csv", path = "pets.csv", target = "{target}" {data} }}
        split = {{ {split or 'method = "contiguous", test = 0.4'}, salt = "s" }}
        metric = {{ name = "{"rmse" if kind == "tabular-regression" else "accuracy"}" }}
        submission = {{ columns = ["answer"], row_id_column_name = "{key}" }}
        """,
        where="competition.toml",
    )


def rows(folder: Path, text: str | bytes = PETS, **changes: str) -> Rows:
    (folder / "pets.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load("", competition(**changes), folder, on_progress=lambda line: None)


def column(found: Rows, name: str) -> Column:
    assert isinstance(found.storage, Table)
    return next(each for each in found.storage.columns if each.name == name)


def frame(found: Rows) -> pd.DataFrame:
    assert isinstance(found.storage, Table)
    X = features(found.storage)
    assert isinstance(X, pd.DataFrame)
    return X


def refusal(folder: Path, text: str | bytes, **changes: str) -> KitError:
    with pytest.raises(DataError) as caught:
        rows(folder, text, **changes)
    return caught.value


def said(error: KitError) -> str:
    return " | ".join(f"{each.message} {each.where} -> {each.fix}" for each in (error.problem, *error.parts))


def made(folder: Path, text: str, **changes: str) -> Prepared:
    (folder / "pets.csv").write_text(text)
    return prepare("pets", competition(**changes), folder, folder / "state", source=load, metric=rmse())


@pytest.fixture(autouse=True)
def _no_data_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIT_DATA_HOME", raising=False)


def test_a_file_becomes_features_answers_and_ids(tmp_path: Path) -> None:
    found = rows(tmp_path)
    assert list(frame(found)) == ["name", "weight", "seen", "born", "loud"]
    assert found.y.tolist() == [3, 12, 5]
    assert found.classes == ()
    assert found.ids == ("0", "1", "2")


def test_numbers_times_truths_and_text_keep_their_sort_and_their_gaps(tmp_path: Path) -> None:
    X = frame(rows(tmp_path, data=', dtypes = { seen = "time" }'))
    assert X["weight"].tolist()[:2] == [31.5, 4]
    assert X["loud"].tolist() == [1, 0, 1]
    assert X["seen"].tolist()[:2] == [pd.Timestamp("2026-01-02 10:30"), pd.Timestamp("2026-01-03")]
    assert isinstance(X["name"].dtype, pd.CategoricalDtype)
    assert X["name"].tolist() == ["Rex", "Mau, the cat", "Rex"]
    assert X.isna().sum().to_dict() == {"name": 0, "weight": 1, "seen": 1, "born": 0, "loud": 0}


def test_whole_numbers_without_gaps_stay_whole(tmp_path: Path) -> None:
    assert column(rows(tmp_path, target="weight", text=PETS.replace("Rex,,", "Rex,1,")), "age").data.dtype == np.int64


@pytest.mark.parametrize("word", ["NA", "nan", "None", "null", "?", "-"])
def test_words_for_missing_are_text_and_only_an_empty_cell_is_missing(tmp_path: Path, word: str) -> None:
    found = rows(tmp_path, f"a,y\n{word},1\nblue,2\n,3\n", target="y")
    assert frame(found)["a"].tolist()[:2] == [word, "blue"]
    assert frame(found)["a"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("cells", "dtype"),
    [
        ("1 2 3", "int64"),
        ("1 -2 +3", "int64"),
        ("1.0 2 3", "float64"),
        ("1e3 .5 2.", "float64"),
        ("01 02 03", "category"),
        ("1234567890123456789 2 3", "category"),
        ("1_000 2_000 x", "category"),
        ("2020-01-01 2020-01-02 2020-13-01", "category"),
        ("yes no yes", "category"),
        ("True FALSE true", "int64"),
        ("2020-01-01 2020-01-02 2020-01-03", "category"),
    ],
)
def test_the_type_of_a_column_is_that_of_all_its_cells(tmp_path: Path, cells: str, dtype: str) -> None:
    text = "a,y\n" + "".join(f"{cell},1\n" for cell in cells.split())
    assert str(frame(rows(tmp_path, text, target="y"))["a"].dtype) == dtype


def test_times_with_an_offset_are_brought_to_utc(tmp_path: Path) -> None:
    found = rows(tmp_path, "a,y\n2020-01-01T10:00+02:00,1\n", target="y", data=', dtypes = { a = "time" }')
    assert frame(found)["a"].tolist() == [pd.Timestamp("2020-01-01 08:00")]


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("category", ["1", "0", "1"]),
        ("str", ["1", "0", "1"]),
        ("int", [1, 0, 1]),
        ("float", [1.0, 0.0, 1.0]),
        ("bool", [1.0, 0.0, 1.0]),
    ],
)
def test_dtypes_overrules_the_cells(tmp_path: Path, dtype: str, values: list[object]) -> None:
    found = rows(tmp_path, "a,y\n1,1\n0,2\n1,3\n", target="y", data=f', dtypes = {{ a = "{dtype}" }}')
    assert frame(found)["a"].tolist() == values


def test_every_type_that_a_competition_may_name_is_there() -> None:
    from kit.competition.model import CellType

    assert tuple(DTYPES) == CellType.__args__  # type: ignore[attr-defined]


def test_bom_carriage_returns_quoted_lines_and_blank_lines_are_read(tmp_path: Path) -> None:
    found = rows(tmp_path, b'\xef\xbb\xbfa, y\r\n"two\r\nlines ""so""",1\r\n\r\nb,2\r\n', target="y")
    assert frame(found)["a"].tolist() == ['two\r\nlines "so"', "b"]
    assert found.y.tolist() == [1, 2]


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "pets.csv.gz").write_bytes(gzip.compress(PETS.encode()))
    text = (
        'title = "t"\nkind = "tabular-regression"\ndata = { source = "csv", path = "pets.csv.gz", target = "age" }\n'
        'split = { method = "contiguous", test = 0.4, salt = "s" }\n'
        'metric = { name = "rmse" }\nsubmission = { columns = ["age"] }'
    )
    found = load("", read_competition(text, where="c"), tmp_path, on_progress=lambda line: None)
    assert found.y.tolist() == [3, 12, 5]


@pytest.mark.parametrize(
    ("answers", "classes"),
    [("10 9 10", ("9", "10")), ("no yes no", ("no", "yes")), ("NA b NA", ("NA", "b")), ("1.5 10 1.5", ("1.5", "10"))],
)
def test_classes_are_sorted_whole_numbers_by_value_and_text_by_code_point(
    tmp_path: Path, answers: str, classes: tuple[str, ...]
) -> None:
    text = "a,y\n" + "".join(f"1,{answer}\n" for answer in answers.split())
    found = rows(tmp_path, text, target="y", kind="tabular-classification")
    assert found.classes == classes
    assert [found.classes[k] for k in found.y] == answers.split()


def test_answers_are_never_quoted(tmp_path: Path) -> None:
    text = PETS.replace(",12,", ",4711x,").replace(",3,", ",,")
    assert "4711" not in said(refusal(tmp_path, text))


def test_classes_of_more_digits_than_a_number_has_are_names(tmp_path: Path) -> None:
    text = f"a,y\n1,2\n2,{'1' * 5000}\n"
    assert rows(tmp_path, text, target="y", kind="tabular-classification").classes == ("1" * 5000, "2")


def test_what_unpacks_to_more_than_is_read_is_e505(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.source.csv.MAX_BYTES", 99)
    assert "pets.csv is larger than 99 bytes" in said(refusal(tmp_path, "a,age\n" + "1,2\n" * 30))
    (tmp_path / "pets.csv.gz").write_bytes(gzip.compress(b"a,age\n" + b"1,2\n" * 1000))
    packed = replace(competition(), data=replace(competition().data, path="pets.csv.gz"))

    with pytest.raises(DataError, match=r"pets.csv.gz is larger than 99 bytes"):
        load("", packed, tmp_path, on_progress=lambda line: None)


def test_the_id_column_is_no_feature_and_its_zeros_survive(tmp_path: Path) -> None:
    found = rows(tmp_path, "key,a,y\n007,1,1\n08,2,2\n", target="y", key="key")
    assert found.ids == ("007", "08")
    assert list(frame(found)) == ["a"]


FOUR_GROUPS = "a,group,y\n" + "".join(f"{i},g{i % 7},{i * i}\n" for i in range(40))
GROUPED = 'method = "grouped", column = "group", test = 0.4, public = 0.5'


@pytest.mark.parametrize("data", ["", ', drop = ["group"]'])
def test_the_column_of_the_split_may_be_a_feature_or_dropped(tmp_path: Path, data: str) -> None:
    found = rows(tmp_path, FOUR_GROUPS, target="y", split=GROUPED, data=data)
    assert found.column is not None
    assert found.column.tolist()[:8] == ["g0", "g1", "g2", "g3", "g4", "g5", "g6", "g0"]
    assert list(frame(found)) == (["a"] if data else ["a", "group"])


def test_lines_in_another_order_are_prepared_to_the_same_files(tmp_path: Path) -> None:
    header, *lines = FOUR_GROUPS.splitlines(keepends=True)
    for name, text in (("one", FOUR_GROUPS), ("other", header + "".join(reversed(lines)))):
        (tmp_path / name).mkdir()
        made(tmp_path / name, text, target="y", split=GROUPED)
    one, other = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n / "state").rglob("*.*")}
        for n in ("one", "other")
    )
    assert {p.name: b for p, b in one.items() if p.suffix == ".csv"} == {
        p.name: b for p, b in other.items() if p.suffix == ".csv"
    }
    assert list(one.values()) == list(other.values())


def test_handed_out_ids_are_numbers_and_not_those_of_the_file(tmp_path: Path) -> None:
    p = made(tmp_path, FOUR_GROUPS, target="y", split=GROUPED)
    ids = [int(row_id) for part in ("train", "valid", "test") for row_id in p.rows(part).ids]
    assert sorted(ids) == list(range(40))


def test_rows_that_are_equal_but_for_the_answer_have_ids_of_their_own(tmp_path: Path) -> None:
    text = "a,group,y\n" + "".join(f"1,g{i % 7},{i}\n" for i in range(40))
    found = rows(tmp_path, text, target="y", split=GROUPED)
    assert len(set(found.ids)) == 40


TEMPORAL = 'method = "temporal", column = "day", test = 0.4, public = 0.5'


@pytest.mark.parametrize(
    "days", [range(7, 17), [f"2026-01-{i:02}" for i in range(7, 17)], [f"20{i:02}-05" for i in range(7, 17)]]
)
def test_a_temporal_split_goes_by_numbers_or_dates(tmp_path: Path, days: list[object]) -> None:
    text = "day,a,y\n" + "".join(f"{day},{i},{i}\n" for i, day in enumerate(days))
    p = made(tmp_path, text, target="y", split=TEMPORAL, data=', drop = ["day"]')
    assert p.rows("train").frame["a"].tolist() == [0, 1, 2, 3, 4]
    assert p.rows("test").frame["a"].tolist() == [6, 7, 8, 9]
    assert p.rows("test").ids.tolist() == ["6", "7", "8", "9"]


def test_an_official_column_says_the_parts_and_is_no_feature(tmp_path: Path) -> None:
    text = "usage,a,y\nPrivate,0,1\ntrain,1,1\nPublic,2,1\nvalid,3,1\nTrain,4,1\n"
    p = made(tmp_path, text, target="y", split='method = "official", column = "usage"')
    assert list(p.rows("train").frame) == ["a"]
    assert sorted(p.rows("train").frame["a"]) == [1, 4]
    assert p.rows("valid").frame["a"].tolist() == [3]
    assert (p.facts.n_public, p.facts.n_private) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PETS.replace("age", "Age"), "there is no column 'age', which data.target names"),
        (PETS.replace("age", "Age"), "did you mean   Age ?"),
        ("a;age\n1;2\n", "the cells are parted by ';', not by a comma"),
        (PETS + "Tom,3\n", "line 5 has 2 cells, and the header names 6 columns"),
        (PETS + "Tom,3\n" * 3, "and 2 more lines do not fit"),
        (PETS.replace("born", "name"), "line 1 names 'name' more than once"),
        (PETS.replace("born", ""), "line 1 gives column 5 no name"),
        (PETS.replace(",12,", ",,"), "the answer, column 'age', is empty on line 3"),
        (PETS.replace(",12,", ",old,"), "the answer, column 'age', is no number on line 3"),
        (PETS.replace("31.5", "NA") + "Tom,3,1,,,\n", "column 'weight' has numbers, and text: 'NA' on line 2"),
        (PETS.replace("31.5", "NA") + "Tom,3,1,,,\n", 'dtypes = { weight = "category" }'),
        (PETS.replace("31.5", '"31,5"').replace("4,12", '"4,1",12'), "column 'weight' has numbers with commas (31,5)"),
        ("a,age\n900,1\n\"1,234,567\",2\n", "column 'a' has numbers with commas (1,234,567)"),
        ("a,age\n\"1.234,5\",1\n\"7,5\",2\n", "column 'a' has numbers with commas (1.234,5)"),
        (PETS.replace("31.5", "1e999"), "column 'weight' has a number beyond 1.8e308 on line 2"),
        ("a,age\n,1\n,2\n", "column 'a' is empty in every row"),
        ("age\n1\n2\n", "no column is left to learn from"),
        ("", "pets.csv is empty"),
        ("a,age\n", "pets.csv has a header and no rows"),
        (PETS + '"Tom,3,1,,,\n', "pets.csv can't be read from line 5 on"),
        (PETS.replace("Mau", "Mäu").encode("latin-1"), "pets.csv is not UTF-8, line 3"),
        (PETS.encode("utf-16"), "pets.csv is encoded as UTF-16"),
        (PETS + "\0", "pets.csv has a zero byte in line 5"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_e505_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    error = refusal(tmp_path, text)
    assert error.code == "E505"
    assert {part.code for part in error.parts} <= {"E505"}
    assert "pets.csv" in error.problem.message
    assert message in said(error)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "key,a,b,age\n1,NA,x,2\n1,3,y,\n,4,z,old\n"
    error = refusal(tmp_path, text, key="key")
    assert error.problem.message == "pets.csv: 5 things to fix"


@pytest.mark.parametrize(
    ("text", "message"),
    [("id,age\na,1\nb,2\na,3\n", "lines 2 and 4 have the same id"), ("id,age\na,1\n,2\n", "is empty on line 3")],
)
def test_ids_that_repeat_or_are_missing_are_told_with_their_lines(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(refusal(tmp_path, text))


@pytest.mark.parametrize(
    ("day", "split", "message"),
    [
        ("", TEMPORAL, "column 'day' decides the split, and is empty on line 3"),
        ("soon", TEMPORAL, "'soon' on line 3 is no time"),
        ("soon", 'method = "official", column = "day"', "column 'day' says 'soon' on line 3"),
    ],
)
def test_cells_that_can_not_decide_the_split_are_told(tmp_path: Path, day: str, split: str, message: str) -> None:
    first = "train" if "official" in split else "2026-01-01"
    assert message in said(refusal(tmp_path, f"day,a,age\n{first},1,1\n{day},2,2\n", split=split))


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        ("int", "'1.5' on line 2, where a whole number is needed"),
        ("bool", "'1.5' on line 2, where true or false"),
        ("time", "'1.5' on line 2, where a date such as 2026-11-23 is needed"),
    ],
)
def test_a_cell_that_does_not_fit_its_dtype_is_told(tmp_path: Path, dtype: str, message: str) -> None:
    error = refusal(tmp_path, "a,age\n1.5,1\n", data=f', dtypes = {{ a = "{dtype}" }}')
    assert message in said(error)


def test_a_date_beyond_64_bits_of_nanoseconds_is_told(tmp_path: Path) -> None:
    error = refusal(tmp_path, "a,age\n9999-12-31,1\n", data=', dtypes = { a = "time" }')
    assert "'9999-12-31' on line 2, where a date such as" in said(error)


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").mkdir()
    with pytest.raises(DataError, match="1 file is missing"):
        load("", competition(), tmp_path, on_progress=lambda line: None)


def test_a_missing_file_says_where_to_put_it_and_which_page_says_where_it_is_had(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Pets")
    with pytest.raises(DataError) as caught:
        load("", competition(), tmp_path, on_progress=lambda line: None)
    fix = caught.value.problem.fix
    assert caught.value.code == "E501"
    assert f"put it there as   {tmp_path / 'pets.csv'}" in fix
    assert "set KIT_DATA_HOME to a folder that has it as   pets.csv" in fix
    assert f"{tmp_path / 'README.md'}   says where it can be had" in fix


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", lambda: 0)() == 0, reason="permissions bind this user not"
)
def test_a_file_that_may_not_be_opened_is_e505(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_text(PETS)
    (tmp_path / "pets.csv").chmod(0)
    with pytest.raises(DataError, match="can't be read"):
        load("", competition(), tmp_path, on_progress=lambda line: None)


def test_the_data_home_is_only_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "pets.csv").write_text(FOUR_GROUPS)
    home.chmod(0o500)
    monkeypatch.setenv("KIT_DATA_HOME", str(home))
    prepare("pets", competition(target="y", split=GROUPED), tmp_path, tmp_path / "state", source=load, metric=rmse())
    home.chmod(0o700)
    assert [path.name for path in home.iterdir()] == ["pets.csv"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('path = "a.csv"', "data.target is needed"),
        ('target = "y"', "data.path is needed"),
        ('path = "a.csv", target = "y", drop = ["y"]', "data.drop holds the column to predict"),
        ('path = "a.csv", target = "y", dtypes = { y = "int" }', "data.dtypes names the column to predict"),
        ('path = "a.csv", target = "id"', "data.target is the id column"),
        ('path = "a.csv", target = "day"', "split.column is the column to predict"),
        ('path = "a.csv", target = "y", dtypes = { a = "integer" }', "data.dtypes.a"),
    ],
)
def test_contradictions_about_a_table_are_told_before_it_is_read(data: str, message: str) -> None:
    text = (
        f'title = "t"\nkind = "tabular-regression"\ndata = {{ source = "csv", {data} }}\n'
        f'split = {{ {TEMPORAL}, salt = "s" }}\nmetric = {{ name = "rmse" }}\nsubmission = {{ columns = ["x"] }}'
    )
    with pytest.raises(UsageError) as caught:
        read_competition(text, where="competition.toml")
    assert any(message in part.message for part in caught.value.parts)


def test_a_wrong_separator_is_one_finding_whatever_commas_the_cells_have(tmp_path: Path) -> None:
    error = refusal(tmp_path, "a;age\n1,5;2\n2,5;3\n")

    assert [part.message for part in error.parts or (error.problem,)] == ["the cells are parted by ';', not by a comma"]
