"""``kit.score`` on DataFrames and paths: as strict as the board, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kit
from kit.errors import MetricError, ParticipantVisibleError, UsageError

SOLUTION = pd.DataFrame(
    {"id": [1, 2, 3, 4], "y": [10.0, 20.0, 30.0, 40.0], "Usage": ["Public", "Public", "Private", "Ignored"]}
)
SUBMISSION = pd.DataFrame({"y": [36.0, 11.0, 20.0, 0.0], "id": [3, 1, 2, 4]})


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


@pytest.mark.parametrize(("usage", "value"), [(None, 7 / 3), ("Public", 0.5), ("Private", 6.0)])
def test_rows_of_a_usage_are_scored_and_ignored_ones_never(usage: Any, value: float) -> None:
    assert kit.score(SOLUTION, SUBMISSION, "mae", usage=usage) == pytest.approx(value)


@pytest.mark.parametrize("chosen", ["rmse", kit.metric("rmse"), kit.metric("rmse").metric])
def test_a_metric_is_a_name_or_what_kit_metric_gives(chosen: Any) -> None:
    assert kit.score(SOLUTION, SUBMISSION, chosen, usage="Private") == 6.0


def test_paths_give_what_tables_give(tmp_path: Path) -> None:
    SOLUTION.to_csv(tmp_path / "solution.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    SUBMISSION.to_csv(tmp_path / "preds.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")

    expected = kit.score(SOLUTION, SUBMISSION, "mae")
    assert kit.score(tmp_path / "solution.csv", str(tmp_path / "preds.csv"), "mae") == expected


@pytest.mark.parametrize("name", ["preds.csv.gz", "preds.npz", "preds.parquet"])
def test_a_path_may_be_of_any_form_that_is_taken(name: str, tmp_path: Path) -> None:
    if name.endswith("gz"):
        SUBMISSION.to_csv(tmp_path / name, index=False)
    elif name.endswith("npz"):
        np.savez(tmp_path / name, id=SUBMISSION["id"].to_numpy(), y=SUBMISSION["y"].to_numpy())
    else:
        pytest.importorskip("pyarrow")
        SUBMISSION.to_parquet(tmp_path / name, index=False)

    assert kit.score(SOLUTION, tmp_path / name, "mae") == pytest.approx(7 / 3)


def test_neither_table_is_changed() -> None:
    before = SOLUTION.copy(), SUBMISSION.copy()
    kit.score(SOLUTION, SUBMISSION, "mae")

    pd.testing.assert_frame_equal(SOLUTION, before[0])
    pd.testing.assert_frame_equal(SUBMISSION, before[1])


def test_ids_are_text_whether_they_are_written_as_numbers_or_not() -> None:
    assert kit.score(SOLUTION, SUBMISSION.assign(id=SUBMISSION["id"].astype(str)), "mae") == pytest.approx(7 / 3)
    with pytest.raises(ParticipantVisibleError):
        kit.score(SOLUTION, SUBMISSION.assign(id=["03", "01", "02", "04"]), "mae")


def test_ids_that_became_decimal_numbers_are_refused_with_the_way_out() -> None:
    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(SOLUTION, SUBMISSION.assign(id=SUBMISSION["id"] * 1.0), "mae")
    assert any('dtype={"id": str}' in part.fix for part in caught.value.parts)

    with pytest.raises(MetricError, match="E603") as wrong:
        kit.score(SOLUTION.assign(id=SOLUTION["id"] * 1.0), SUBMISSION, "mae")
    assert wrong.value.codes == ("E302",)


def test_everything_that_is_wrong_is_told_at_once_with_its_lines() -> None:
    submission = frame(id=[1, 1, 9, 3], y=[1.0, 2.0, None, "x"], note=["", "", "", ""])

    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(SOLUTION, submission, "mae")

    assert set(caught.value.codes) == {"E302", "E303", "E305", "E307", "E309"}
    assert any("lines 2 and 3" in part.message for part in caught.value.parts)
    assert any("the first row is line 2" in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    ("metric", "solution", "submission", "value"),
    [
        ("accuracy", frame(id=[1, 2], kind=["cat", "dog"]), frame(id=[2, 1], kind=["fox", "cat"]), 0.5),
        ("accuracy", frame(id=[1, 2], kind=[3, 7]), frame(id=[2, 1], kind=[7.0, 5.0]), 0.5),
        ("roc_auc", frame(id=[1, 2, 3], label=[0, 1, 1]), frame(id=[3, 2, 1], label=[9, 5, 7.5]), 0.5),
        ("log_loss", frame(id=[1], label=["b"]), frame(id=[1], b=[0.5], a=[0.5]), 0.693147),
        ("log_loss", frame(id=[1, 2], a=[0, 1], b=[1, 0]), frame(id=[1, 2], b=[0.5, 0.5], a=[0.5, 0.5]), 0.693147),
        ("wmae", frame(id=[1, 2], y=[1, 2], weight=[1, 3]), frame(id=[1, 2], y=[1, 3]), 1.5),
        ("rmse", frame(id=[1, 2], y=[1, 2], weight=[1, 3]), frame(id=[1, 2], y=[1, 2]), 0.0),
        ("mcrmse", frame(id=[1, 2], a=[1, 2], b=[1, 3]), frame(b=[1, 3], id=[1, 2], a=[2, 3]), 0.5),
        ("map_at_k", frame(id=[1, 2], items=["a b", "c"]), frame(id=[2, 1], items=[["c"], ["x", "a"]]), 0.625),
        ("dice", frame(id=[1, 2], rle=["1 4", None]), frame(id=[2, 1], rle=[None, "1 2"]), 5 / 6),
    ],
)
def test_each_sort_of_metric_finds_its_columns(
    metric: str, solution: pd.DataFrame, submission: pd.DataFrame, value: float
) -> None:
    given: dict[str, Any] = {"classes": ["a", "b"]} if metric == "log_loss" and "label" in solution else {}

    assert kit.score(solution, submission, metric, **given) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop(columns="b"),
        lambda table: table.rename(columns={"b": "B"}),
        lambda table: table.assign(c=1),
        lambda table: table.reset_index(),
    ],
)
def test_columns_other_than_the_solutions_are_refused(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    solution = frame(id=[1, 2], a=[1, 2], b=[1, 3])

    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(solution, change(solution), "mcrmse")
    assert caught.value.codes == ("E309",)


def test_a_single_column_of_another_name_is_refused_where_it_holds_the_same_sort() -> None:
    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(SOLUTION, SUBMISSION.rename(columns={"y": "prediction"}), "mae")
    assert caught.value.codes == ("E309",)


SPECIES = frame(id=[1, 2, 3], kind=["ant", "bee", "cat"])
CHANCES_OF = frame(id=[1, 2, 3], ant=[0.5, 0.2, 0.2], bee=[0.3, 0.6, 0.1], cat=[0.2, 0.2, 0.7])
DEFAULTS = frame(id=[1, 2], defaulted=[0, 1])


@pytest.mark.parametrize(
    ("solution", "submission"),
    [
        (DEFAULTS, frame(id=[1, 2], Defaulted=[0.2, 0.7])),
        (DEFAULTS, frame(id=[1, 2], p=[0.2, 0.7])),
        (DEFAULTS, frame(id=[1, 2], no=[0.8, 0.3], yes=[0.2, 0.7])),
        (SPECIES, CHANCES_OF.rename(columns={"ant": "Ant"})),
        (SPECIES, CHANCES_OF.assign(note=0)),
        (SPECIES, CHANCES_OF.reset_index()),
        (SPECIES, CHANCES_OF.drop(columns="bee")),
    ],
)
def test_probabilities_stand_in_the_target_or_in_a_column_for_each_class(
    solution: pd.DataFrame, submission: pd.DataFrame
) -> None:
    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(solution, submission, "log_loss")
    assert {*caught.value.codes} == {"E309"}


def test_a_column_that_is_only_written_otherwise_is_named() -> None:
    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(DEFAULTS, frame(id=[1, 2], Defaulted=[0.2, 0.7]), "log_loss")
    assert caught.value.parts[0].message == 'there is no column "defaulted", but "Defaulted"'


def test_columns_of_both_classes_say_what_one_column_says() -> None:
    of_each = kit.score(DEFAULTS, DEFAULTS[["id"]].assign(**{"0": [0.8, 0.3], "1": [0.2, 0.7]}), "log_loss")

    assert of_each == pytest.approx(kit.score(DEFAULTS, frame(id=[1, 2], defaulted=[0.2, 0.7]), "log_loss"))


def test_classes_that_no_row_has_are_named_by_whoever_asks() -> None:
    few = SPECIES[:2]

    with pytest.raises(ParticipantVisibleError, match="E301"):
        kit.score(few, CHANCES_OF[:2], "log_loss")
    assert kit.score(few, CHANCES_OF[:2], "log_loss", classes=["ant", "bee", "cat"]) > 0
    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(few, CHANCES_OF[:2].drop(columns="cat"), "log_loss", classes=["ant", "bee", "cat"])
    assert caught.value.parts[0].message == '1 column is missing: "cat"'


def test_a_probability_of_a_text_has_a_name_of_its_own() -> None:
    texts = frame(id=[1, 2], text=["ab", "cd"])

    assert kit.score(texts, frame(id=[2, 1], log_p=[-1.0, -2.0]), "bits_per_char") > 0
    with pytest.raises(ParticipantVisibleError):
        kit.score(texts, frame(id=[2, 1], log_p=[-1.0, -2.0], note=[0, 0]), "bits_per_char")


@pytest.mark.parametrize("name", ["ID", "Id", " id"])
def test_a_solution_whose_ids_are_called_otherwise_is_told_how_to_say_so(name: str) -> None:
    solution, submission = SOLUTION.rename(columns={"id": name}), SUBMISSION.rename(columns={"id": name})

    with pytest.raises(MetricError, match="E603") as caught:
        kit.score(solution, submission, "mae")
    assert [part.fix for part in caught.value.parts] == [f'row_id_column_name="{name}"']
    assert kit.score(solution, submission, "mae", row_id_column_name=name) == pytest.approx(7 / 3)


def test_nothing_of_the_solution_is_in_a_message() -> None:
    solution = SOLUTION.assign(y=[10.0, 31337.0, 30.0, 40.0])

    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(solution, SUBMISSION.assign(y=["a", "", 1, 1]), "rmsle")
    assert "31337" not in repr(caught.value.parts)


@pytest.mark.parametrize(
    "solution",
    [
        SOLUTION.assign(Usage=["Public", "Public", "Private", "secret"]),
        SOLUTION.assign(y=[1.0, float("nan"), 3.0, 4.0]),
        pd.concat([SOLUTION, SOLUTION[:1]]),
        SOLUTION.rename(columns={"id": "row"}),
        SOLUTION.rename(columns={"y": "a"}).assign(b=1),
    ],
)
def test_a_wrong_solution_is_the_hosts_and_its_cells_are_not_shown(solution: pd.DataFrame) -> None:
    with pytest.raises(MetricError, match="E603") as caught:
        kit.score(solution, SUBMISSION, "mae")
    assert "secret" not in repr(caught.value.parts)


def test_a_part_for_which_the_metric_has_no_value_is_told() -> None:
    solution = frame(id=[1, 2, 3], label=[1, 1, 0], Usage=["Public", "Public", "Private"])

    with pytest.raises(MetricError, match="E601"):
        kit.score(solution, frame(id=[1, 2, 3], label=[0.1, 0.2, 0.3]), "roc_auc", usage="Public")


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        ((SOLUTION, SUBMISSION, "mea"), {}, "E001"),
        ((SOLUTION, SUBMISSION, "mae"), {"usage": "public"}, "E004"),
        ((SOLUTION.drop(columns="Usage"), SUBMISSION, "mae"), {"usage": "Public"}, "E004"),
        ((SOLUTION, SUBMISSION, "mae"), {"k": 3}, "E004"),
        ((SOLUTION, "nowhere.csv", "mae"), {}, "E001"),
        (("nowhere.csv", SUBMISSION, "mae"), {}, "E001"),
    ],
)
def test_what_was_typed_wrong_is_told_as_such(arguments: Any, given: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        kit.score(*arguments, **given)
    assert caught.value.code == code


@pytest.mark.parametrize(("positive", "value"), [("yes", 0.8), ("no", 2 / 3)])
def test_the_positive_class_is_named_by_its_label(positive: str, value: float) -> None:
    solution = pd.DataFrame({"id": [1, 2, 3, 4], "y": ["no", "yes", "no", "yes"]})
    submission = pd.DataFrame({"id": [4, 3, 2, 1], "y": ["yes", "yes", "yes", "no"]})

    assert kit.score(solution, submission, "f1", average="binary", pos_label=positive) == pytest.approx(value)


@pytest.mark.parametrize("labels", [["b", "c"], np.array(["b", "c"])])
def test_some_classes_alone_are_named_by_their_labels(labels: Any) -> None:
    solution = pd.DataFrame({"id": [1, 2, 3, 4], "y": ["a", "b", "c", "b"]})
    submission = pd.DataFrame({"id": [4, 3, 2, 1], "y": ["b", "b", "b", "a"]})

    assert kit.score(solution, submission, "f1", labels=labels) == pytest.approx(0.4)
    assert kit.score(solution, submission, kit.metric("f1", labels=labels)) == pytest.approx(0.4)


def test_a_positive_class_that_is_a_number_is_its_label_and_no_place() -> None:
    solution = pd.DataFrame({"id": [1, 2, 3, 4], "y": [1, 2, 1, 2]})
    submission = pd.DataFrame({"id": [4, 3, 2, 1], "y": [2, 2, 2, 1]})

    assert kit.score(solution, submission, "f1", average="binary", pos_label=2) == pytest.approx(0.8)
    assert kit.score(solution, submission, kit.metric("f1", average="binary", pos_label=1)) == pytest.approx(2 / 3)


def test_one_column_may_be_that_of_the_first_class() -> None:
    solution = pd.DataFrame({"id": [1, 2, 3, 4], "y": ["spam", "ham", "ham", "spam"]})
    submission = pd.DataFrame({"id": [1, 2, 3, 4], "y": [0.1, 0.9, 0.8, 0.3]})

    assert kit.score(solution, submission, "brier", pos_label="ham") == pytest.approx(0.0375)
    assert kit.score(solution, submission, "brier", pos_label="spam") == pytest.approx(0.6875)


@pytest.mark.parametrize(
    ("solution", "submission", "role"),
    [(None, "preds.csv", "solution"), ([1, 2], "preds.csv", "solution"), ("solution.csv", {"id": [1]}, "submission")],
)
def test_what_is_no_table_is_refused_in_words(solution: Any, submission: Any, role: str) -> None:
    with pytest.raises(UsageError, match=f"E011  the {role} is one"):
        kit.score(solution, submission, "mae")


def test_what_is_no_metric_is_refused_in_words() -> None:
    table = pd.DataFrame({"id": [1], "y": [1]})

    with pytest.raises(UsageError, match="E011  metric is one builtin_function_or_method"):
        kit.score(table, table, len)  # type: ignore[arg-type]


def test_a_class_without_a_column_is_the_submissions_fault_and_not_named() -> None:
    solution = pd.DataFrame({"id": [1, 2], "y": ["ant", "bee"]})
    submission = pd.DataFrame({"id": [1, 2], "ant": [0.5, 0.5], "cat": [0.5, 0.5]})

    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(solution, submission, "log_loss")
    assert [part.code for part in caught.value.parts] == ["E309"]
    assert "bee" not in str(caught.value) + str(caught.value.__notes__)


def test_more_columns_than_quantiles_are_refused_in_words() -> None:
    solution = pd.DataFrame({"id": [1], "y": [10]})
    submission = pd.DataFrame({"id": [1], "q1": [8], "q5": [9], "q9": [11]})

    with pytest.raises(UsageError, match="E011  pinball: one shape is wanted"):
        kit.score(solution, submission, "pinball", alpha=[0.1, 0.9])


def test_true_and_false_are_the_same_in_a_file_and_in_a_table(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": [1, 2], "y": [True, False]})
    table.to_csv(tmp_path / "flags.csv", index=False)

    assert kit.score(tmp_path / "flags.csv", table, "accuracy") == 1.0
    assert kit.score(table, tmp_path / "flags.csv", "accuracy") == 1.0
    assert kit.score(table, table.astype(int), "accuracy") == 1.0


def test_a_list_of_names_is_one_label() -> None:
    solution = frame(id=[1, 2], y=["a", "b"])
    assert kit.score(solution, frame(id=[1, 2], y=[["a", "c"], ["b"]]), "accuracy") == 0.5


def test_whole_names_stay_whole_beside_others() -> None:
    solution = frame(id=[1, 2, 3], y=pd.Series([0, 1, 2], dtype=object))
    assert kit.score(solution, frame(id=[1, 2, 3], y=pd.Series([0, 1.5, None], dtype=object)), "map_at_k") == 1 / 3


@pytest.mark.parametrize("kind", ["int64", "object", "str", "string", "category"])
def test_rows_in_another_order_are_matched_whatever_holds_the_ids(kind: Any) -> None:
    names = frame(id=pd.Series([f"img {i:04d}" for i in range(300)]) if kind != "int64" else range(300))
    solution = names.assign(y=np.arange(300.0)).astype({"id": kind})
    submission = solution.sample(frac=1.0, random_state=0)

    assert kit.score(solution, submission, "mae") == 0
    assert kit.score(solution, submission.assign(id=submission["id"].astype(str)), "mae") == 0


CHANCES = "id,y\n1,0.2\n2,0.7\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (CHANCES.replace(",", ";").encode(), "cells are separated by semicolons, not by commas"),
        (CHANCES.replace(",", "\t").encode(), "cells are separated by tabs, not by commas"),
        (CHANCES.encode("utf-16"), "it is UTF-16 text, not UTF-8"),
        (CHANCES.replace("id", "ID").encode(), 'there is no column "id", but "ID"'),
        (CHANCES.replace("id", "id ").encode(), 'there is no column "id", but "id "'),
        (CHANCES.partition("\n")[2].encode(), "there is no header line"),
        (b'{"y": {"1": 0.2, "2": 0.7}}', "it is JSON, not a CSV file"),
    ],
    ids=["semicolons", "tabs", "UTF-16", "capitals", "blanks", "no header", "JSON"],
)
def test_of_a_file_written_otherwise_only_that_is_told(data: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "preds.csv").write_bytes(data)

    with pytest.raises(ParticipantVisibleError) as caught:
        kit.score(pd.DataFrame({"id": [1, 2], "y": [0, 1]}), tmp_path / "preds.csv", "log_loss")

    assert [part.message for part in caught.value.parts] == [told]


def test_of_several_targets_between_semicolons_only_those_are_told(tmp_path: Path) -> None:
    targets = pd.DataFrame({"id": [1, 2], "a": [1.0, 2.0], "b": [3.0, 4.0]})
    targets.to_csv(tmp_path / "preds.csv", index=False, sep=";")

    with pytest.raises(ParticipantVisibleError, match="E301") as caught:
        kit.score(targets, tmp_path / "preds.csv", "mcrmse")

    assert [part.code for part in caught.value.parts] == ["E310"]
