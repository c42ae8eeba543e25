"""What `read_csv` accepts, what it refuses, and how it says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from kit.errors import ParticipantVisibleError
from kit.submission import MAX_BYTES, Form, read_csv

DIGITS = tuple(str(i) for i in range(10))
FORM = Form(
    competition="digits",
    row_id_column_name="id",
    row_ids=("10", "11", "012"),
    columns=("label",),
    needs="labels",
    classes=DIGITS,
)
SPECIES = replace(FORM, classes=("setosa", "versicolor", "virginica"))
CHANCE = replace(FORM, columns=("p",), needs="probabilities", classes=("benign", "malignant"))
SHARES = replace(FORM, columns=("b", "a"), needs="probabilities", classes=("a", "b"))
VALUES = replace(FORM, columns=("price",), needs="values", classes=())
COUNTS = replace(VALUES, columns=("count",), domain="not negative")
SURE = replace(CHANCE, domain="probabilities")
SURE_OF_EACH = replace(SHARES, classes=("a", "b", "c"), columns=("b", "a", "c"), domain="probabilities")
OTHER = replace(FORM, competition="movies", row_ids=("7", "8", "9", "10"))
GOOD = b"id,label\n10,3\n11,4\n012,5\n"

FILES = {
    "E302": b"id,label\n10,3\n11,4\n012,5\n99,1\n",
    "E303": b"id,label\n10,3\n11,4\n012,5\n10,3\n",
    "E304": b"id,label\n7,1\n8,1\n9,1\n10,1\n",
    "E305": b"id,label\n10,3\n012,5\n",
    "E306": b"id,label\n10,3\n11,\n012,5\n",
    "E307": b"id,price\n10,3\n11,nan\n012,5\n",
    "E308": b"id,label\n10,3\n11,3.5\n012,5\n",
    "E309": b"id,label,Unnamed: 0\n10,3,0\n11,4,1\n012,5,2\n",
    "E310": GOOD.decode().encode("utf-16"),
    "E311": b"x" * (MAX_BYTES + 1),
    "E312": b"PK\x03\x04\x14\x00\x00\x00",
    "E313": b"id,count\n10,3\n11,-4\n012,5\n",
}
FORM_OF = {"E307": VALUES, "E313": COUNTS}


def refused(data: bytes, form: Form = FORM, *others: Form) -> ParticipantVisibleError:
    with pytest.raises(ParticipantVisibleError) as caught:
        read_csv(data, form, name="preds.csv", others=lambda: others)
    return caught.value


def messages(data: bytes, form: Form = FORM) -> list[str]:
    return [part.message for part in refused(data, form).parts]


def y_of(data: bytes, form: Form = FORM) -> list[object]:
    return list(read_csv(data, form, name="preds.csv").y_pred.tolist())


def notes_of(data: bytes, form: Form = FORM) -> str:
    return "; ".join(read_csv(data, form, name="preds.csv").notes)


@pytest.mark.parametrize("code", FILES)
def test_each_mistake_has_its_code_and_a_fix(code: str) -> None:
    error = refused(FILES[code], FORM_OF.get(code, FORM), OTHER)

    assert error.codes == (code,)
    assert all(part.fix for part in error.parts or [error.problem])


def test_a_good_file_has_no_notes() -> None:
    assert y_of(GOOD) == [3, 4, 5]
    assert notes_of(GOOD) == ""


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
        (GOOD.replace(b"\n", b"\r\n"), "CRLF"),
        (b"id,label\n012,5\n10,3\n11,4\n", "rows are in another order"),
        (b"label,id\n3,10\n4,11\n5,012\n", "columns are in another order"),
        (b"id,label\n10,3.0\n11,4.0\n012,5.0\n", "read as whole numbers"),
    ],
)
def test_what_changes_nothing_is_accepted_with_a_note(data: bytes, note: str) -> None:
    assert y_of(data) == [3, 4, 5]
    assert note in notes_of(data)


@pytest.mark.parametrize(
    "data",
    [
        b'"id","label"\n"10","3"\n"11","4"\n"012","5"\n',
        b"id,label\n10, 3\n11,4 \n012,5",
        b"\nid,label\n10,3\n\n11,4\n012,5\n\n  \n",
        b"id,label\r10,3\r11,4\r012,5\r",
    ],
)
def test_quotes_spaces_blank_lines_and_old_line_ends_do_not_matter(data: bytes) -> None:
    assert y_of(data) == [3, 4, 5]


def test_leading_zeros_of_ids_are_part_of_them() -> None:
    error = refused(b"id,label\n10,3\n11,4\n12,5\n")

    assert error.codes == ("E302", "E305")
    assert "dtype" in error.parts[0].fix


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD.replace(b",", b";"), "E310"),
        (GOOD.decode().encode("utf-16"), "E310"),
        (GOOD.decode().encode("utf-16-le"), "E310"),
        (GOOD.decode().encode("utf-16-be"), "E310"),
    ],
)
def test_other_dialects_are_refused_unless_the_host_is_lenient(data: bytes, code: str) -> None:
    assert refused(data).codes == (code,)
    assert y_of(data, replace(FORM, lenient=True)) == [3, 4, 5]
    assert notes_of(data, replace(FORM, lenient=True))


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (GOOD.replace(b",", b";"), FORM),
        (GOOD.replace(b",", b"\t"), FORM),
        (GOOD.decode().encode("utf-16"), FORM),
        (GOOD.replace(b",", b"\t").decode().encode("utf-16"), FORM),
        (GOOD.decode().encode("utf-32"), FORM),
        (b"id;price\r\n10;0,5\r\n11;4\r\n012;-2,25\r\n", VALUES),
        (b"id;price\n10;0.5\n11;4\n012;-2.25\n", VALUES),
    ],
)
def test_the_fix_for_another_dialect_mends_the_file(
    data: bytes, form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("preds.csv")
    file.write_bytes(data)

    for part in refused(data, form).parts:
        if part.code == "E310":
            exec(part.fix.partition("   ")[0], {"pd": pandas})

    assert read_csv(file.read_bytes(), form, name="preds.csv").y_pred[1] == 4


def test_a_column_for_each_class_is_told_to_be_probabilities() -> None:
    header = ",".join(["id", *DIGITS])
    error = refused("\n".join([header, *(f"{row_id}{',0.1' * 10}" for row_id in FORM.row_ids)]).encode())

    assert [part.message for part in error.parts] == [
        'there is a column for each class, and one column "label" is asked for'
    ]
    assert "largest probability" in error.parts[0].fix


@pytest.mark.parametrize("data", [b"id;price\n10;0,5\n11;1\n012;-2,25\n", b'id,price\n10,"0,5"\n11,1\n012,"-2,25"\n'])
def test_a_decimal_comma_is_refused_unless_the_host_is_lenient(data: bytes) -> None:
    assert '2 numbers have a decimal comma: "0,5" at line 2, "-2,25" at line 4' in messages(data, VALUES)
    assert y_of(data, replace(VALUES, lenient=True)) == [0.5, 1.0, -2.25]


def test_tabs_are_explained_even_to_the_lenient() -> None:
    data = GOOD.replace(b",", b"\t")

    assert messages(data, replace(FORM, lenient=True)) == ["cells are separated by tabs, not by commas"]


def test_every_problem_is_told_at_once_worst_first() -> None:
    error = refused(b"Unnamed: 0,id,label\n0,10,3.5\n1,10,1\n2,99,1\n3,11,\n")

    assert error.problem.message == "preds.csv: 6 things to fix"
    assert [part.code for part in error.parts] == ["E309", "E302", "E303", "E305", "E306", "E308"]


def test_one_problem_is_one_thing() -> None:
    assert refused(FILES["E305"]).problem.message == "preds.csv: 1 thing to fix"


def test_a_duplicate_id_is_named_with_both_lines() -> None:
    assert messages(FILES["E303"]) == ["1 id appears twice (first: 10, lines 2 and 5)"]
    assert messages(FILES["E303"] + b"10,3\n") == ["1 id appears more than once (first: 10, lines 2 and 5)"]


def test_lines_are_those_of_the_file_where_a_cell_holds_a_line_end() -> None:
    form = replace(FORM, row_ids=("a\nb", "c"))

    assert messages(b'id,label\n"a\nb",3\nc,x\n', form) == ['1 answer is not a class: "x" at line 4']


def test_missing_ids_are_counted() -> None:
    assert messages(b"id,label\n") == ["all ids are missing (first: 10, 11, 012)"]
    assert messages(FILES["E305"]) == ["1 id is missing (first: 11)"]


def test_a_row_without_an_id_is_named() -> None:
    assert messages(GOOD + b",4\n") == ["1 row has no id (first: line 5)"]


def test_a_short_row_has_a_blank_answer() -> None:
    assert messages(b"id,label\n10,3\n11\n012,5\n") == ['1 answer is blank (first: line 3, column "label")']


def test_a_long_row_is_named() -> None:
    assert messages(b"id,price\n10,0,5\n11,1\n012,2\n", VALUES) == [
        "1 row has more cells than the header (first: line 2, 3 instead of 2)"
    ]


@pytest.mark.parametrize("text", ["NA", "nan", "null", "None", "-"])
def test_words_for_missing_are_not_blank(text: str) -> None:
    assert messages(f"id,label\n10,{text}\n11,4\n012,5\n".encode()) == [f'1 answer is not a class: "{text}" at line 2']


def test_a_class_may_be_called_na() -> None:
    assert y_of(b"id,label\n10,NA\n11,x\n012,x\n", replace(FORM, classes=("x", "NA"))) == [1, 0, 0]


@pytest.mark.parametrize("text", ["inf", "1e999", "1_000", "\u0661", "0x10", "text"])
def test_only_plain_finite_numbers_are_numbers(text: str) -> None:
    assert refused(f"id,price\n10,{text}\n11,1\n012,2\n".encode(), VALUES).codes == ("E307",)


def test_a_misspelt_class_is_answered_with_the_nearest() -> None:
    error = refused(b"id,label\n10,Setosa\n11,virginica\n012,setosa\n", SPECIES)

    assert error.parts[0].fix == "one of: setosa, versicolor, virginica (did you mean setosa?)"


def test_whole_number_classes_are_told_as_a_range() -> None:
    assert refused(FILES["E308"]).parts[0].fix == "whole numbers 0 to 9"


def test_names_that_only_look_like_numbers_stay_text() -> None:
    assert refused(b"id,label\n10,1.0\n11,a\n012,a\n", replace(FORM, classes=("1", "a"))).codes == ("E308",)


def test_one_probability_column_is_that_of_the_second_class() -> None:
    assert y_of(b"id,p\n10,0.1\n11,0.9\n012,1e-3\n", CHANCE) == [0.1, 0.9, 0.001]
    assert "malignant" in refused(b"id,p\n10,x\n11,0\n012,0\n", CHANCE).parts[0].fix


def test_probability_columns_come_in_the_order_of_the_classes() -> None:
    assert y_of(b"id,b,a\n10,1,0\n11,1,0\n012,1,0\n", SHARES) == [[0.0, 1.0]] * 3


def test_the_same_mistake_in_two_columns_is_one_problem() -> None:
    assert messages(b"id,b,a\n10,x,0\n11,1,y\n012,1,0\n", SHARES) == [
        '2 answers are not a finite number: "y" at line 3, column "a", "x" at line 2, column "b"'
    ]


def test_the_column_of_a_mistake_is_named_where_there_are_several() -> None:
    assert messages(b"id,b,a\n10,x,0\n11,1,0\n012,1,0\n", SHARES) == [
        '1 answer is not a finite number: "x" at line 2, column "b"'
    ]


@pytest.mark.parametrize(
    ("header", "fix"),
    [
        (b",id,label", 'df.to_csv("preds.csv", index=False)'),
        (b"Unnamed: 0,id,label", 'df.to_csv("preds.csv", index=False)'),
    ],
)
def test_the_pandas_index_has_a_fix_of_its_own(header: bytes, fix: str) -> None:
    data = header + b"\n0,10,3\n1,11,4\n2,012,5\n"

    assert [part.fix for part in refused(data).parts] == [fix]


def test_ids_in_the_pandas_index_get_a_name() -> None:
    error = refused(b",label\n10,3\n11,4\n012,5\n")

    assert [part.fix for part in error.parts] == ['df.to_csv("preds.csv", index_label="id")']


@pytest.mark.parametrize("name", [b"Label", b" label", b"lable", b"prediction"])
def test_a_column_with_another_name_is_to_be_renamed(name: bytes) -> None:
    error = refused(GOOD.replace(b"label", name))

    assert [part.fix for part in error.parts] == [f'rename "{name.decode()}" to "label"']


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"10,3\n11,4\n012,5\n", "there is no header line"),
        (b"id,label,label\n10,3,3\n11,4,4\n012,5,5\n", '1 column is there twice: "label"'),
        (b"id,label,x,y\n10,3,0,0\n11,4,0,0\n012,5,0,0\n", '2 columns are not asked for: "x", "y"'),
        (b"id\n10\n11\n012\n", '1 column is missing: "label"'),
        (b"a," * 5000 + b"a\n", "the first line has 5001 cells"),
    ],
)
def test_a_wrong_header_is_told(data: bytes, message: str) -> None:
    assert messages(data) == [message]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (b'""\n', "it holds no rows"),
        (b"id,label\n10,\x003\n", "it holds binary data (a zero byte at line 2)"),
        (b"PK\x03\x04" + b"xl/workbook.xml", "it is an Excel workbook (.xlsx), not a CSV file"),
        (b"PAR1\x15\x04", "it begins as a Parquet or Arrow file and goes on as something else"),
        (b"\x93NUMPY\x01\x00", "it begins as a NumPy array and goes on as something else"),
        (b'{\n "cells": []}', "it is a notebook (.ipynb), not a CSV file"),
        (b'id,label\n10,"3\n11,4\n', "line 2 can't be read: a quotation mark is opened there and not closed"),
        (b'id,label\n10,"3"x\n', "line 2 can't be read: a closed quotation mark is followed by something else"),
        (b"x" * 2_000_000, "it has a line of more than 1 MiB"),
        (b"\xff\xfe\x00", "it begins as UTF-16 text and goes on as something else"),
    ],
)
def test_what_is_no_table_says_what_it_is(data: bytes, message: str) -> None:
    error = refused(data)

    assert error.codes == ("E312",)
    assert error.parts[0].message.startswith(message)


@pytest.mark.parametrize("data", [b"PK\x03\x04xl/workbook.xml", b"\xd0\xcf\x11\xe0"], ids=["xlsx", "xls"])
def test_a_workbook_is_mended_where_it_was_made(data: bytes) -> None:
    assert refused(data).parts[0].fix.startswith('save it from Excel as "CSV UTF-8"')


def test_far_too_many_lines_are_not_read() -> None:
    error = refused(GOOD + b"\n" * 1_000_100)

    assert error.codes == ("E311",)
    assert error.parts[0].message == "it has 1000104 line ends for 3 rows"


def test_another_encoding_is_named_by_byte_and_line_and_the_rest_is_checked_too() -> None:
    form = replace(FORM, classes=("café", "thé"))
    error = refused("id,label\n10,thé\n11,café\n".encode("latin-1"), form)

    assert error.parts[0].message == "it is not UTF-8 text: byte 0xE9 at line 2"
    assert "E305" in error.codes


def test_a_file_of_another_competition_is_recognised() -> None:
    problem = refused(FILES["E304"], FORM, OTHER).problem

    assert problem.message == 'preds.csv looks like an answer for "movies" (ids 7-10), not "digits" (ids 10-12)'
    assert problem.fix == "kit submit preds.csv -c movies"


def test_a_file_of_another_competition_is_recognised_by_another_id_column() -> None:
    other = replace(OTHER, row_id_column_name="PassengerId", columns=("Survived",))

    assert refused(b"PassengerId,Survived\n7,1\n8,1\n9,1\n10,1\n", FORM, other).code == "E304"


def test_other_competitions_are_not_asked_for_when_the_ids_fit() -> None:
    def others() -> tuple[Form, ...]:
        raise AssertionError("not needed")

    assert read_csv(GOOD, FORM, name="preds.csv", others=others).y_pred.tolist() == [3, 4, 5]


def test_cells_cannot_steer_a_terminal() -> None:
    assert messages(b"id,label\n10,\x1b[2J\n11,4\n012,5\n") == ['1 answer is not a class: "\\x1b[2J" at line 2']


def test_a_broken_quote_in_a_file_that_may_be_for_another_competition_is_told_with_the_rest() -> None:
    other = replace(OTHER, row_id_column_name="key", columns=("foo",))
    error = refused(b'key,foo\n7,"2\n', FORM, other)
    assert "preds.csv: 3 things" in error.problem.message
    assert error.codes == ("E312", "E309")


@pytest.mark.parametrize("cell", ["1e200", "-1e101"])
def test_a_number_whose_square_is_infinite_is_the_entrants_to_mend(cell: str) -> None:
    error = refused(f"id,price\n10,3\n11,{cell}\n012,5\n".encode(), VALUES)
    assert error.codes == ("E307",)
    assert cell in error.parts[0].message


def test_a_negative_answer_is_named_with_its_line_and_its_id() -> None:
    (part,) = refused(b"id,count\n10,3\n11,-4\n012,-0.5\n", COUNTS).parts

    assert part.message == '2 answers are negative: "-4" at line 3 (id "11"), "-0.5" at line 4 (id "012")'
    assert part.fix == "np.clip(answers, 0, None)"


def test_negative_answers_are_told_together_with_everything_else() -> None:
    parts = refused(b"id,count\n10,-3\n11,many\n11,4\n012,1e200\n", COUNTS).parts

    assert [part.code for part in parts] == ["E303", "E307", "E307", "E313"]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("-2.1", "3.5", "0.5"), "logits"),
        (("83", "2", "75"), "per cent"),
        (("0.2", "1.2", "0.1"), "lies between 0 and 1"),
    ],
)
def test_what_is_no_probability_is_explained_where_it_can_be_known(cells: tuple[str, ...], why: str) -> None:
    rows = "\n".join(f"{row_id},{cell}" for row_id, cell in zip(FORM.row_ids, cells, strict=True))
    (part,) = refused(f"id,p\n{rows}\n".encode(), SURE).parts

    assert part.code == "E313"
    assert why in part.why


def test_a_column_is_named_where_there_are_several() -> None:
    message = (
        '2 answers are no probabilities: "3" at line 2 (id "10", column "a"), "-1" at line 4 (id "012", column "b")'
    )

    assert messages(b"id,b,a,c\n10,0,3,0\n11,1,0,0\n012,-1,1,1\n", SURE_OF_EACH) == [message]
    (message,) = messages(b"id,b,a,c\n10,0,3,0\n11,1,0,0\n012,0,1,1\n", SURE_OF_EACH)
    assert message.endswith('"3" at line 2 (id "10", column "a")')


def test_rows_of_zeros_have_no_probabilities_to_rescale() -> None:
    message = '1 row gives every class the probability 0: line 3 (id "11")'

    assert messages(b"id,b,a,c\n10,0,0.3,0\n11,0,0,0\n012,1,1,1\n", SURE_OF_EACH) == [message]


def test_rows_that_do_not_sum_to_one_are_for_the_metric_to_rescale() -> None:
    assert y_of(b"id,b,a,c\n10,0,0.3,0\n11,0.5,0,0\n012,1,1,1\n", SURE_OF_EACH)[2] == [1, 1, 1]


@pytest.mark.parametrize("form", [CHANCE, VALUES])
def test_a_metric_that_takes_any_number_takes_negative_ones(form: Form) -> None:
    header = ",".join(form.header)

    assert y_of(f"{header}\n10,-3\n11,40\n012,1e9\n".encode(), form) == [-3, 40, 1e9]


def test_shares_where_classes_are_asked_for_are_taken_for_probabilities() -> None:
    parts = refused(b"id,label\n10,0.45\n11,0.9\n012,0.1\n", FORM).parts

    assert [part.fix.partition(":")[0] for part in parts] == ["these look like probabilities"]
