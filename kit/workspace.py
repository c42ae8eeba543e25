"""A workspace: the folder with a ``kit.toml``, what it is called, what is in it, and where its state lies.

Names are looked up in the workspace, then in installed distributions, then in what is bundled; a lower level is
shadowed. An argument with a slash or a suffix is a path and nothing else; a bare name never is.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kit.competition import Competition, read_competition, to_fix
from kit.config import FILE_NAME, Config, read_config
from kit.disk import disk_errors
from kit.errors import Problem, StorageError, UsageError, nearest
from kit.job import decode, encode
from kit.plugin import built_in
from kit.plugin.manager import OURS, Registered, by_name, harness

if TYPE_CHECKING:  # NumPy is behind them, and names are resolved without it
    from kit.executor.base import Executor
    from kit.metrics.base import Metric
    from kit.prepare import Prepared
    from kit.sandbox.base import Sandbox

Level = Literal["workspace", "installed", "bundled"]
STARTER = "my_cnn"
_MAX_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A competition or a model plugin, where it is, and which ones of the same name it hides.

    Parameters
    ----------
    name
        Its id: the name of the folder or file.
    path
        The folder, or the single file of a plugin.
    level
        Where it was found.
    provider
        The distribution that brings it; empty for one of the workspace's own.
    shadows
        Others of the same name at lower levels.
    """

    name: str
    path: Path
    level: Level
    provider: str = ""
    shadows: tuple[Path, ...] = ()


class Workspace:
    """One workspace. Reading it changes nothing; state is made when something is first kept."""

    def __init__(self, root: Path, config: Config, *, has_file: bool) -> None:
        self.root, self.config, self.has_file = root, config, has_file

    @classmethod
    def find(cls, start: Path | None = None, environ: Mapping[str, str] | None = None) -> Workspace:
        """The workspace of `start` (default: the current folder): the nearest parent with a ``kit.toml``.

        Where there is none, the user's data folder is the workspace, and `has_file` is False.
        """
        environ = os.environ if environ is None else environ
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / FILE_NAME).is_file():
                return cls(folder, read_config(folder, environ), has_file=True)
        from platformdirs import user_data_path

        return cls(user_data_path("competition-kit", appauthor=False), read_config(None, environ), has_file=False)

    @property
    def state(self) -> Path:
        """Folder of everything that is kept, readable by its owner only; made when first asked for.

        It ignores itself: a repository around it must not take in solutions, whatever its own ``.gitignore`` says.

        Raises
        ------
        StorageError
            E703, E706.
        """
        folder = self._state
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (folder / ".gitignore").exists():
                (folder / ".gitignore").write_text("*\n", encoding="ascii")
        return folder

    @property
    def found_state(self) -> Path | None:
        """The folder of `state` if something was kept there; makes nothing."""
        return self._state if self._state.is_dir() else None

    @property
    def _state(self) -> Path:
        return self.root / ".kit"

    @cached_property
    def competitions(self) -> dict[str, Found]:
        """Every competition there is, by name."""
        own = built_in.competitions_in(self.root / "competitions")
        return _levels(own, harness().registrations("register_competitions"), "competitions")

    @cached_property
    def models(self) -> dict[str, Found]:
        """Every model plugin there is, by name."""
        return _levels(
            built_in.models_in(self.root / "plugins"), harness().registrations("register_models"), "model plugins"
        )

    def competition(self, name: str) -> Competition:
        """The competition of this name.

        Raises
        ------
        UsageError
            E001 if there is none, with the nearest name; E004 if its file is wrong.
        """
        path = self._competition(name).path / "competition.toml"
        try:
            raw = path.read_bytes()
            text = raw.decode()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(Problem(code="E004", message=f"{path} can't be read: {error}", where=str(path))) from None
        # Checked once: importing pydantic costs more than everything else that `kit leaderboard` does.
        checked = self._state / "checked" / f"{sha256(raw).hexdigest()}.json"

        try:
            competition = decode(Competition, checked.read_bytes())
        except (OSError, ValueError):
            from kit.chosen_metric import wrong_choice  # of a file that was read before nothing is asked

            competition = read_competition(text, where=_shown(path), known=_known_names())
            if problems := wrong_choice(competition, path.parent):
                raise to_fix(_shown(path), problems) from None
            with suppress(OSError, StorageError):  # a checkout that can't be written to is read afresh each time
                _write(self.state / "checked" / checked.name, encode(competition))
        return competition

    def baselines(self, name: str) -> dict[str, dict[str, float]]:
        """Scores that the competition's author measured: plugin -> part -> score; empty where nobody has."""
        try:
            measured = json.loads((self._competition(name).path / "baselines.json").read_bytes())
        except (OSError, ValueError):
            return {}
        rows = measured.items() if isinstance(measured, dict) else ()
        return {
            plugin: {part: float(value) for part, value in scores.items() if type(value) in (int, float)}
            for plugin, scores in rows
            if isinstance(scores, dict)
        }

    def folder(self, name: str) -> Path:
        """Where the file of the competition `name` lies, and what belongs to it."""
        return self._competition(name).path

    def metric(self, name: str) -> Metric:
        """The metric that ranks the competition `name`."""
        from kit.chosen_metric import chosen_metric

        return chosen_metric(self.competition(name), self._competition(name).path)

    def prepared(self, name: str, *, on_progress: Callable[[str], None] | None = None) -> Prepared:
        """The data of a competition, split and written; quick where that was done before.

        Raises
        ------
        DataError
            If its source can't be had.
        MetricError
            If its metric is undefined for its solution, or it can't be split.
        """
        from kit.prepare import prepare

        competition = self.competition(name)
        source = harness().load("register_sources", competition.data.source.partition(":")[0])
        prepared = prepare(
            name,
            competition,
            self._competition(name).path,
            self.state / "prepared" / name,
            source=source,
            metric=self.metric(name),
            on_progress=on_progress,
        )
        return replace(prepared, weights=self.own_weights)

    @property
    def own_weights(self) -> Mapping[str, str]:
        """Files of the host's own pretrained weights: name -> absolute path."""
        named = self.config.weights.items()
        return {name: str(self.root / os.path.expanduser(file)) for name, file in named}  # noqa: PTH111 - as elsewhere

    def found_prepared(self, name: str) -> Prepared | None:
        """The data of a competition, if they were prepared before as the competition is now. Makes nothing."""
        from kit.prepare import find_prepared

        competition = self.competition(name)
        return find_prepared(name, competition, self._state / "prepared" / name, metric=self.metric(name))

    def model(self, reference: str, *, command: str = "kit submit") -> Found:
        """The model plugin that `reference` means: ``plugins/my_cnn``, ``plugins/my_cnn.py`` or ``my_cnn``.

        Parameters
        ----------
        reference
            A name, or a path.
        command
            What was typed before it, for the advice in an error.

        Raises
        ------
        UsageError
            E001 if there is none; E006 if the path is no plugin.
        """
        if not is_path(reference):
            if reference in self.models:
                return self.models[reference]
            raise UsageError(self._unknown(reference))
        path = Path(reference)
        if not path.exists():
            raise UsageError(self._missing(path, command))
        if path.is_dir() and not (path / "plugin.py").is_file():
            raise UsageError(_no_plugin(path))
        if path.is_file() and path.suffix != ".py":
            raise UsageError(_no_plugin(path))
        path = path.parent if path.name == "plugin.py" else path
        return Found(name=path.resolve().stem if path.is_file() else path.resolve().name, path=path, level="workspace")

    def choose_competition(
        self, explicit: str | None, of_plugin: str | None = None, kinds: tuple[str, ...] = ()
    ) -> tuple[str, str]:
        """Which competition is meant, and who says so.

        Parameters
        ----------
        explicit
            What ``-c`` says.
        of_plugin
            The plugin's ``COMPETITION``.
        kinds
            The plugin's ``TASKS``; only for the list in the error.

        Raises
        ------
        UsageError
            E001 for a name that does not exist, E005 if it can't be told.
        """
        chosen = [
            (explicit, "-c"),
            (of_plugin, "the plugin's COMPETITION"),
            (self.config.competition, self.config.origins.get("competition", FILE_NAME)),
            (next(iter(self.competitions)) if len(self.competitions) == 1 else None, "the only one here"),
        ]
        for name, reason in chosen:
            if name is not None:
                return self._competition(name).name, reason
        fitting = [name for name in self.competitions if not kinds or self.competition(name).kind in kinds]
        fix = "say which one:   " + "   ".join(f"-c {name}" for name in fitting or self.competitions)
        raise UsageError(Problem(code="E005", message="there is more than one competition here", fix=fix))

    def require_rows(self, name: str) -> None:
        """Refuse a competition that has nothing to give to a plugin.

        Raises
        ------
        UsageError
            E012 if it takes files only.
        """
        if self.competition(name).takes_files_only:
            why = (
                "The kit knows of its test rows nothing but their ids: there is nothing that a plugin could learn from."
            )
            fix = f"kit data {name}      then answer the rows in a file, and   kit submit {name}.csv -c {name}"
            raise UsageError(
                Problem(code="E012", message=f"{name} takes files of answers, no plugins", why=why, fix=fix)
            )

    def sandbox(self) -> Sandbox:
        """The sandbox that the settings name, or the best one here where they name none."""
        sandbox: Sandbox = self._registered("register_sandboxes", self.sandbox_name, "sandbox.name")()
        return sandbox

    @cached_property
    def sandbox_name(self) -> str:
        """Name of the sandbox that plugins run in. What the settings name is never replaced by another."""
        from kit.sandbox.best import AUTO, best

        return best() if self.config.sandbox_name == AUTO else self.config.sandbox_name

    def executor(self) -> Executor:
        """The executor that the settings name."""
        make = self._registered("register_executors", self.config.executor_name, "executor.name")
        executor: Executor = make(self.sandbox(), workers=self.config.executor_workers)
        return executor

    def _registered(self, hook: str, name: str, key: str) -> Any:
        known = harness().catalogue(hook)
        if name not in known:  # the settings say so, and they are to be mended
            origin = self.config.origins.get(key.replace(".", "_"), "default")
            expected = " or ".join(("auto", *known) if hook == "register_sandboxes" else known)
            raise UsageError(Problem(code="E003", message=f"{key} ({origin})", expected=expected, got=repr(name)))
        return harness().load(hook, name)

    def _competition(self, name: str) -> Found:
        if name in self.competitions:
            return self.competitions[name]
        near = nearest(name, self.competitions)
        fix = f"did you mean   {near} ?" if near else f"known: {', '.join(self.competitions)}"
        raise UsageError(Problem(code="E001", message=f"there is no competition {name!r}", fix=fix))

    def _unknown(self, name: str) -> Problem:
        """A bare name that no plugin has. A folder of that name is never taken for it, but may be what is meant."""
        if _plugins_in(Path(name)) or _answers_in(Path(name)):
            return _no_plugin(Path(name))
        near = nearest(name, self.models)
        fix = f"did you mean   {near} ?" if near else f"known: {', '.join(self.models)}"
        if _is_plugin(Path(name)):
            fix = f"did you mean   .{os.sep}{name} ?   A path has a slash"
        return Problem(code="E001", message=f"there is no plugin {name!r}", fix=fix)

    def _missing(self, path: Path, command: str) -> Problem:
        """A path that is not there: another writing of it may be, or the name at its end a plugin from elsewhere."""
        if path.name == "plugin.py" and not path.parent.name:
            return self._not_in_a_plugin(path, command)
        beside = [path.with_suffix(""), path.with_name(f"{path.name}.py")]
        if path.name == "plugin.py":
            beside = [path.parent.with_suffix(".py")]
        there = next((other for other in beside if other != path and _is_plugin(other)), None)
        name = path.stem
        if there:
            fix = f"did you mean   {there} ?"
        elif name in self.models and self.models[name].level == "workspace":
            fix = f"{command} {name}      (it is in   {_shown(self.models[name].path)})"
        elif name in self.models:
            origin = "comes with the kit" if self.models[name].level == "bundled" else "is installed"
            fix = f"{command} {name}      (it is not in this workspace, but it {origin})"
        else:
            near = nearest(name, self.models)
            fix = f"did you mean   {near} ?" if near else "kit plugins   lists what there is"
            if not path.suffix and name.isidentifier():
                fix += f"\nkit new {name}   starts a new one"
        return Problem(code="E001", message=f"there is no {path}", fix=fix)

    def _not_in_a_plugin(self, path: Path, command: str) -> Problem:
        """``plugin.py``, typed where the current folder is no plugin: in the workspace itself, as a rule."""
        own = [found.path for found in self.models.values() if found.level == "workspace"][:_MAX_LISTED]
        fix = "\n".join(f"{command} {_shown(path)}" for path in own) or "kit plugins   lists what there is"
        return Problem(code="E001", message=f"there is no {path} here", fix=fix)


ANSWER_SUFFIXES = (".csv", ".gz", ".zip", ".parquet", ".feather", ".arrow", ".npz", ".npy")
"""Of files of answers. What a file is tell its bytes; the name tells only that it is meant as one."""


def answers_stem(path: str) -> str:
    """The name of a file of answers without its suffixes: ``anna`` of ``anna.csv.gz``."""
    name = Path(path)
    while name.suffix.lower() in ANSWER_SUFFIXES and name.stem:
        name = Path(name.stem)
    return name.name if name.name != Path(path).name else name.stem


def is_path(reference: str) -> bool:
    """Whether an argument is a path: it has a slash or a suffix."""
    return "/" in reference or os.sep in reference or bool(Path(reference).suffix) or reference in (".", "..")


def init(folder: Path, *, title: str | None = None) -> list[Path]:
    """Make `folder` a workspace, with the starter plugin in it.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UsageError
        E008 if the folder is a workspace already, or has a plugin of the starter's name.
    StorageError
        E703, E706.
    """
    title = title or folder.resolve().name
    starter = folder / "plugins" / STARTER
    for path in (folder / FILE_NAME, starter):
        if path.exists():
            message = f"{path} is there already, and nothing is overwritten"
            raise UsageError(Problem(code="E008", message=message, fix="another name, or go on in that folder"))
    quoted = json.dumps(title, ensure_ascii=False).replace("\x7f", "\\u007f")  # what JSON escapes, TOML reads
    files = {folder / FILE_NAME: f'title = {quoted}\ncompetition = "digits"\n'}
    if not (folder / ".gitignore").exists():
        files[folder / ".gitignore"] = ".kit/\n__pycache__/\n"
    with disk_errors(folder):
        starter.parent.mkdir(parents=True, exist_ok=True)
        (folder / "competitions").mkdir(exist_ok=True)
        shutil.copytree(built_in.BUNDLED / "plugins" / STARTER, starter, ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    return [*files, starter / "plugin.py"]


def _known_names() -> dict[str, Mapping[str, Registered]]:
    """The keys of a ``competition.toml`` whose values are names that the harness knows."""
    return {
        "metric.name": harness().catalogue("register_metrics"),
        "data.source": harness().catalogue("register_sources"),
    }


def _levels(own: Mapping[str, Path], registered: list[Registered], what: str) -> dict[str, Found]:
    """What is found by name, the workspace's own first. Raises `UsageError` E007 for a clash at one level."""
    bundled = {r.name: r for r in registered if r.origin == OURS}
    installed = by_name((r for r in registered if r.origin != OURS), what)
    found: dict[str, Found] = {}
    for name in sorted({*own, *installed, *bundled}):
        candidates: list[Found] = []
        if name in own:
            candidates.append(Found(name=name, path=own[name], level="workspace"))
        for level, group in (("installed", installed), ("bundled", bundled)):
            if name in group and group[name].value.resolve() != own.get(name, Path()).resolve():
                path, origin = group[name].value, group[name].origin
                candidates.append(Found(name=name, path=path, level=level, provider=origin))  # type: ignore[arg-type]
        first, *others = candidates
        shadows = tuple(other.path for other in others)
        found[name] = Found(name=name, path=first.path, level=first.level, provider=first.provider, shadows=shadows)
    return found


def _is_plugin(path: Path) -> bool:
    return (path / "plugin.py").is_file() or (path.suffix == ".py" and path.is_file())


def _plugins_in(folder: Path) -> list[Path]:
    """The folders with a plugin in `folder`: they tell a folder of plugins, single files do not."""
    return sorted(file.parent for file in folder.glob("*/plugin.py"))


def _answers_in(folder: Path) -> bool:
    return next(folder.glob("*.csv"), None) is not None


def _no_plugin(path: Path) -> Problem:
    message = f"{path} is no plugin"
    if not path.is_dir():
        expected = "a folder with plugin.py, a .py file, or a .csv file"
        return Problem(code="E006", message=message, expected=expected, got=path.name)
    if inner := _plugins_in(path):
        listed = "   ".join([*map(str, inner[:_MAX_LISTED]), *(["…"] if len(inner) > _MAX_LISTED else [])])
        return Problem(code="E006", message=f"{message}, it is a folder of plugins", fix=f"one of   {listed}")
    if _answers_in(path):
        fix = f"kit submit {path}/*.csv      or, where each is of another team, the same command with"
        fix += "   --team-from-filename"
        return Problem(code="E006", message=f"{message}, it is a folder of .csv files", fix=fix)
    inside = sorted(item.name for item in path.glob("*.py"))
    got = ", ".join(inside) if inside else "no Python file"
    return Problem(code="E006", message=message, expected="a file plugin.py in it", got=got)


def _shown(path: Path) -> str:
    """`path` as its reader would type it: relative where it lies below the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _write(path: Path, text: str) -> None:
    """Write `text` so that a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
