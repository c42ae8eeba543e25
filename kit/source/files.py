"""``files``: a folder as Kaggle has it, for competitions that take files of answers only.

::

    solution.csv             id, target column(s), further columns that the metric looks at, and maybe Usage
    sample_submission.csv    the header that a submission must have, with every id and dummy answers
    train.csv, images/, …    whatever else there is: handed out as it is

The kit knows nothing of the rows but their ids, so there is nothing that a plugin could be given. The order of the rows
is that of the sample submission, which is public: the solution's own could tell the public rows from the private ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from kit.errors import DataError, KitError, MetricError, Problem
from kit.solution import USAGE_COLUMN, USAGES
from kit.source.base import OnProgress, Sheet
from kit.source.homes import data_home, find
from kit.source.sheet import SOLUTION, as_usage, read_key
from kit.split import draw_public
from kit.submission.cells import Cells
from kit.submission.findings import Findings, counted

if TYPE_CHECKING:
    from kit.competition import Competition, Split

SAMPLE = "sample_submission.csv"
_T = TypeVar("_T")
_OF_THE_HOST = {"competition.toml", "baselines.json", "metric.py", "__pycache__"}


def load(argument: str, competition: Competition, folder: Path, *, on_progress: OnProgress) -> Sheet:  # noqa: ARG001
    """What is in the folder that ``[data] path`` names.

    Raises
    ------
    DataError
        E501 if the folder, the solution or the sample submission is not there.
    MetricError
        E603 with everything that is wrong with these two. Lines and ids are named, cells of the solution are not.
    """
    assert competition.data.path is not None  # checked when the competition's file is read
    root = _find(competition.data.path, folder)
    on_progress(f"reading {root.name or root}")
    form = competition.submission
    header = (form.row_id_column_name, *form.columns)
    row_ids, sample = _checked(root / SAMPLE, lambda data, findings: _sample(data, header, findings))
    solution = _checked(
        root / SOLUTION, lambda data, findings: _solution(data, header[0], row_ids, findings), quotes=False
    )
    usage = solution.pop(USAGE_COLUMN, None)
    files, left_out = _public(root)
    return Sheet(
        row_ids=row_ids,
        solution=solution,
        sample=sample,
        usage=_drawn(competition.split, row_ids) if usage is None else tuple(usage.texts),
        files=files,
        left_out=left_out,
    )


def _find(name: str, folder: Path) -> Path:
    root = find(name, folder)
    if root is None or not root.is_dir():
        home = data_home()
        places = f"put it there as   {folder / name}" + (f"\nor as   {home / name}" if home else "")
        message = f"there is no folder {name}"
        raise DataError(Problem(code="E501", message=message, where="[data] path", fix=places))
    if missing := [file for file in (SOLUTION, SAMPLE) if not (root / file).is_file()]:
        message = f"{counted(len(missing), 'file is', 'files are')} missing: {', '.join(missing)}"
        why = "The solution has the answers; the sample submission says what a submission looks like."
        raise DataError(Problem(code="E501", message=message, where=str(root), why=why, fix=f"put it into   {root}"))
    return root


def _checked(path: Path, parse: Callable[[bytes, Findings], _T], *, quotes: bool = True) -> _T:
    """What `parse` makes of a file; E603 with all that it found wrong."""
    findings = Findings(path.name, quotes=quotes)
    try:
        parsed = parse(path.read_bytes(), findings)
    except OSError as error:
        message = f"{path.name} can't be read: {error.strerror}"
        raise MetricError(Problem(code="E603", message=message, where=str(path))) from error
    except KitError as error:
        parts = error.parts
    else:
        if not findings.problems:
            return parsed
        parts = findings.error().parts
    raise MetricError(
        Problem(code="E603", message=f"{path.name}: {counted(len(parts), 'thing', 'things')} to fix", where=str(path)),
        parts,
    )


def _sample(data: bytes, header: Sequence[str], findings: Findings) -> tuple[Sequence[str], dict[str, Cells]]:
    """The ids in their order, and the dummy answers."""
    row_ids, columns = read_key(data, header[0], findings, columns=header[1:])
    if broken := [row_id for row_id in row_ids if len(row_id.splitlines()) > 1]:
        findings.add("E312", f"{counted(len(broken), 'id has', 'ids have')} line breaks", fix="ids on one line each")
    return row_ids, columns


def _solution(data: bytes, id_column: str, row_ids: Sequence[str], findings: Findings) -> dict[str, Cells]:
    """Its columns but that of the ids, in the order of `row_ids`."""
    _, columns = read_key(data, id_column, findings, row_ids=row_ids)
    if USAGE_COLUMN in columns:
        columns[USAGE_COLUMN] = as_usage(columns[USAGE_COLUMN], findings)
        if missing := [usage for usage in USAGES[:2] if usage not in columns[USAGE_COLUMN].texts]:
            fix = "both parts need rows; leave Usage out to draw them"
            findings.add("E308", f"no row is {' or '.join(missing)}", fix=fix)
    return columns


def _drawn(rule: Split, row_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(np.where(draw_public(rule, row_ids), "Public", "Private").tolist())


def _public(root: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """What is handed out, by its name below `root`, and what is not: a line each."""
    solution = sha256((root / SOLUTION).read_bytes()).digest()
    size = (root / SOLUTION).stat().st_size
    files, left_out = {}, []
    for path in _walked(root):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            left_out.append(f"{name} is a link")
        elif path.name.casefold().startswith(Path(SOLUTION).stem) or (
            path.stat().st_size == size and sha256(path.read_bytes()).digest() == solution
        ):
            if name != SOLUTION:
                left_out.append(f"{name} looks like the solution")
        else:
            files[name] = path
    return files, tuple(left_out)


def _walked(folder: Path) -> Iterator[Path]:
    """Files below a folder, by name; not those of the host, nor hidden ones. No link is followed."""
    for path in sorted(folder.iterdir()):
        if path.name in _OF_THE_HOST or path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walked(path)
        else:
            yield path
