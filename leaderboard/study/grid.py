"""What a sweep is to try: every combination of the values that ``--set`` names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING

from kit.errors import Problem, UsageError
from kit.job import Json
from kit.plugin.settings import chosen, typed

if TYPE_CHECKING:
    from kit.plugin.settings import Parameters

MAX_RUNS = 64
"""More than that is asked for once more: a comma too many is an evening of computing."""


def read_grid(given: Sequence[str], known: Parameters, *, called: str) -> tuple[dict[str, Json], ...]:
    """Every combination of the values, the last name fastest, none twice.

    Parameters
    ----------
    given
        Texts such as ``hidden=1,8,64``; each value is read as ``kit run --set`` reads it.
    known
        The plugin's hyper-parameters.
    called
        How the entrant calls the plugin, for advice.

    Raises
    ------
    UsageError
        E015 if there is nothing to combine, a value is missing or a name comes twice; E009 for names and values that
        ``fit`` does not take, all of them at once.
    """
    if not given:
        raise UsageError(_nothing_to_try(known, called))
    names: list[str] = []
    texts: list[list[str]] = []
    for text in given:
        name, _, values = (part.strip() for part in text.partition("="))
        if name in names:
            raise UsageError(_twice(name))
        names.append(name)
        texts.append([value.strip() for value in values.split(",")] if "=" in text else [])
    columns = _read(names, texts, given, known)
    combined = [dict(zip(names, values, strict=True)) for values in product(*columns)]
    return tuple(combination for place, combination in enumerate(combined) if combination not in combined[:place])


def require_few(n_runs: int, *, agreed: bool) -> None:
    """Raise `UsageError` E015 where there are more than `MAX_RUNS` runs and nobody `agreed` to it."""
    if n_runs > MAX_RUNS and not agreed:
        message = f"that is {n_runs} runs, and a study has at most {MAX_RUNS} without being asked"
        why = "Every value multiplies the others, and each combination runs once for each seed."
        fix = "fewer values or seeds, or   --yes   to run them all"
        raise UsageError(Problem(code="E015", message=message, why=why, fix=fix))


def shown(settings: dict[str, Json]) -> str:
    """``hidden=8 lr=0.1``."""
    return " ".join(f"{name}={typed(value)}" for name, value in settings.items())


def _read(
    names: Sequence[str], texts: Sequence[Sequence[str]], given: Sequence[str], known: Parameters
) -> list[list[Json]]:
    problems: list[Problem] = []
    columns: list[list[Json]] = []
    for name, values, text in zip(names, texts, given, strict=True):
        if not name or not all(values):
            problems.append(_missing_value(name, text, known))
            continue
        column: list[Json] = []
        for value in values or [""]:
            try:
                column += chosen([f"{name}={value}" if values else text], known).values()
            except UsageError as error:
                problems += error.parts or (error.problem,)
                if name not in known.defaults:  # said once, not for each of its values
                    break
        columns.append(column)
    if problems:
        raise UsageError(problems[0], problems if len(problems) > 1 else ())
    return columns


def _nothing_to_try(known: Parameters, called: str) -> Problem:
    numbers = [name for name, value in known.values.items() if type(value) in (int, float)]
    listed = "   ".join(f"{name}={typed(value)}" for name, value in known.values.items())
    why = (
        f"fit takes   {listed}" if listed else "fit has no parameter with a default, and such parameters are settings."
    )
    name = next(iter(numbers), next(iter(known.values), "lr"))
    fix = f"kit sweep {called} --set {name}={_some_values(known.values.get(name))}"
    return Problem(code="E015", message="a sweep needs values to try", where=known.where, why=why, fix=fix)


def _some_values(default: Json | None) -> str:
    """Three values around a default, to be copied and changed."""
    if isinstance(default, bool):
        return "true,false"
    if isinstance(default, int):
        return ",".join(str(value) for value in dict.fromkeys((max(1, default // 2), default, max(2, 2 * default))))
    if isinstance(default, float):
        return ",".join(f"{value:.4g}" for value in (default / 10, default, 10 * default))
    return "VALUE,VALUE"


def _twice(name: str) -> Problem:
    fix = f"--set {name}=VALUE,VALUE   with a comma between"
    return Problem(code="E015", message=f"--set {name} is there twice: all its values belong together", fix=fix)


def _missing_value(name: str, text: str, known: Parameters) -> Problem:
    name = name or next(iter(known.defaults), "lr")
    fix = f"--set {name}=VALUE,VALUE   without blanks, and without a comma at the end"
    return Problem(code="E015", message=f"a value is missing in --set {text}", fix=fix)


def names_of(grid: Iterable[dict[str, Json]]) -> tuple[str, ...]:
    """The names that a grid sets."""
    return tuple(dict.fromkeys(name for settings in grid for name in settings))
