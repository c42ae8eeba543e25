"""What lies in a prepared folder: the facts of it, and the way to everything else."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kit.dataset import Dataset, Unlabeled, read_part
from kit.errors import Problem, StorageError
from kit.job import TaskFacts, decode, encode
from kit.metrics.base import Domain

if TYPE_CHECKING:
    from kit.metrics.base import Metric
    from kit.submission.form import Form


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
    weights
        Files of pretrained weights that the workspace names: name -> file.
    """

    folder: Path
    facts: PublicFacts
    metric: Metric | None = field(default=None, compare=False, repr=False)
    weights: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

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

    def public_episodes(self) -> tuple[int, ...]:
        """Places of the public ones among the seeds of ``test``. Raises as `seeds` does."""
        try:
            with self.solution.open(encoding="utf-8", newline="") as opened:
                usages = [row[2] for row in list(csv.reader(opened))[1:]]
        except (OSError, ValueError, IndexError) as error:
            raise self._damaged(self.folder, error) from None
        return tuple(place for place, usage in enumerate(usages) if usage == "Public")

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


def write_facts(public: Path, facts: PublicFacts, prints: Sequence[str]) -> None:
    """Write the facts of a folder, with the digest of them and of the `prints` of everything else that is public."""
    digest = sha256("\n".join([*prints, encode(facts)]).encode()).hexdigest()
    (public / "facts.json").write_text(encode(replace(facts, digest=digest)), encoding="utf-8")
