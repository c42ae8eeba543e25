"""Split and write a competition's data once, and find them where that was done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from kit.disk import disk_errors
from kit.errors import PluginError, Problem
from kit.job import Environment
from kit.prepare.folder import locked, replacing
from kit.prepare.prepared import Prepared, read_prepared
from kit.source.base import Sheet
from kit.source.homes import find, fingerprint

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.source.base import Rows, Source

FORMAT = 3  # of the folder; another number makes every prepared folder be made again


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
    with locked(target, tell):
        if found := _made(target, made_from, files, metric):
            return found
        given = _given(competition, folder_of_competition, source, tell)
        write = _writer(name, competition, metric, given)
        tell(f"writing {name}")
        with disk_errors(target), replacing(target) as made:
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
        if error.name is None or not competition.data.source.startswith("gymnasium:"):
            raise
        from kit.plugin.check import install_command

        message = f"{competition.data.source} needs a package that is not installed here: {error.name}"
        fix = f"install it here:  {install_command(error.name)}"
        raise PluginError(Problem(code="E102", message=message, where="[data] source", fix=fix)) from None


def _writer(
    name: str, competition: Competition, metric: Metric, given: Rows | Environment | Sheet
) -> Callable[[Path], None]:
    """What writes the data into a folder, once it is known that they can be used and split."""
    if isinstance(given, Environment):
        from kit.prepare.episodes import write_episodes

        return lambda made: write_episodes(made, name, competition, metric, given)
    if isinstance(given, Sheet):
        from kit.prepare.sheet import write_sheet
        from kit.source.sheet import classes_of, require_readable  # the readers behind it are not always needed

        classes = classes_of(given, competition, metric)
        require_readable(given, competition, metric, classes)
        return lambda made: write_sheet(made, name, competition, metric, given, classes)
    from kit.prepare.rows import parts_of, write_rows

    rows, parts = parts_of(competition, metric, given)
    return lambda made: write_rows(made, name, competition, metric, rows, parts)


def _digest(name: str, competition: Competition, metric: Metric) -> str:
    c = competition
    parts = [asdict(c.data), asdict(c.split), asdict(c.submission), asdict(c.metric)]
    what = [FORMAT, name, c.kind, *parts, metric.name, metric.needs, metric.domain]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _files(competition: Competition, folder: Path) -> str | None:
    """The state of the files behind a competition; None where they are not here, or are not the host's to change."""
    paths = (competition.data.path, *competition.data.test_paths)
    found = [find(path, folder) for path in paths if path is not None]
    return " ".join(fingerprint(path) for path in found if path is not None) if found and all(found) else None


def _made(target: Path, made_from: str, files: str | None, metric: Metric) -> Prepared | None:
    """What was made of the same things. Where the files behind it are not here, what was made of them stands."""
    try:
        before, _, files_before = (target / "private" / "made_from").read_text(encoding="ascii").partition("\n")
        same = before == made_from and files in (None, files_before)
        same = same and (target / "private" / "solution.csv").is_file()
    except (OSError, UnicodeDecodeError):
        return None
    return read_prepared(target, metric) if same else None


def _require_scorable(folder: Path, metric: Metric) -> None:
    """Refuse what was made where the scorer could not use it: it is read by the very function that will read it."""
    from kit.scoring import require_defined
    from kit.solution import read_solution  # not needed by those who find the data made

    made = read_prepared(folder, metric)
    assert made is not None
    require_defined(read_solution(made.solution, made.form(), metric), metric)
