"""What is written of a competition that takes files only: ids, the files that are handed out, the solution."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from kit.job import TaskFacts
from kit.prepare.prepared import PublicFacts, write_facts
from kit.prepare.solution import write_private

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.source.base import Sheet


def write_sheet(
    folder: Path, name: str, competition: Competition, metric: Metric, sheet: Sheet, classes: tuple[str, ...]
) -> None:
    """Write a sheet that is known to be readable; `classes` as `kit.source.sheet.classes_of` gives them."""
    public, private = folder / "public", folder / "private"
    (public / "ids.txt").write_text("\n".join(sheet.row_ids), encoding="utf-8", newline="")
    prints = ["\n".join(sheet.row_ids)]
    for file, path in sheet.files.items():
        copy = public / "files" / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        with copy.open("rb") as opened:
            prints.append(f"{file} {hashlib.file_digest(opened, 'sha256').hexdigest()}")
    write_facts(public, _facts(name, competition, metric, sheet, classes), prints)
    header = (competition.submission.row_id_column_name, *sheet.solution, "Usage")
    cells = (column.texts for column in sheet.solution.values())
    write_private(private / "solution.csv", header, zip(sheet.row_ids, *cells, sheet.usage, strict=True))
    (private / "left_out.txt").write_text("\n".join(sheet.left_out), encoding="utf-8")


def _facts(name: str, competition: Competition, metric: Metric, sheet: Sheet, classes: tuple[str, ...]) -> PublicFacts:
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
