from __future__ import annotations

import csv
import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kit.competition import Competition, Kind, read_competition
from kit.dataset import Column, Dataset, Table, Unlabeled
from kit.errors import DataError, KitError, MetricError, Problem, StorageError
from kit.metrics.accuracy import accuracy
from kit.metrics.parameters import make_metric
from kit.plugin.manager import harness
from kit.prepare import Prepared, prepare, read_prepared
from kit.source.base import OnProgress, Rows
from kit.source.sklearn import load as load_sklearn

SALT = "a salt that stands nowhere else"
IMAGES = np.random.default_rng(1).integers(0, 256, size=(50, 1, 2, 2), dtype=np.uint8)
TABLE = Table((Column(name="size", dtype="number", data=np.arange(50.0)),))
IDS = tuple(str(i) for i in range(50))
BINARY = Rows(storage=IMAGES, y=np.arange(50) % 2, ids=IDS, classes=("cat", "dog, wet"))
VALUES = Rows(storage=TABLE, y=np.arange(50) / 3, ids=IDS)


def competition(
    *,
    kind: Kind = "image-classification",
    metric: str = "accuracy",
    columns: str = '["label"]',
    split: str = 'method = "contiguous"',
    salt: str = SALT,
    form: str = "",
) -> Competition:
    text = f"""
    title = "t"
    kind = "{kind}"
    data = {{ source = "ours:name" }}
    split = {{ {split}, salt = "{salt}", test = 0.4, valid = 0.2, public = 0.5 }}
    metric = {{ name = "{metric}" }}
    submission = {{ columns = {columns} {form} }}
    """
    return read_competition(text, where="competition.toml")


def prepared(target: Path, rows: Rows = BINARY, c: Competition | None = None, log: list[str] | None = None) -> Prepared:
    c = c or competition()

    def source(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Rows:
        assert argument == "name"
        if log is not None:
            log.append(argument)
        return rows

    return prepare(
        "pets",
        c,
        target.parent,
        target,
        source=source,
        metric=make_metric(harness().load("register_metrics", c.metric.name), c.metric.params),
    )


def refusal(target: Path, rows: Rows, c: Competition) -> KitError:
    with pytest.raises(MetricError) as caught:
        prepared(target, rows, c)
    assert not target.exists()
    assert not list(target.parent.glob(".*.tmp"))
    return caught.value


def solution(p: Prepared) -> list[dict[str, str]]:
    with p.solution.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def public_bytes(p: Prepared) -> dict[str, bytes]:
    files = sorted(path for path in (p.folder / "public").rglob("*") if path.is_file())
    return {str(path.relative_to(p.folder)): path.read_bytes() for path in files}


def test_rows_are_written_in_parts_and_test_rows_without_labels(tmp_path: Path) -> None:
    p = prepared(tmp_path / "pets")
    train, valid, test = (p.rows(part) for part in ("train", "valid", "test"))
    assert isinstance(train, Dataset)
    assert isinstance(valid, Dataset)
    assert isinstance(test, Unlabeled)
    assert [len(part) for part in (train, valid, test)] == [24, 6, 20] == [p.facts.n_train, p.facts.n_valid, 20]
    np.testing.assert_array_equal(test.uint8, IMAGES[30:])
    assert train.y.dtype == np.int64
    assert test.ids.tolist() == list(IDS[30:])


def test_the_solution_has_id_target_and_usage_with_class_names(tmp_path: Path) -> None:
    rows = solution(prepared(tmp_path / "pets"))
    assert list(rows[0]) == ["id", "label", "Usage"]
    assert [row["id"] for row in rows] == list(IDS[30:])
    assert [row["label"] for row in rows] == ["cat", "dog, wet"] * 10
    assert sorted(row["Usage"] for row in rows) == ["Private"] * 10 + ["Public"] * 10


def test_the_target_of_probabilities_is_called_label(tmp_path: Path) -> None:
    c = competition(metric="roc_auc", columns='["dog, wet"]')
    p = prepared(tmp_path / "pets", c=c)
    assert list(solution(p)[0]) == ["id", "label", "Usage"]
    assert p.facts.positive_class == "dog, wet"


def test_values_are_written_in_full_and_handed_to_plugins_as_float32(tmp_path: Path) -> None:
    c = competition(kind="tabular-regression", metric="rmse", columns='["price"]', form=', row_id_column_name = "key"')
    p = prepared(tmp_path / "pets", VALUES, c)
    assert list(solution(p)[0]) == ["key", "price", "Usage"]
    assert [float(row["price"]) for row in solution(p)] == VALUES.y[30:].tolist()
    train = p.rows("train")
    assert isinstance(train, Dataset)
    assert train.y.dtype == np.float32
    assert p.facts.task.n_outputs == 1


def test_nothing_public_depends_on_the_salt_or_on_the_labels_of_test_rows(tmp_path: Path) -> None:
    hidden = np.concatenate([BINARY.y[:30], 1 - BINARY.y[30:]])
    one = prepared(tmp_path / "one")
    other = prepared(tmp_path / "other", replace(BINARY, y=hidden), competition(salt="another"))
    assert solution(one) != solution(other)
    assert public_bytes(one) == public_bytes(other)
    assert not any(SALT.encode() in data for data in public_bytes(one).values())


def test_the_salt_stands_nowhere_in_the_prepared_folder(tmp_path: Path) -> None:
    p = prepared(tmp_path / "pets")
    assert not any(SALT.encode() in path.read_bytes() for path in p.folder.rglob("*") if path.is_file())


def test_the_form_asks_for_every_test_row(tmp_path: Path) -> None:
    form = prepared(tmp_path / "pets", c=competition(form=", lenient = true")).form()
    assert form.row_ids == IDS[30:]
    assert form.columns == ("label",)
    assert form.lenient
    assert form.competition == "pets"
    assert form.needs == "labels"
    assert form.classes == BINARY.classes


def test_the_same_competition_is_prepared_once(tmp_path: Path) -> None:
    log: list[str] = []
    first, again = (prepared(tmp_path / "pets", log=log) for _ in range(2))
    assert log == ["name"]
    assert first == again == read_prepared(tmp_path / "pets")


@pytest.mark.parametrize(
    "changed",
    [competition(salt="new"), competition(split='method = "stratified"'), competition(form=", lenient = true")],
)
def test_a_changed_competition_is_prepared_again(tmp_path: Path, changed: Competition) -> None:
    before = solution(prepared(tmp_path / "pets"))
    after = prepared(tmp_path / "pets", c=changed)
    assert after.facts.lenient or solution(after) != before
    assert {path.name for path in tmp_path.iterdir()} <= {"pets", ".pets.lock"}


def test_the_digest_tells_other_rows_apart(tmp_path: Path) -> None:
    other = replace(BINARY, storage=255 - IMAGES)
    assert prepared(tmp_path / "a").facts.digest != prepared(tmp_path / "b", other).facts.digest


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
def test_only_the_owner_can_enter_the_folder(tmp_path: Path) -> None:
    p = prepared(tmp_path / "state" / "pets")
    folders = [p.folder.parent, p.folder, p.folder / "public", p.folder / "private"]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 4
    assert stat.S_IMODE(p.solution.stat().st_mode) == 0o600


def test_two_that_ask_at_once_get_the_same_folder_made_once(tmp_path: Path) -> None:
    log: list[str] = []
    found: list[Prepared] = []
    threads = [threading.Thread(target=lambda: found.append(prepared(tmp_path / "pets", log=log))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log == ["name"]
    assert found == [found[0]] * 4


def test_what_a_killed_preparation_left_is_swept_and_others_are_left_alone(tmp_path: Path) -> None:
    for name in (".pets.abc_1.tmp", ".pets.abc_1.old.tmp", ".pets.two.abc_1.tmp"):
        (tmp_path / name / "public").mkdir(parents=True)
    prepared(tmp_path / "pets")
    assert [path.name for path in tmp_path.glob(".*.tmp")] == [".pets.two.abc_1.tmp"]


def test_a_half_deleted_folder_is_made_again_or_told(tmp_path: Path) -> None:
    p = prepared(tmp_path / "pets")
    (p.test / "ids.npy").unlink()
    with pytest.raises(StorageError) as caught:
        p.form()
    assert caught.value.code == "E704"
    assert "delete" in caught.value.problem.fix
    (p.folder / "public" / "facts.json").write_text("{")
    assert read_prepared(tmp_path / "pets") is None
    assert prepared(tmp_path / "pets").form().row_ids == IDS[30:]


def test_a_metric_without_a_value_for_the_solution_is_refused_before_any_submission(tmp_path: Path) -> None:
    one_class_at_the_end = replace(BINARY, y=np.array([0, 1] * 15 + [0] * 20))
    error = refusal(tmp_path / "pets", one_class_at_the_end, competition(metric="roc_auc", columns='["dog"]'))
    assert error.code == "E601"
    assert "roc_auc has no value for the public test rows" in error.problem.message


def test_negative_values_are_refused_for_a_metric_that_takes_their_logarithm(tmp_path: Path) -> None:
    below_zero = replace(VALUES, y=np.arange(50) - 40.0)
    error = refusal(tmp_path / "pets", below_zero, competition(kind="tabular-regression", metric="rmsle"))

    assert error.code == "E601"
    assert error.problem.message.endswith("a value to predict is negative")
    assert "rmse" in error.problem.fix


@pytest.mark.parametrize(("part", "first", "last"), [("train", 0, 24), ("valid", 24, 30)])
def test_a_metric_must_have_a_value_for_the_rows_to_learn_from_too(
    tmp_path: Path, part: str, first: int, last: int
) -> None:
    y = np.arange(50) % 2
    y[first:last] = 1
    c = competition(metric="roc_auc", columns='["dog"]')

    error = refusal(tmp_path / "pets", replace(BINARY, y=y), c)
    assert error.code == "E601"
    assert f"roc_auc has no value for the {part} rows" in error.problem.message


def test_the_form_says_which_numbers_the_metric_takes(tmp_path: Path) -> None:
    c = competition(kind="tabular-regression", metric="rmsle")

    assert prepared(tmp_path / "pets", VALUES, c).form().domain == "not negative"


THREE = replace(BINARY, y=np.arange(50) % 3, classes=("a", "b", "c"))


@pytest.mark.parametrize(
    ("rows", "c", "message"),
    [
        (replace(BINARY, storage=TABLE), competition(), "gives a table, and kind image-classification is for images"),
        (BINARY, competition(kind="tabular-classification"), "gives images"),
        (BINARY, competition(kind="forecasting"), "kind forecasting can't be prepared here"),
        (VALUES, competition(kind="tabular-classification"), "has no classes"),
        (replace(BINARY, storage=TABLE), competition(kind="tabular-regression", metric="rmse"), "has classes"),
        (VALUES, competition(kind="tabular-regression"), "accuracy needs labels"),
        (VALUES, competition(kind="tabular-regression"), 'name = "rmse"'),
        (VALUES, competition(kind="tabular-regression", metric="rmse", columns='["€", "b"]'), 'columns = ["€"]'),
        (BINARY, competition(metric="rmse"), "rmse needs values"),
        (BINARY, competition(metric="rmse"), 'name = "accuracy"   for labels   or   name = "roc_auc"'),
        (BINARY, competition(columns='["a", "b"]'), "needs one column"),
        (BINARY, competition(metric="roc_auc", columns='["cat", "dog, wet"]'), "two classes need one column"),
        (BINARY, competition(columns='["Usage"]'), "can't be called Usage"),
        (BINARY, competition(metric="roc_auc", form=', row_id_column_name = "label"', columns='["x"]'), "id column"),
        (replace(BINARY, ids=IDS[:49]), competition(), "50 rows, 50 labels and 49 ids"),
        (replace(BINARY, ids=("", *IDS[1:])), competition(), "blank id"),
        (replace(BINARY, ids=("7", *IDS[1:])), competition(), "'7' stands for 2 rows"),
        (THREE, competition(split='method = "temporal", column = "t"'), "gives no column 't'"),
        (replace(BINARY, y=np.full(50, 2)), competition(), "outside of its 2 classes"),
        (replace(BINARY, classes=("cat", "cat ")), competition(), "two classes of one name"),
        (replace(BINARY, classes=("cat", " ")), competition(), "two classes of one name, or one without a name"),
        (replace(BINARY, ids=(*IDS[:49], "x\0y")), competition(), "the solution is wrong"),
        (replace(VALUES, y=np.full(50, np.nan)), competition(kind="tabular-regression", metric="rmse"), "not finite"),
        (replace(VALUES, y=np.full(50, -1e40)), competition(kind="tabular-regression", metric="rmse"), "beyond 3e+38"),
    ],
)
def test_a_contradiction_between_rows_and_competition_is_e603(
    tmp_path: Path, rows: Rows, c: Competition, message: str
) -> None:
    error = refusal(tmp_path / "pets", rows, c)
    assert error.code == "E603"
    assert message in f"{error.problem.message} {error.problem.fix}"


def test_a_source_that_can_not_give_its_rows_is_heard(tmp_path: Path) -> None:
    def source(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Rows:
        raise DataError(Problem(code="E501", message="no files"))

    with pytest.raises(DataError, match="no files"):
        prepare("p", competition(), tmp_path, tmp_path / "p", source=source, metric=accuracy())
    assert not (tmp_path / "p").exists()


def test_a_place_that_can_not_be_written_is_e706(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StorageError) as caught:
        prepared(tmp_path / "state" / "pets")
    assert caught.value.code == "E706"


def test_prepared_data_are_found_and_read_without_heavy_imports(tmp_path: Path) -> None:
    prepared(tmp_path / "pets")
    code = (
        "import sys; from pathlib import Path; from kit.prepare import read_prepared\n"
        "import kit.source.sklearn, kit.source.torchvision\n"
        "p = read_prepared(Path(sys.argv[1])); p.form(); p.rows('train').X\n"
        "heavy = {'pandas', 'torch', 'sklearn', 'scipy', 'pydantic', 'rich', 'asyncio', 'urllib.request'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "pets"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


READ_ONLY_HOME = """
import gzip, hashlib, os, struct, sys
from pathlib import Path
home, target = Path(sys.argv[1]), Path(sys.argv[2])
raw = home / "torchvision" / "Tiny" / "raw"
raw.mkdir(parents=True)
from kit.source import torchvision
contents = []
for i, name in enumerate(torchvision.FILES):
    shape = ((40, 30)[i // 2],) + ((3, 3), ())[i % 2]
    body = bytes(j % 10 for j in range(shape[0] * (9 if i % 2 == 0 else 1)))
    data = gzip.compress(struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + body)
    (raw / name).write_bytes(data)
    contents.append((len(data), hashlib.md5(data).hexdigest()))
torchvision.SETS["Tiny"] = torchvision.Published(mirrors=(), contents=tuple(contents), classes=tuple("0123456789"))
os.environ["KIT_DATA_HOME"] = str(home)

CHANGES = {f"os.{name}" for name in "mkdir rename remove rmdir chmod truncate utime link symlink".split()}
def guard(event, arguments):
    if event == "open":
        path, _, flags = arguments
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    else:
        path, writes = (arguments or (None,))[0], event in CHANGES
    if writes and str(path).startswith(str(home)):
        os.write(2, f"{event} {path}\\n".encode())
        raise PermissionError(30, "read-only", str(path))
sys.addaudithook(guard)

from kit.competition import read_competition
from kit.metrics.accuracy import accuracy
from kit.prepare import prepare
text = '''
title = "t"
kind = "image-classification"
data = { source = "torchvision:Tiny" }
split = { method = "official", salt = "s", valid = 0.1, public = 0.3 }
metric = { name = "accuracy" }
submission = { columns = ["label"] }
'''
c = read_competition(text, where="t")
facts = prepare("tiny", c, home, target, source=torchvision.load, metric=accuracy()).facts
print(facts.n_train, facts.n_valid, facts.n_public, facts.n_private)
"""


def test_a_data_home_in_which_every_write_fails_is_enough(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY_HOME, tmp_path / "home", tmp_path / "state" / "tiny"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["36", "4", "9", "21"], "")


def test_digits_has_862_216_240_and_479_rows(tmp_path: Path) -> None:
    c = competition(salt="digits-1")
    c = replace(c, data=replace(c.data, source="sklearn:digits"), split=replace(c.split, public=0.334))
    p = prepare("digits", c, tmp_path, tmp_path / "digits", source=load_sklearn, metric=accuracy())
    assert (p.facts.n_train, p.facts.n_valid, p.facts.n_public, p.facts.n_private) == (862, 216, 240, 479)
    assert p.facts.task.input_shape == (1, 8, 8)
    assert p.form().row_ids[0] == "1078"


def test_where_rows_are_drawn_their_order_and_ids_tell_nothing_of_the_source(tmp_path: Path) -> None:
    by_class = replace(BINARY, y=np.repeat([0, 1], 25))  # as iris and wine are sorted
    p = prepared(tmp_path / "pets", by_class, competition(split='method = "stratified"'))

    train, numbers = p.rows("train"), p.rows("test").ids.astype(int)
    assert isinstance(train, Dataset)
    assert (np.diff(train.y) < 0).any()
    assert sorted({*numbers, *train.ids.astype(int), *p.rows("valid").ids.astype(int)}) == list(range(50))
    assert abs(np.corrcoef(train.ids.astype(int), train.y)[0, 1]) < 0.5


def test_a_solution_that_is_gone_is_made_again(tmp_path: Path) -> None:
    before = prepared(tmp_path / "pets").solution.read_bytes()
    (tmp_path / "pets" / "private" / "solution.csv").unlink()

    assert prepared(tmp_path / "pets").solution.read_bytes() == before
