"""A competition's data, split and written once: what is public in one folder, the solution in another.

::

    <target>/public/facts.json            what a run and a reader of submissions need to know
             public/train/  valid/        labelled rows   (`kit.dataset.write_part`)
             public/test/                 rows and ids, no labels, nothing of who is public
             private/solution.csv         id, target column, Usage = Public | Private
             private/valid.csv            id, seed of each validation episode of agents. They have no rows: no folder
                                          but these two, and the target of their solution is the seed
             private/made_from            digest of everything this was made from, the salt included

Where a competition takes files only, the public folder has in place of rows::

             public/ids.txt               ids of the test rows, one a line
             public/files/                what the host hands out

The folder is made under another name and renamed, so whoever finds it finds all of it. It is readable by its owner
only. What must be true of a competition for scores to exist at all is checked here, before the first submission.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kit.dataset import Dataset, Labels, Table, Unlabeled, fingerprint, n_rows, read_part, row_shape, take, write_part
from kit.disk import disk_errors
from kit.environments.seeds import draw
from kit.errors import MetricError, PluginError, Problem, StorageError
from kit.job import Environment, TaskFacts, decode, encode
from kit.metrics.base import Domain
from kit.source.base import Sheet
from kit.source.homes import find
from kit.source.homes import fingerprint as fingerprint_of_files
from kit.split import Index, Parts, handed_out_order, rounded, split

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.source.base import Rows, Source
    from kit.submission.form import Form

FORMAT = 3  # of the folder; another number makes every prepared folder be made again
LOCK_TIMEOUT_S = 600.0
EPISODES, BATCH = 1000, 256  # of an agent: held out, and advancing together
LARGEST = 3e38  # of the values to predict: plugins get them as float32

STORAGE_OF_KIND = {
    "image-classification": "images",
    "tabular-classification": "a table",
    "tabular-regression": "a table",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFacts:
    """What is public about a prepared competition.

    Parameters
    ----------
    name
        Of the competition.
    digest
        sha256 of the public rows and of the other facts: two boards with the same digest ask the same question.
        The salt is not in it; with a digest in hand, short salts could be tried out.
    task
        What a plugin is told.
    n_train, n_valid, n_public, n_private
        Rows of each part, or episodes.
    row_id_column_name, columns, lenient
        As in ``[submission]``.
    positive_class
        With two classes, the one whose probability is asked for; else None.
    domain
        Which numbers the metric takes.
    n_left_out
        Files that the source could not use; ``private/left_out.txt`` names them.
    batch
        Episodes of an agent that advance together; 0 where there are rows.
    files_only
        Whether it takes files only: there are no rows, only ids of them.
    numeric
        As in `Form`.
    """

    name: str
    digest: str
    task: TaskFacts
    n_train: int
    n_valid: int
    n_public: int
    n_private: int
    row_id_column_name: str
    columns: tuple[str, ...]
    lenient: bool = False
    positive_class: str | None = None
    domain: Domain = "any"
    n_left_out: int = 0
    batch: int = 0
    files_only: bool = False
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A prepared competition. `solution` is for the scorer alone; everything else is public.

    Parameters
    ----------
    folder, facts
        Where it lies, and what is public about it.
    metric
        That it was prepared for; None where only its ids and columns are looked at.
    """

    folder: Path
    facts: PublicFacts
    metric: Metric | None = field(default=None, compare=False, repr=False)

    @property
    def train(self) -> Path:
        """Folder of the labelled rows to learn from."""
        return self.folder / "public" / "train"

    @property
    def valid(self) -> Path:
        """Folder of the labelled rows held back from train."""
        return self.folder / "public" / "valid"

    @property
    def test(self) -> Path:
        """Folder of the rows to answer, public and private alike."""
        return self.folder / "public" / "test"

    @property
    def solution(self) -> Path:
        """The file of answers: for the scorer alone."""
        return self.folder / "private" / "solution.csv"

    def form(self) -> Form:
        """What a submission has to look like.

        Raises
        ------
        StorageError
            E704 if the prepared files are damaged.
        """
        from kit.submission.form import Form  # the readers behind it are not needed to prepare

        facts = self.facts
        return Form(
            competition=facts.name,
            row_id_column_name=facts.row_id_column_name,
            row_ids=self._test_ids(),
            columns=facts.columns,
            needs=facts.task.needs,
            classes=facts.task.classes,
            domain=facts.domain,
            numeric=facts.numeric,
            lenient=facts.lenient,
            wrong=self.metric.wrong if self.metric else None,
        )

    @property
    def files(self) -> Path:
        """Folder of what the host hands out, where the competition takes files only."""
        return self.folder / "public" / "files"

    def _test_ids(self) -> Sequence[str]:
        from kit.submission.names import Names

        if self.facts.files_only:
            return self._listed_ids()
        if self.facts.task.environment is None:
            return Names(self.rows("test").ids)
        return tuple(map(str, range(self.facts.n_public + self.facts.n_private)))

    def _listed_ids(self) -> Sequence[str]:
        from kit.submission.names import Names

        file = self.folder / "public" / "ids.txt"
        try:
            return Names(file.read_text(encoding="utf-8").split("\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise self._damaged(file, error) from None

    def seeds(self, part: Literal["valid", "test"]) -> tuple[int, ...]:
        """Seeds of an agent's episodes, in the order of their ids: for the trusted side alone.

        Raises
        ------
        StorageError
            E704 if the prepared files are damaged.
        """
        file = self.folder / "private" / ("valid.csv" if part == "valid" else "solution.csv")
        try:
            with file.open(encoding="utf-8", newline="") as opened:
                return tuple(int(row[1]) for row in list(csv.reader(opened))[1:])
        except (OSError, ValueError, IndexError) as error:
            raise self._damaged(self.folder, error) from None

    def rows(self, part: str) -> Dataset | Unlabeled:
        """The rows of ``train``, ``valid`` or ``test``, memory-mapped.

        Raises
        ------
        StorageError
            E704 if the prepared files are damaged.
        """
        folder = self.folder / "public" / part
        try:
            return read_part(folder)
        except (OSError, ValueError) as error:
            raise self._damaged(folder, error) from None

    def _damaged(self, folder: Path, error: Exception) -> StorageError:
        return StorageError(
            Problem(
                code="E704",
                message=f"the prepared data of {self.facts.name} are damaged: {error}",
                where=str(folder),
                fix=f"delete   {self.folder}\nand repeat the command: they are made again",
            )
        )


def read_prepared(target: Path, metric: Metric | None = None) -> Prepared | None:
    """What lies at `target`, or None where nothing of this format does. With its `metric` files can be read."""
    try:
        facts = decode(PublicFacts, (target / "public" / "facts.json").read_bytes())
    except (OSError, ValueError):
        return None
    return Prepared(folder=target, facts=facts, metric=metric)


def find_prepared(name: str, competition: Competition, target: Path, *, metric: Metric) -> Prepared | None:
    """The competition's data at `target`, if they were made before from the same things; see `prepare`."""
    return _made(target, _digest(name, competition, metric), None, metric)


def prepare(
    name: str,
    competition: Competition,
    folder_of_competition: Path,
    target: Path,
    *,
    source: Source,
    metric: Metric,
    on_progress: Callable[[str], None] | None = None,
) -> Prepared:
    """The competition's data at `target`, made now unless they were made from the same things before.

    Several processes may ask at once: one makes the folder, the others wait for it.

    Parameters
    ----------
    name
        Of the competition.
    competition, folder_of_competition
        Its file, and where that lies.
    target
        The folder to write; ``.kit/prepared/<name>``. Replaced as a whole.
    source
        Gives the rows.
    metric
        Says what it needs and for which solutions it is undefined.
    on_progress
        Called with lines of text while something takes long.

    Raises
    ------
    DataError
        If the source can't give the rows.
    MetricError
        E601 if the metric is undefined for a part; E603 if the rows can't be split, or are not
        what the competition's kind, metric and columns ask for.
    StorageError
        E702, E703, E706.
    """
    tell = on_progress or (lambda _line: None)
    made_from, files = _digest(name, competition, metric), _files(competition, folder_of_competition)
    if found := _made(target, made_from, files, metric):
        return found
    with _lock(target, tell):
        if found := _made(target, made_from, files, metric):
            return found
        given = _given(competition, folder_of_competition, source, tell)
        write = _writer(name, competition, metric, given)
        tell(f"writing {name}")
        with disk_errors(target), _replacing(target) as made:
            for side in ("public", "private"):
                (made / side).mkdir(mode=0o700)
            write(made)
            _require_scorable(made, metric)
            (made / "private" / "made_from").write_text(f"{made_from}\n{files or ''}", encoding="ascii")
        prepared = read_prepared(target, metric)  # with the lock held: nobody can have put another one there
    assert prepared is not None
    return prepared


def _given(
    competition: Competition, folder: Path, source: Source, tell: Callable[[str], None]
) -> Rows | Environment | Sheet:
    try:
        return source(competition.data.source.partition(":")[2], competition, folder, on_progress=tell)
    except ModuleNotFoundError as error:
        if error.name != "gymnasium":
            raise
        from kit.plugin.check import install_command

        message = f"{competition.data.source} needs a package that is not installed here: gymnasium"
        fix = f"install it here:  {install_command('gymnasium')}"
        raise PluginError(Problem(code="E102", message=message, where="[data] source", fix=fix)) from None


def _writer(
    name: str, competition: Competition, metric: Metric, given: Rows | Environment | Sheet
) -> Callable[[Path], None]:
    """What writes the data into a folder, once it is known that they can be used and split."""
    if isinstance(given, Environment):
        return lambda made: _write_episodes(made, name, competition, metric, given)
    if isinstance(given, Sheet):
        from kit.source.sheet import classes_of, require_readable  # the readers behind it are not always needed

        classes = classes_of(given, competition, metric)
        require_readable(given, competition, metric, classes)
        return lambda made: _write_sheet(made, name, competition, metric, given, classes)
    _require_usable(competition, metric, given)
    parts = split(
        competition.split, given.ids, y=given.y, is_test=given.is_test, column=given.column, classes=given.classes
    )
    _require_learnable(metric, given, parts)
    place = handed_out_order(competition.split, given.ids, column=given.column)
    rows, parts = (given, parts) if place is None else _in_order(given, parts, place)
    return lambda made: _write(made, name, competition, metric, rows, parts)


def _in_order(rows: Rows, parts: Parts, place: Index) -> tuple[Rows, Parts]:
    """The same rows and parts, each row at its `place` and numbered by it: no id of the source is handed out."""
    order = np.argsort(place)
    ids = tuple(str(i) for i in range(len(order)))
    moved = {name: np.sort(place[getattr(parts, name)]) for name in ("train", "valid", "public", "private")}
    return replace(rows, storage=take(rows.storage, order), y=rows.y[order], ids=ids), Parts(**moved)


def target_column(competition: Competition, metric: Metric) -> str:
    """How the solution calls its target: as the submission does, where both hold the same sort of thing."""
    return "label" if metric.needs == "probabilities" else competition.submission.columns[0]


def _digest(name: str, competition: Competition, metric: Metric) -> str:
    c = competition
    parts = [asdict(c.data), asdict(c.split), asdict(c.submission), asdict(c.metric)]
    what = [FORMAT, name, c.kind, *parts, metric.name, metric.needs, metric.domain]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _files(competition: Competition, folder: Path) -> str | None:
    """The state of the files behind a competition; None where they are not here, or are not the host's to change."""
    found = find(competition.data.path, folder) if competition.data.path is not None else None
    return fingerprint_of_files(found) if found is not None else None


def _made(target: Path, made_from: str, files: str | None, metric: Metric) -> Prepared | None:
    """What was made of the same things. Where the files behind it are not here, what was made of them stands."""
    try:
        before, _, files_before = (target / "private" / "made_from").read_text(encoding="ascii").partition("\n")
        same = before == made_from and files in (None, files_before)
        same = same and (target / "private" / "solution.csv").is_file()
    except (OSError, UnicodeDecodeError):
        return None
    return read_prepared(target, metric) if same else None


@contextmanager
def _lock(target: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """One process at a time. The lock is the system's: it is gone when its owner is, however that ends."""
    from filelock import FileLock

    with disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(target.parent / f".{target.name}.lock", mode=0o600)
        _acquire(lock, target, tell)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, target: Path, tell: Callable[[str], None]) -> None:
    from filelock import Timeout

    with suppress(Timeout):
        lock.acquire(timeout=0)
        return
    tell(f"waiting for another process that prepares {target.name}")
    try:
        lock.acquire(timeout=LOCK_TIMEOUT_S)
    except Timeout:
        message = f"another process has been preparing {target.name} for {LOCK_TIMEOUT_S / 60:.0f} minutes"
        raise StorageError(Problem(code="E702", message=message, where=lock.lock_file, fix="try again later")) from None


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `target` when the block ends well. Called with the lock held."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[^.]+(\.old)?\.tmp")
    for left in target.parent.iterdir():
        if ours.fullmatch(left.name):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    old = made.with_suffix(".old.tmp")
    try:
        yield made
        if target.exists():
            target.rename(old)
        made.rename(target)
    finally:
        with suppress(OSError):
            shutil.rmtree(made)
        with suppress(OSError):
            shutil.rmtree(old)


def _write(folder: Path, name: str, competition: Competition, metric: Metric, rows: Rows, parts: Parts) -> None:
    public, private = folder / "public", folder / "private"
    ids = np.asarray(rows.ids, dtype=np.str_)
    y: Labels = rows.y.astype(np.int64) if rows.classes else rows.y.astype(np.float32)
    prints = []
    for part in ("train", "valid", "test"):
        index: Index = getattr(parts, part)
        labels = None if part == "test" else y[index]
        storage = take(rows.storage, index)
        write_part(public / part, storage, ids=ids[index], y=labels)
        prints.append(fingerprint(storage, labels, ids[index]))
    facts = _facts(name, competition, metric, rows, parts)
    digest = hashlib.sha256("\n".join([*prints, encode(facts)]).encode()).hexdigest()
    (public / "facts.json").write_text(encode(replace(facts, digest=digest)), encoding="utf-8")
    _write_solution(private / "solution.csv", competition, metric, rows, parts)
    (private / "left_out.txt").write_text("\n".join(rows.left_out), encoding="utf-8")


def _write_episodes(
    folder: Path, name: str, competition: Competition, metric: Metric, environment: Environment
) -> None:
    n = competition.data.episodes or EPISODES
    n_public = min(max(1, rounded(competition.split.public, n)), n - 1)
    seeds = draw(competition.split.salt, n_valid=n_public, n_public=n_public, n_private=n - n_public)
    facts = PublicFacts(
        name=name,
        digest="",
        task=TaskFacts(
            kind=competition.kind,
            classes=(),
            n_outputs=environment.action.n or max(1, math.prod(environment.action.shape)),
            metric=metric.name,
            needs=metric.needs,
            input_shape=environment.observation.shape,
            environment=environment,
        ),
        n_train=0,
        n_valid=len(seeds.valid),
        n_public=n_public,
        n_private=n - n_public,
        row_id_column_name=competition.submission.row_id_column_name,
        columns=competition.submission.columns,
        batch=competition.data.batch or BATCH,
    )
    # The seeds are not in the digest: it is public, and of short salts all seeds could be tried.
    digest = hashlib.sha256(encode(facts).encode()).hexdigest()
    (folder / "public" / "facts.json").write_text(encode(replace(facts, digest=digest)), encoding="utf-8")
    public, key = set(seeds.public), competition.submission.row_id_column_name
    usages = ("Public" if i in public else "Private" for i in range(n))
    test = ((i, seed, usage) for i, (seed, usage) in enumerate(zip(seeds.test, usages, strict=True)))
    _write_private(folder / "private" / "solution.csv", (key, target_column(competition, metric), "Usage"), test)
    _write_private(folder / "private" / "valid.csv", (key, "seed"), enumerate(seeds.valid))


def _write_sheet(
    folder: Path, name: str, competition: Competition, metric: Metric, sheet: Sheet, classes: tuple[str, ...]
) -> None:
    public, private = folder / "public", folder / "private"
    (public / "ids.txt").write_text("\n".join(sheet.row_ids), encoding="utf-8", newline="")
    prints = ["\n".join(sheet.row_ids)]
    for file, path in sheet.files.items():
        copy = public / "files" / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        with copy.open("rb") as opened:
            prints.append(f"{file} {hashlib.file_digest(opened, 'sha256').hexdigest()}")
    facts = _sheet_facts(name, competition, metric, sheet, classes)
    digest = hashlib.sha256("\n".join([*prints, encode(facts)]).encode()).hexdigest()
    (public / "facts.json").write_text(encode(replace(facts, digest=digest)), encoding="utf-8")
    header = (competition.submission.row_id_column_name, *sheet.solution, "Usage")
    cells = (column.texts for column in sheet.solution.values())
    _write_private(private / "solution.csv", header, zip(sheet.row_ids, *cells, sheet.usage, strict=True))
    (private / "left_out.txt").write_text("\n".join(sheet.left_out), encoding="utf-8")


def _sheet_facts(
    name: str, competition: Competition, metric: Metric, sheet: Sheet, classes: tuple[str, ...]
) -> PublicFacts:
    from kit.source.sheet import numeric_columns

    form = competition.submission
    return PublicFacts(
        name=name,
        digest="",
        task=TaskFacts(
            kind=competition.kind,
            classes=classes,
            n_outputs=len(classes) or len(form.columns),
            metric=metric.name,
            needs=metric.needs,
            input_shape=(),
        ),
        n_train=0,
        n_valid=0,
        n_public=sheet.usage.count("Public"),
        n_private=sheet.usage.count("Private"),
        row_id_column_name=form.row_id_column_name,
        columns=form.columns,
        lenient=form.lenient,
        positive_class=classes[1] if len(classes) == 2 else None,
        domain=metric.domain,
        n_left_out=len(sheet.left_out),
        files_only=True,
        numeric=numeric_columns(sheet.sample) if metric.tables is not None else (),
    )


def _facts(name: str, competition: Competition, metric: Metric, rows: Rows, parts: Parts) -> PublicFacts:
    return PublicFacts(
        name=name,
        digest="",
        task=TaskFacts(
            kind=competition.kind,
            classes=rows.classes,
            n_outputs=len(rows.classes) or 1,
            metric=metric.name,
            needs=metric.needs,
            input_shape=row_shape(rows.storage),
        ),
        n_train=len(parts.train),
        n_valid=len(parts.valid),
        n_public=len(parts.public),
        n_private=len(parts.private),
        n_left_out=len(rows.left_out),
        row_id_column_name=competition.submission.row_id_column_name,
        columns=competition.submission.columns,
        lenient=competition.submission.lenient,
        positive_class=rows.classes[1] if len(rows.classes) == 2 else None,
        domain=metric.domain,
    )


def _write_solution(file: Path, competition: Competition, metric: Metric, rows: Rows, parts: Parts) -> None:
    public = set(parts.public.tolist())
    header = (competition.submission.row_id_column_name, target_column(competition, metric), "Usage")
    targets = ((i, rows.classes[rows.y[i]] if rows.classes else repr(float(rows.y[i]))) for i in parts.test.tolist())
    _write_private(file, header, ((rows.ids[i], y, "Public" if i in public else "Private") for i, y in targets))


def _write_private(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _require_scorable(folder: Path, metric: Metric) -> None:
    """Refuse what was made where the scorer could not use it: it is read by the very function that will read it."""
    from kit.scoring import read_solution, require_defined  # not needed by those who find the data made

    made = read_prepared(folder, metric)
    assert made is not None
    require_defined(read_solution(made.solution, made.form(), metric), metric)


def _require_learnable(metric: Metric, rows: Rows, parts: Parts) -> None:
    """Refuse parts on which a plugin can't be scored while it is made. `_require_scorable` sees to the test rows."""
    from kit.scoring import require_value

    for part in ("train", "valid"):
        require_value(metric, rows.y[getattr(parts, part)], f"the {part} rows", n_classes=len(rows.classes))


def _require_usable(competition: Competition, metric: Metric, rows: Rows) -> None:
    """Refuse rows that contradict the competition's kind, metric or columns."""
    problems = [*_wrong_kind(competition, rows), *_wrong_rows(rows), *_wrong_metric(competition, metric, rows)]
    if problems:
        message, fix = problems[0]
        raise MetricError(Problem(code="E603", message=message, where="competition.toml", fix=fix))


def _wrong_kind(competition: Competition, rows: Rows) -> Iterator[tuple[str, str]]:
    wanted, got = STORAGE_OF_KIND.get(competition.kind), "a table" if isinstance(rows.storage, Table) else "images"
    kinds = ", ".join(STORAGE_OF_KIND)
    if wanted is None:
        yield f"competitions of kind {competition.kind} can't be prepared here", f"choose one of   {kinds}"
    elif wanted != got:
        source = competition.data.source
        yield f"{source} gives {got}, and kind {competition.kind} is for {wanted}", f"choose a kind of   {kinds}"
    elif competition.is_classification and len(rows.classes) < 2:
        fix = 'kind = "tabular-regression"'
        yield f"{competition.data.source} has no classes, and kind {competition.kind} needs some", fix
    elif not competition.is_classification and rows.classes:
        fix = 'kind = "tabular-classification"'
        yield f"{competition.data.source} has classes, and kind {competition.kind} is for values", fix


def _wrong_rows(rows: Rows) -> Iterator[tuple[str, str]]:
    n, fix = n_rows(rows.storage), "mend the source"
    if not (len(rows.ids) == len(rows.y) == n):
        yield f"the source gives {n} rows, {len(rows.y)} labels and {len(rows.ids)} ids", fix
    elif any(not name.strip() or name != name.strip("\0") for name in rows.ids):
        yield "the source gives a row with a blank id", fix
    elif len({name.strip() for name in rows.classes} - {""}) < len(rows.classes):
        yield "the source has two classes of one name, or one without a name (blanks at the ends do not count)", fix
    elif rows.classes and n and not (rows.y.min() >= 0 and rows.y.max() < len(rows.classes)):
        yield f"the source gives labels outside of its {len(rows.classes)} classes", fix
    elif not rows.classes and not np.isfinite(rows.y).all():
        yield "the source gives a value to predict that is not finite", fix
    elif not rows.classes and n and np.abs(rows.y).max() > LARGEST:
        yield f"the source gives a value to predict beyond {LARGEST:.0e}", "predict it in a larger unit"


def _wrong_metric(competition: Competition, metric: Metric, rows: Rows) -> Iterator[tuple[str, str]]:
    columns, classes = competition.submission.columns, rows.classes
    if metric.tables is None and (metric.needs in ("ranking", "text") or metric.extra):
        also = f" and the columns {', '.join(metric.extra.values())}" if metric.extra else ""
        message = f"{metric.name} looks at {metric.needs}{also}, and {competition.data.source} has none"
        yield message, 'source = "files"   for a solution of your own'
    elif (metric.needs == "values") == bool(classes):
        fix = 'name = "accuracy"   for labels' if classes else 'name = "rmse"'
        fix += '   or   name = "roc_auc"   for probabilities' if len(classes) == 2 else ""
        yield (
            f"{metric.name} needs {metric.needs}, and {competition.data.source} has {'' if classes else 'no '}classes",
            fix,
        )
    elif metric.needs != "probabilities" and len(columns) != 1:
        fix = f"columns = {json.dumps(columns[:1], ensure_ascii=False)}"
        yield f"{metric.name} needs one column, and submission.columns has {len(columns)}", fix
    elif metric.needs == "probabilities" and len(classes) > 2 and set(columns) != set(classes):
        names = json.dumps(list(classes), ensure_ascii=False)
        yield "submission.columns are not the classes whose probabilities are asked for", f"columns = {names}"
    elif metric.needs == "probabilities" and len(classes) == 2 and len(columns) != 1:
        name = json.dumps(classes[1], ensure_ascii=False)
        yield f"two classes need one column, the probability of {classes[1]}", f"columns = [{name}]"
    elif {competition.submission.row_id_column_name, target_column(competition, metric)} & {"Usage"}:
        yield "a column of a submission can't be called Usage: the solution has one of its own", "choose another name"
    elif competition.submission.row_id_column_name == target_column(competition, metric):
        yield "the id column can't have the name of the solution's target", 'row_id_column_name = "id"'
