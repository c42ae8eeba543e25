"""``kit metrics``: the metrics there are, and what one of them measures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from kit.chosen_metric import is_file
from kit.cli import completion, screen
from kit.competition.toml import as_toml
from kit.errors import KitError
from kit.metrics.scikit_learn import PREFIX
from kit.plugin.manager import OURS, harness

if TYPE_CHECKING:
    from kit.metrics.base import Metric
    from kit.metrics.manual import Manual
    from kit.metrics.parameters import Parameter

COLUMNS = (
    "name", "greater_is_better", "needs", "summary", "best", "worst", "unit", "params", "source", "provider", "problem",
)  # fmt: skip
ANSWERS = {
    "labels": "classes",
    "probabilities": "probabilities",
    "values": "numbers",
    "ranking": "lists of names",
    "text": "texts",
    "returns": "an agent",
}
"""What is handed in for a metric, by its `Metric.needs`."""
_ROOM_FOR_ALL = 80  # columns
PROSE = ("summary", "definition", "notes", "returns")
_AS_ASKED = "as the competition asks"
_UNWRITTEN: dict[str, Any] = dict.fromkeys(("definition", "returns", "notes", "references", "examples"), "")
_UNWRITTEN |= {"parameters": []}
_ERRORS = "Of scorers greater is always better: errors have their sign turned, and names that begin with neg_."
_FILE = (
    "A file of your own beside competition.toml, with a function score(solution, submission, row_id_column_name) that "
    "returns a number. Which way is better stands in competition.toml."
)
_HOW_TO = "How to write one: docs/how-to/a-metric-of-your-own.md"


@click.command()
@click.argument("name", required=False, shell_complete=completion.metrics)
@screen.formats(csv=True)
def command(name: str | None, form: screen.Form) -> None:
    """Explain the metric NAME, with an example; without it, list all metrics."""
    if name is None:
        _show_list([_row(known) for known in harness().catalogue("register_metrics")], form)
        return
    explained = explanation(name)
    if form == "json":
        screen.show_json(explained)
    elif form == "csv":
        screen.show_csv(explained["parameters"], ("name", "takes", "default", "explanation"))
    else:
        screen.show("\n\n".join(_page(explained)))


def explanation(name: str) -> dict[str, Any]:
    """All that is known of a metric, as plain values: one of the list, a scorer of scikit-learn, or a file.

    Raises
    ------
    UsageError
        E001 if there is no metric of that name.
    """
    from kit.metrics.manual import manual
    from kit.metrics.parameters import make_metric, parameters

    if name.startswith(PREFIX):
        return _of_scikit_learn(name)
    if is_file(name):
        return _of_a_file(name)
    entry = harness().load("register_metrics", name)
    written = manual(entry)
    return _facts(make_metric(entry, {}), name) | {
        "definition": written.definition,
        "parameters": [_parameter(known, written) for known in parameters(entry)],
        "returns": written.returns,
        "notes": written.notes,
        "references": written.references,
        "examples": written.examples,
    }


def _of_scikit_learn(name: str) -> dict[str, Any]:
    from kit.metrics.scikit_learn import scorer

    metric = scorer(name.removeprefix(PREFIX))
    return _UNWRITTEN | _told(metric) | {"provider": "scikit-learn", "notes": _ERRORS}


def _of_a_file(name: str) -> dict[str, Any]:
    """What is known of a file of a host's own without running it."""
    facts = dict.fromkeys(COLUMNS) | {"name": name, "params": {}, "summary": _FILE, "source": _HOW_TO}
    return _UNWRITTEN | facts | {"provider": "a file beside competition.toml"}


def _row(name: str) -> dict[str, Any]:
    """One metric as plain values; one that can't be imported is a row too, with what is wrong."""
    from kit.metrics.parameters import make_metric

    try:
        return _facts(make_metric(harness().load("register_metrics", name), {}), name)
    except KitError as error:
        return dict.fromkeys(COLUMNS) | {"name": name, "params": {}, "problem": str(error)}


def _facts(metric: Metric, name: str) -> dict[str, Any]:
    return _told(metric) | {"name": name, "provider": harness().catalogue("register_metrics")[name].origin}


def _told(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "greater_is_better": metric.greater_is_better,
        "needs": metric.needs,
        "summary": metric.summary,
        "best": metric.best,
        "worst": metric.worst,
        "unit": metric.unit,
        "params": dict(metric.params),
        "source": metric.source,
        "problem": None,
    }


def _parameter(parameter: Parameter, written: Manual) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "takes": parameter.takes,
        "default": parameter.default,
        "explanation": written.parameters.get(parameter.name, ""),
    }


def _show_list(rows: list[dict[str, Any]], form: screen.Form) -> None:
    if form == "json":
        screen.show_json(rows)
        return
    if form == "csv":
        screen.show_csv([row | {"params": _written(row["params"])} for row in rows], COLUMNS)
        return
    table = [("name", "better", "answers", "what it tells")]
    for row in rows:
        if row["problem"]:
            table.append((row["name"], "", "", f"can't be used: {row['problem']}"))
        else:
            table.append((row["name"], direction(row), ANSWERS[row["needs"]], row["summary"]))
    if screen.width() < _ROOM_FOR_ALL:  # a name is there to be typed: rather a column less than a name cut off
        lines = screen.grid([(name, better, words) for name, better, _, words in table], gap=3, shrinks={2: 10, 0: 12})
    else:
        lines = screen.grid(table, gap=3, shrinks={3: 10, 0: 12})
    screen.show("\n".join(lines))
    screen.show(
        "\n" + "\n".join(screen.described([("kit metrics rmsle", "what one of them measures, with an example")]))
    )


def direction(row: Mapping[str, Any]) -> str:
    """Whether a higher or a lower score is better; of a file its competition says so."""
    if row["greater_is_better"] is None:
        return "higher or lower"
    return "higher" if row["greater_is_better"] else "lower"


def bounds(row: Mapping[str, Any]) -> str:
    """Between which ends a score lies: ``from 0 to 1``, ``from 0 on``, ``up to 1``."""
    if row["best"] is None:
        return "any number"
    low, high = sorted((row["best"], row["worst"]))
    if math.isinf(low):
        return "any number" if math.isinf(high) else f"up to {high:g}"
    return f"from {low:g} on" if math.isinf(high) else f"from {low:g} to {high:g}"


def in_toml(row: Mapping[str, Any]) -> str:
    """The lines of a ``competition.toml`` that choose this metric, with the parameters that it has without them."""
    lines = ["[metric]", f"name = {as_toml(row['name'])}"]
    if is_file(row["name"]) or row["name"].startswith(PREFIX):
        lines.append("greater_is_better = true" + ("   # or false" if row["greater_is_better"] is None else ""))
    return "\n".join([*lines, f"params = {{ {_written(row['params'])} }}"] if row["params"] else lines)


def blocks(text: str) -> Iterator[tuple[bool, str]]:
    """The paragraphs of a docstring's section, each with whether it is code: a doctest, or indented."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        yield paragraph.startswith((">>>", " ")), paragraph


def _written(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {as_toml(value)}" for name, value in params.items())


def _page(metric: dict[str, Any]) -> Iterator[str]:
    """The paragraphs of the explanation of one metric."""
    provider = "" if metric["provider"] == OURS else f"; from {metric['provider']}"
    facts = (
        f"{direction(metric)} is better, {bounds(metric)}; answers: {ANSWERS.get(metric['needs'], _AS_ASKED)}{provider}"
    )
    yield screen.filled(f"{metric['name']}  {facts}").replace(metric["name"], screen.bold(metric["name"]), 1)
    yield from map(_prose, filter(None, dict.fromkeys(metric[key] for key in PROSE)))
    if metric["parameters"]:
        yield screen.bold("Parameters")
        yield "\n".join(line for parameter in metric["parameters"] for line in _parameter_lines(parameter))
    if metric["examples"]:
        yield screen.bold("Example")
        yield _prose(metric["examples"])
    yield screen.bold("In competition.toml")
    yield _indented(in_toml(metric))
    yield screen.bold("Source")
    yield _prose(metric["references"] or metric["source"])


def _parameter_lines(parameter: Mapping[str, Any]) -> Iterator[str]:
    takes = parameter["takes"]
    yield f"  {screen.bold(parameter['name'])} = {as_toml(parameter['default'])}"
    yield from screen.labelled("", takes[:1].upper() + takes[1:] + ".", room=4)
    yield from screen.labelled("", _plain(" ".join(parameter["explanation"].split())), room=4)


def _prose(text: str) -> str:
    """A section for a terminal: paragraphs wrapped, examples as they are."""
    return "\n\n".join(_indented(part) if is_code else screen.filled(_plain(part)) for is_code, part in blocks(text))


def _plain(text: str) -> str:
    """With the marks that everybody knows, not those of reST: `code`, and no title in italics."""
    return re.sub(r"(?<![\w*])\*(\S[^*\n]*\S)\*(?![\w*])", r"\1", text.replace("``", "`"))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
