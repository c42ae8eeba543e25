"""``kit data``: a competition's public files, for notebooks and spreadsheets."""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.place import begin_in_class, class_board, local_option, workspace
from kit.cli.progress import LiveLine
from kit.errors import Problem, UsageError
from kit.workspace import Workspace

if TYPE_CHECKING:  # NumPy is behind it, and completion in the shell imports this module
    from kit.prepare import Prepared, PublicFacts

_MAX_LISTED = 12


@click.command()
@click.argument("name", required=False, shell_complete=completion.competitions)
@click.option("--csv", "as_csv", is_flag=True, help="CSV files instead of NumPy's .npz.")
@click.option("--to", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Where to; data/NAME by default.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
@local_option()
@screen.formats()
def command(
    name: str | None, as_csv: bool, folder: Path | None, force: bool, is_local: bool, form: screen.Form
) -> None:
    """Write the public files of NAME: train, valid, test and a sample submission."""
    from kit.public_files import PARTS, SAMPLE_NAME, sample_submission, write_public_files

    if (joined := class_board(is_local=is_local)) is not None:
        _download(joined, name, folder, as_csv=as_csv, force=force, form=form)
        return
    here = workspace()
    chosen, _ = here.choose_competition(name)
    if here.competition(chosen).kind == "agent":
        _say_there_are_none(chosen, form)
        return
    folder = folder or Path("data") / chosen
    if here.competition(chosen).takes_files_only:
        _copy(here, chosen, folder, force=force, form=form)
        return
    if not force:
        _refuse_to_overwrite([folder / f"{part}{'.csv' if as_csv else '.npz'}" for part in PARTS])
    with LiveLine() as line:
        prepared = here.prepared(chosen, on_progress=line.say)
        sample = folder / SAMPLE_NAME
        if not force and sample.is_file() and sample.read_bytes() != sample_submission(prepared).encode():
            _refuse_to_overwrite([sample])  # the same as the other form has written is no loss
        line.say(f"writing {folder}")
        paths = write_public_files(prepared, folder, as_csv=as_csv)
    if form == "json":
        screen.show_json({"competition": chosen, "folder": str(folder), "files": [str(path) for path in paths]})
    else:
        _show(prepared, folder, paths)


def _download(
    joined: Any, name: str | None, folder: Path | None, *, as_csv: bool, force: bool, form: screen.Form
) -> None:
    """The files that the class hands out."""
    begin_in_class(joined)
    chosen, _ = joined.choose((name, "named"))
    files = joined.about(chosen)["files"]
    if not files:
        _say_there_are_none(chosen, form)
        return
    unwanted = ".npz" if as_csv else ".csv"
    both = {Path(file).stem for file in files if file.endswith(".npz")}
    wanted = [file for file in files if not (Path(file).stem in both and file.endswith(unwanted))]
    folder = folder or Path("data") / chosen
    if not force:
        _refuse_to_overwrite([folder / file for file in wanted])
    with LiveLine() as line:
        for file in wanted:
            line.say(f"fetching {file}")
            joined.download(chosen, file, folder / file)
    paths = [folder / file for file in wanted]
    if form == "json":
        screen.show_json({"competition": chosen, "folder": str(folder), "files": [str(path) for path in paths]})
        return
    rows = [(str(path), screen.size(path.stat().st_size)) for path in paths[:_MAX_LISTED]]
    screen.show("\n".join(screen.grid(rows, right={1}, gap=3, indent=0)))
    if len(paths) > _MAX_LISTED:
        screen.show(f"and {screen.count(len(paths) - _MAX_LISTED, 'more file')}")
    _show_next(folder, chosen)


def _say_there_are_none(name: str, form: screen.Form) -> None:
    """An agent learns by acting: its competition has no rows."""
    if form == "json":
        screen.show_json({"competition": name, "folder": None, "files": []})
        return
    screen.show(f"{name} has no files: an agent learns by acting.  In a plugin:   envs = task.make_vec(16, seed=0)")
    screen.show(f"\nNext   kit new my_agent -c {name}")


def _copy(here: Workspace, name: str, folder: Path, *, force: bool, form: screen.Form) -> None:
    """What the host hands out, as it is: there are no other forms of it."""
    from kit.public_files import handed_out, write_public_files

    with LiveLine() as line:
        prepared = here.prepared(name, on_progress=line.say)
        if not force:
            same = ((folder / file, prepared.files / file) for file in handed_out(prepared))
            _refuse_to_overwrite([a for a, b in same if a.is_file() and not filecmp.cmp(a, b, shallow=False)])
        line.say(f"writing {folder}")
        paths = write_public_files(prepared, folder, as_csv=True)
    if form == "json":
        screen.show_json({"competition": name, "folder": str(folder), "files": [str(path) for path in paths]})
        return
    rows = [(str(path), screen.size(path.stat().st_size)) for path in paths[:_MAX_LISTED]]
    screen.show("\n".join(screen.grid(rows, right={1}, gap=3, indent=0)))
    if len(paths) > _MAX_LISTED:
        screen.show(f"and {screen.count(len(paths) - _MAX_LISTED, 'more file')}")
    _show_next(folder, name)


def _refuse_to_overwrite(paths: list[Path]) -> None:
    if there := [str(path) for path in paths if path.exists()]:
        message = f"{there[0]} is there already" + (f", and {len(there) - 1} more" if len(there) > 1 else "")
        fix = "--force   writes over them;   --to DIR   writes elsewhere"
        raise UsageError(Problem(code="E008", message=message, fix=fix))


def _meant(facts: PublicFacts) -> str:
    """What stands in the one column of a competition that asks for the probability of a class."""
    if facts.task.needs != "probabilities" or len(facts.columns) > 1 or len(facts.task.classes) != 2:
        return ""
    return f"   (the probability of {facts.task.classes[1]!r}, 0 to 1)"


def _show(prepared: Prepared, folder: Path, paths: list[Path]) -> None:
    from kit.public_files import answer_name, feature_names

    facts = prepared.facts
    n_test = facts.n_public + facts.n_private
    target = answer_name(facts, feature_names(prepared.rows("train").storage))
    answers = f"{', '.join(facts.columns)}{_meant(facts)}"
    said = {
        "train": f"{screen.count(facts.n_train, 'row')} with {target}: learn from these",
        "valid": f"{screen.count(facts.n_valid, 'row')} with {target}: held back from train, to see how good it is",
        "test": f"{screen.count(n_test, 'row')} without: answer these",
        "sample_submission": f"{screen.count(n_test, 'id')} with a dummy answer in   {answers}",
    }
    files = screen.grid([(str(path), screen.size(path.stat().st_size)) for path in paths], right={1}, gap=3, indent=0)
    rows = zip(files, (said[path.stem] for path in paths), strict=True)
    screen.show("\n".join(screen.described(rows, gap=3)))
    _show_next(folder, facts.name)


def _show_next(folder: Path, name: str) -> None:
    from kit.public_files import SAMPLE_NAME

    answer = Path(f"{name}.csv")
    fill = screen.labelled("Next", f"fill in {folder / SAMPLE_NAME}, save it as {answer}, then", room=7, indent=0)
    screen.show("\n" + "\n".join([*fill, f"       kit submit {answer} -c {name}"]))
