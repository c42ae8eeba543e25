"""What is handed out and told of a competition, as a process beside the server writes and reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard.web import clerk

if TYPE_CHECKING:
    from kit.prepare import Prepared

_MOST_STORY = 40_000  # characters of a README


def public_file(root: Path, competition: str, name: str) -> str:
    """Path of one of the files that are handed out, written when first asked for; empty where there is none."""
    from kit.public_files import PARTS, SAMPLE_NAME, handed_out

    here, _ = clerk.opened(root)
    prepared = here.prepared(competition)
    folder = here.state / "handed_out" / competition / prepared.facts.digest
    if prepared.facts.files_only:
        return str(prepared.files / name) if name in handed_out(prepared) else ""
    names = {f"{part}{suffix}": suffix == ".csv" for part in PARTS for suffix in (".csv", ".npz")}
    if here.competition(competition).kind == "agent" or name not in names | {SAMPLE_NAME: True}:
        return ""
    path = folder / name
    if not path.exists():
        _hand_out(prepared, folder, name, as_csv=names.get(name, True))
    return str(path)


def _hand_out(prepared: Prepared, folder: Path, name: str, *, as_csv: bool) -> None:
    """Write the files that `name` is one of: one clerk at a time, each file once, and under its name when complete."""
    from filelock import FileLock

    from kit.public_files import write_public_files

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(folder.with_name(f".{folder.name}.lock"), mode=0o600):
        if (folder / name).exists():  # another clerk was quicker
            return
        for written in write_public_files(prepared, folder.with_name(f".{folder.name}.making"), as_csv=as_csv):
            if not (folder / written.name).exists():  # somebody may be reading it at this moment
                written.replace(folder / written.name)


def public_names(root: Path, competition: str) -> tuple[str, ...]:
    """Names of the files that are handed out."""
    from kit.public_files import PARTS, SAMPLE_NAME, handed_out

    here, _ = clerk.opened(root)
    if here.competition(competition).kind == "agent":
        return ()
    prepared = here.prepared(competition)
    if prepared.facts.files_only:
        return tuple(handed_out(prepared))
    return (*(f"{part}.csv" for part in PARTS), SAMPLE_NAME, *(f"{part}.npz" for part in PARTS))


def about(root: Path, competition: str) -> dict[str, Any]:
    """What a competition is, as ``kit info`` tells it to an entrant: ``lines`` in words, the rest as values."""
    from kit.cli.info import as_json, lines
    from kit.dataset import Dataset

    here, _ = clerk.opened(root)
    c, metric, prepared = here.competition(competition), here.metric(competition), here.prepared(competition)
    told_of = {
        name: {part: value for part, value in parts.items() if part != "private"}
        for name, parts in here.baselines(competition).items()
    }
    has_rows = prepared.facts.task.environment is None and not prepared.facts.files_only
    train = prepared.rows("train") if has_rows else None
    assert train is None or isinstance(train, Dataset)
    values = as_json(c, metric, prepared, told_of, train)
    return values | {
        "lines": lines(here, c, metric, prepared, told_of, train, is_for_host=False),
        "files": list(public_names(root, competition)),
        "story": _story(here.folder(competition)),
        "takes_code": not c.takes_files_only,
        "feedback": c.leaderboard.feedback,
    }


def _story(folder: Path) -> str:
    """A competition's README as it is: nothing in it is markup."""
    try:
        return (folder / "README.md").read_text(encoding="utf-8")[:_MOST_STORY]
    except (OSError, UnicodeDecodeError):
        return ""
