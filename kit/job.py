"""What crosses the border between the trusted side and an entrant's process: plain frozen data, and its codec.

JSON only. `decode` checks every type on the way in, because one of the two sides is not ours; it never executes
anything and never builds a class that the type hints do not name.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from kit.errors import Problem

T = TypeVar("T")
Json = str | int | float | bool | None
Status = Literal["done", "failed", "limit", "killed"]
TRACEBACK_MARK = "-- the whole traceback, with the lines that are not the plugin's --"
"""In a log: what stands before it was printed by the plugin, what stands behind it by the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What an observation or an action of an environment is.

    Parameters
    ----------
    dtype
        NumPy's name of its numbers.
    shape
        Of one; () for a whole number.
    n, start
        A whole number from `start` to ``start + n - 1``. 0 where it is no whole number, but a box.
    low, high
        Ends of a box, a number for each place in C order; infinite where there is none.
    """

    dtype: str
    shape: tuple[int, ...]
    n: int = 0
    start: int = 0
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What an agent acts in. Both sides can make it from this; episodes differ by their seeds.

    Parameters
    ----------
    id
        As gymnasium registers it: ``CartPole-v1``.
    kwargs
        Arguments it is made with.
    observation, action
        What it shows, and what it takes.
    max_episode_steps
        After so many steps an episode is cut.
    reward_threshold
        The mean return from which it counts as solved; None where nobody has said.
    """

    id: str
    kwargs: dict[str, str | int | float | bool]
    observation: Space
    action: Space
    max_episode_steps: int
    reward_threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What a plugin is told of the competition (`kit.plugin.context.Task` is made of it).

    Parameters
    ----------
    kind
        One of `kit.competition.KINDS`.
    classes
        Names of the classes in the order of the indices in ``y``; empty where there are none.
    n_outputs
        Classes, or target columns; of an agent the actions there are, or the numbers that make up one.
    metric
        Name of the metric.
    needs
        What the metric wants to be given: ``labels``, ``probabilities``, ``values``, or ``returns`` of episodes.
    input_shape
        Shape of one row of ``X``: (channels, height, width) or (columns,), or that of an observation.
    environment
        What an agent acts in; None where there are rows.
    """

    kind: str
    classes: tuple[str, ...]
    n_outputs: int
    metric: str
    needs: Literal["labels", "probabilities", "values", "ranking", "text", "returns"]
    input_shape: tuple[int, ...]
    environment: Environment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use. Units are in the names; None means that only `time_limit_s` bounds it.

    The defaults are generous for a class of small models: a fork bomb or a full disk is stopped, an honest
    ``DataLoader`` with workers is not. `devices` is ``cpu``, or the numbers of graphics cards' nodes: ``0``, ``0,1``.
    `weights` are the names of pretrained weights that may be used.
    """

    time_limit_s: float
    memory_limit_mib: int
    cpu_limit_s: float | None = None
    max_processes: int = 256
    scratch_limit_mib: int = 1024
    file_limit_mib: int = 512
    output_limit_kib: int = 1024
    max_open_files: int = 1024
    devices: str = "cpu"
    weights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a job takes of a machine, and what a worker has to give."""

    cpus: int = 1
    gpus: int = 0
    memory_mib: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of one plugin. Paths are absolute on the machine that runs it.

    Parameters
    ----------
    plugin
        Folder that holds exactly the submitted files.
    name
        How the entrant calls the plugin, and how its files are named in messages (``plugins/my_cnn``).
    train, valid
        Folders written by `kit.dataset.write_part`. The test rows are not among them: they come over the channel.
        Empty for an agent, who has no rows.
    task
        What the plugin is told.
    params
        Hyper-parameters that differ from the defaults of ``fit``.
    seed, n_threads
        Fixed by the trusted side, so that a repeat is a repeat.
    limits
        What the run may use.
    fit_limit_s
        Where a trial wants each ``fit`` to be short: what ``run.seconds_left`` begins with, in seconds.
    preload
        Modules that the plugin imports from outside: a sandbox may have some of them ready.
    weights
        Pretrained weights that are allowed and on this computer: name -> verified file.
    """

    plugin: str
    name: str
    train: str
    valid: str
    task: TaskFacts
    limits: Limits
    params: dict[str, Json] = field(default_factory=dict)
    seed: int = 0
    n_threads: int = 2
    fit_limit_s: float | None = None
    preload: tuple[str, ...] = ()
    weights: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a run used.

    Parameters
    ----------
    wall_s, cpu_s
        Seconds of the whole tree of processes.
    peak_memory_mib
        The most that was resident at once.
    bytes_written
        The most that was seen in the scratch folder at once.
    fit_s, predict_s
        Clocked by the worker around these calls only.
    features_s
        Of `wall_s`, while the run waited for features that were computed for it; no limit counts these.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mib: float = 0.0
    bytes_written: int = 0
    fit_s: float = 0.0
    predict_s: float = 0.0
    features_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. Always a value: nothing the entrant's code does raises on the trusted side.

    Parameters
    ----------
    status
        ``done``; ``failed`` (its own error); ``limit`` (stopped by a limit); ``killed`` (cancelled by us).
    problem
        What to tell the entrant; None only when done or killed.
    limit
        Name of the limit that was reached, as in `Limits`.
    exit
        Exit code or signal, by name and meaning.
    usage
        What it used.
    sandbox
        Name of the sandbox that it ran in.
    """

    status: Status
    problem: Problem | None = None
    limit: str | None = None
    exit: str = ""
    usage: Usage = Usage()
    sandbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One named check of a plugin and what came of it.

    Parameters
    ----------
    name
        One or two words that stand at the start of a line: ``file``, ``fit``, ``same twice``.
    state
        ``not checked`` where it could not be tried; then `detail` says why.
    detail
        A few words for the line of the check.
    problem
        What to mend, where it failed.
    """

    name: str
    state: Literal["ok", "failed", "not checked"]
    detail: str = ""
    problem: Problem | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the plugin."""
        return self.state != "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Checks as they lie in ``checks.json``, in the order in which they were made."""

    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run is: what a progress line shows and a heartbeat carries.

    `features` are images done and images to do while features are computed for the run; None at other times. `returns`
    are the mean returns that an agent has logged.
    """

    phase: Literal["starting", "training", "predicting", "ending"] = "starting"
    epoch: int | None = None
    epochs: int | None = None
    loss: tuple[float, ...] = ()
    valid_accuracy: float | None = None
    features: tuple[int, int] | None = None
    returns: tuple[float, ...] = ()


def encode(value: Any) -> str:
    """JSON of a frozen dataclass, of tuples, dicts and plain values; keys in the order of the fields."""
    plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
    text = json.dumps(plain, ensure_ascii=False, default=datetime.isoformat)
    # Where the locale is ASCII, a path in other letters comes with halves of characters, which UTF-8 does not take.
    return text if _is_utf_8(text) else json.dumps(plain, default=datetime.isoformat)


def _is_utf_8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def decode(cls: type[T], text: str | bytes) -> T:
    """The `cls` that `text` describes.

    Raises
    ------
    ValueError
        If the text is not JSON, or a key or a type differs from the fields of `cls`; names the dotted path.
    """
    result: T = _build(cls, json.loads(text), cls.__name__)
    return result


def _build(hint: Any, value: Any, path: str) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build_dataclass(hint, value, path)
    if origin in (types.UnionType, typing.Union):
        return _build_union(args, value, path)
    if origin is Literal and value in args:
        return value
    if origin in (tuple, Sequence) and isinstance(value, list):
        kinds = (args[0],) * len(value) if origin is Sequence or args[-1] is Ellipsis else args
        if len(kinds) == len(value):
            return tuple(
                _build(kind, item, f"{path}.{i}") for i, (kind, item) in enumerate(zip(kinds, value, strict=True))
            )
    if origin in (dict, Mapping) and isinstance(value, dict):
        return {str(key): _build(args[1], item, f"{path}.{key}") for key, item in value.items()}
    if hint is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if hint is float and type(value) in (int, float):
        return float(value)
    if hint in (str, int, bool, type(None)) and type(value) is hint:
        return value
    raise ValueError(f"{path} is {value!r:.80}, not {hint}")


def _build_dataclass(cls: type, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{path} is {value!r:.80}, not an object")
    hints = _hints_of(cls)
    names = {f.name for f in dataclasses.fields(cls)}
    if unknown := value.keys() - names:
        raise ValueError(f"{path} has unknown keys: {', '.join(sorted(unknown))}")
    try:
        return cls(**{key: _build(hints[key], item, f"{path}.{key}") for key, item in value.items()})
    except TypeError as error:  # a required field is missing
        raise ValueError(f"{path}: {error}") from None


_hints_of = cache(get_type_hints)  # they are strings until then: reading them takes longer than all else here


def _build_union(kinds: tuple[Any, ...], value: Any, path: str) -> Any:
    for kind in kinds:
        try:
            return _build(kind, value, path)
        except ValueError:
            continue
    raise ValueError(f"{path} is {value!r:.80}, not one of {kinds}")
