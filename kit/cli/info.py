"""``kit info``: what a competition is: data, metric, rules, and a look at some rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import click

from kit.cli import completion, screen
from kit.cli.competitions import as_held, ends
from kit.cli.place import begin_in_class, class_board, local_option, workspace
from kit.cli.progress import LiveLine
from kit.competition import Competition
from kit.plugin.manager import harness
from kit.starter import STARTERS
from kit.workspace import Workspace

if TYPE_CHECKING:  # NumPy is behind them, and completion in the shell imports this module
    from kit.dataset import Column, Dataset
    from kit.job import Space
    from kit.metrics.base import Metric
    from kit.prepare import Prepared, PublicFacts

_LABEL = 10
_SHOWN_IMAGES = 10
_SHOWN_COLUMNS = 12
_SPLITS = {
    "official": "the source says which rows are test",
    "contiguous": "by the source's order: the end of it is the test part",
    "stratified": "drawn by row id, with the same shares of the classes in every part",
    "grouped": "whole groups are drawn: what belongs together is in one part",
    "temporal": "by time: learn from the past, predict what comes last",
    "hashed": "each row by a digest of its own: rows that are added move no other",
}
_SPLITS_OF_FILES = "which of the rows are public is not told"
_FEEDBACK = {
    "rounded": "public scores are rounded to what so many rows can tell",
    "ladder": "of public scores you are told only what is a clear improvement on your own best",
}
_FEW_ROWS = 10
_MAX_LISTED = 8


@click.command()
@click.argument("name", required=False, shell_complete=completion.competitions)
@local_option()
@screen.formats()
def command(name: str | None, is_local: bool, form: screen.Form) -> None:
    """Tell what NAME asks, how it is scored and what is allowed, with sample rows."""
    from kit.dataset import Dataset

    if (joined := class_board(is_local=is_local)) is not None:
        _show_of_class(joined, name, form)
        return
    here = workspace()
    chosen, _ = here.choose_competition(name)
    board = harness().hook.open_board(workspace=here)
    competition = as_held(here, chosen, board)
    board.close()
    with LiveLine() as line:
        prepared = here.prepared(chosen, on_progress=line.say)
    facts, metric = prepared.facts, here.metric(chosen)
    baselines = here.baselines(chosen)
    has_rows = facts.task.environment is None and not facts.files_only
    train = prepared.rows("train") if has_rows else None
    assert train is None or isinstance(train, Dataset)
    if form == "json":
        screen.show_json(as_json(competition, metric, prepared, baselines, train))
        return
    screen.show(f"{screen.bold(chosen)}   {competition.title}\n")
    show_lines(lines(here, competition, metric, prepared, baselines, train))
    if train is not None:
        screen.show()
        _show_rows(train, facts)
    _show_next(here, chosen, competition)


def _show_of_class(joined: Any, name: str | None, form: screen.Form) -> None:
    """What the class says of its competition."""
    begin_in_class(joined)
    chosen, _ = joined.choose((name, "named"))
    told = joined.about(chosen)
    if form == "json":
        screen.show_json(told)
        return
    screen.show(f"{screen.bold(chosen)}   {told['title']}\n")
    show_lines(told["lines"] | {"Ends": [joined.competition(chosen).ends.removeprefix("ends ")]})
    data = [(f"kit data {chosen}", "the files, for a notebook")] if told["files"] else []
    rows = [*data, (f"kit submit PATH -c {chosen}", "send something"), (f"kit leaderboard {chosen}", "who is where")]
    screen.show("\n" + "\n".join(screen.described(rows)))


def show_lines(told: Mapping[str, Sequence[str]]) -> None:
    """Write what `lines` gives: sentences beside their labels."""
    for label, texts in told.items():
        shown = (screen.labelled("" if i else label, text, room=_LABEL) for i, text in enumerate(texts))
        screen.show("\n".join(line for part in shown for line in part))


def lines(
    here: Workspace,
    c: Competition,
    metric: Metric,
    prepared: Prepared,
    baselines: dict[str, Any],
    train: Dataset | None,
    *,
    is_for_host: bool = True,
) -> dict[str, list[str]]:
    """What a competition is: label -> sentences. Where files of the host's lie is told `is_for_host` only."""
    facts = prepared.facts
    better = "higher" if metric.greater_is_better else "lower"
    score = [f"{_called(metric)}, {better} is better: {metric.summary[:1].lower()}{metric.summary[1:]}"]
    if known := _in_words(baselines, metric, facts):
        score.append(known)
    environment = facts.task.environment
    if environment is not None and environment.reward_threshold is not None:
        line = screen.score(environment.reward_threshold, metric.unit)
        score.append(f"solved from {line} on: said where the whole 95 % interval is above it")
    parts = f"train {facts.n_train}   valid {facts.n_valid}   public test {facts.n_public} (hidden)"
    if facts.files_only:
        parts = f"public test {facts.n_public} (hidden)"
    data = [f"{parts}   private test {facts.n_private} (hidden)", *_few(facts)]
    if is_for_host:
        data += _left_out(here, facts)
    told = {
        "Input": _files(prepared) if facts.files_only else [_input(train)] if train is not None else _seen(facts),
        "Answer": _columns(facts, metric)
        if facts.files_only
        else _answer(facts)
        if train is not None
        else _acts(facts),
        "Score": score,
        "Data": data,
        "Split": [_SPLITS_OF_FILES if facts.files_only else _SPLITS.get(c.split.method, c.split.method)],
        "Limits": [_limits(c)],
        "Ends": [ends(c, here)],
    }
    if c.leaderboard.feedback in _FEEDBACK:
        told["Feedback"] = [_FEEDBACK[c.leaderboard.feedback]]
    if environment is not None:
        counts = f"valid {facts.n_valid}   public {facts.n_public} (hidden)   private {facts.n_private} (hidden)"
        told["Data"] = [f"episodes: {counts}"]
        told["Split"] = ["each episode has a seed of its own, which no plugin sees; learn with seeds of your choice"]
    if c.practice and environment is not None:
        told["Practice"] = ["the seeds can be reckoned: a place here shows practice, not honesty"]
    elif c.practice:
        told["Practice"] = ["the answers to these test rows are public: a place here shows practice, not honesty"]
    return told


def _few(facts: PublicFacts) -> list[str]:
    """What a board on a handful of rows is worth; `hashed` and small tables end there without a word."""
    counts = {"public": facts.n_public, "private": facts.n_private}
    few = {part: n for part, n in counts.items() if n < _FEW_ROWS}
    return [f"{screen.count(n, f'{part} row')} can't tell two teams apart" for part, n in few.items()]


def _left_out(here: Workspace, facts: PublicFacts) -> list[str]:
    if not facts.n_left_out:
        return []
    file = here.state / "prepared" / facts.name / "private" / "left_out.txt"
    return [f"{screen.count(facts.n_left_out, 'file')} could not be used, for the host: {file}"]


def _files(prepared: Prepared) -> list[str]:
    """What is handed out, the first of it by name."""
    from kit.public_files import handed_out

    names = handed_out(prepared)
    more = [f"and {len(names) - _MAX_LISTED} more"] if len(names) > _MAX_LISTED else []
    return ["   ".join([*names[:_MAX_LISTED], *more])]


def _called(metric: Metric) -> str:
    """The metric with its parameters, but for the digest of its file, which nobody reads."""
    told = {name: value for name, value in metric.params.items() if name != "sha256"}
    return replace(metric, params=told).code if metric.tables is not None else metric.code


def _columns(facts: PublicFacts, metric: Metric) -> list[str]:
    """What stands in each column of a file of answers."""
    asked = ", ".join(facts.columns)
    if facts.task.needs in ("ranking", "text"):
        sort = "names separated by blanks, the best first" if facts.task.needs == "ranking" else "text"
        if metric.tables is not None:  # what they are, its file alone knows
            sort = "as in sample_submission.csv"
        texts = [name for name in facts.columns if name not in facts.numeric]
        told = [f"{', '.join(texts)}   {sort}"] if texts else []
        return [*told, f"{', '.join(facts.numeric)}   a number"] if facts.numeric else told
    if facts.task.classes:
        return [asked, *_answer(facts)]
    if facts.task.needs == "labels":
        return [f"{asked}   1 where the label fits, else 0"]
    return [f"{asked}   {'a probability' if facts.task.needs == 'probabilities' else 'a number'}"]


def _input(train: Dataset) -> str:
    from kit.dataset import Table

    if isinstance(train.storage, Table):
        return f"X   DataFrame with {screen.count(len(train.storage.columns), 'column')}, missing values kept"
    shape = ", ".join(map(str, train.storage.shape[1:]))
    return f"X   float32 (n, {shape}), 0 to 1"


def _seen(facts: PublicFacts) -> list[str]:
    environment = facts.task.environment
    assert environment is not None
    given = "".join(f", {name}={value}" for name, value in environment.kwargs.items())
    length = f", at most {environment.max_episode_steps} steps"
    return [f"{environment.id}{given}{length}", f"X   {_space(environment.observation)}"]


def _acts(facts: PublicFacts) -> list[str]:
    environment = facts.task.environment
    assert environment is not None
    return [f"an action for each row of X: {_space(environment.action)}"]


def _space(space: Space) -> str:
    if space.n:
        return f"{space.dtype} (n,), {space.start} to {space.start + space.n - 1}"
    said = f"{space.dtype} ({', '.join(map(str, ('n', *space.shape)))}{',' if not space.shape else ''})"
    ends = {(low, high) for low, high in zip(space.low, space.high, strict=True)}
    low, high = next(iter(ends), (-inf, inf))
    return f"{said}, {low:g} to {high:g}" if len(ends) == 1 and isfinite(low) and isfinite(high) else said


def _answer(facts: PublicFacts) -> list[str]:
    classes = facts.task.classes
    if not classes:
        return [f"y   a number   ({', '.join(facts.columns)})"]
    lines = [f"y   {'   '.join(classes) if len(classes) <= 20 else f'{len(classes)} classes'}"]
    if facts.positive_class is not None and facts.task.needs == "probabilities":
        lines.append(f'column "{facts.columns[0]}": the probability, 0 to 1, that it is {facts.positive_class} (y = 1)')
    elif facts.task.needs == "probabilities":
        lines.append("a probability for each class, in this order")
    return lines


def _limits(c: Competition) -> str:
    limits = c.limits
    tries = f"{screen.count(limits.submissions_per_day, 'submission')} a day"
    if c.takes_files_only:
        return f"{tries}, of files"
    said = [
        tries,
        f"{limits.time_limit_s:g} s for fit and predict",
        f"{limits.memory_limit_mib / 1024:g} GiB of memory",
    ]
    return ", ".join(said)


def _in_words(baselines: dict[str, Any], metric: Metric, facts: PublicFacts) -> str:
    said = [f"perfect {_best(metric)}"] if isfinite(metric.best) else []
    for name, scores in baselines.items():
        if (value := scores.get("public")) is not None:
            same = "always the same action" if facts.task.environment is not None else "always the same answer"
            what = same if name == "constant" else f"{name} baseline"
            said.append(f"{what} {screen.score(value, metric.unit)}")
    return "      ".join(said)


def _best(metric: Metric) -> str:
    return f"{100 * metric.best:g} %" if metric.unit == "share" else f"{metric.best:g}"


def _show_rows(train: Dataset, facts: PublicFacts) -> None:
    from kit.cli.drawing import drawn_side_by_side
    from kit.dataset import Table

    if isinstance(train.storage, Table):
        table = [("column", "type", "missing", "for example")]
        table += [_column(column) for column in train.storage.columns[:_SHOWN_COLUMNS]]
        screen.show("\n".join(screen.grid(table, gap=3, shrinks={3: 10, 0: 10})))
        more = len(train.storage.columns) - _SHOWN_COLUMNS
        if more > 0:
            screen.show(f"  and {screen.count(more, 'more column')}")
    else:
        chosen = _one_of_each(train, facts)
        names = [facts.task.classes[train.y[i]] if facts.task.classes else "" for i in chosen]
        screen.show("\n".join(drawn_side_by_side([train.uint8[i] for i in chosen], names, room=screen.width() - 4)))


def _one_of_each(train: Dataset, facts: PublicFacts) -> list[int]:
    """Rows to show: the first of each class, as many as fit on a line."""
    import numpy as np

    if not facts.task.classes:
        return list(range(min(_SHOWN_IMAGES, len(train))))
    _, first = np.unique(train.y, return_index=True)
    return [int(i) for i in first[:_SHOWN_IMAGES]]


def _column(column: Column) -> tuple[str, str, str, str]:
    import numpy as np

    if column.dtype == "number":
        missing = np.isnan(column.data)
        some = ", ".join(f"{value:.4g}" for value in column.data[~missing][:3])
    elif column.dtype == "time":
        times = column.data.astype(np.int64).view("datetime64[ns]")
        missing = np.isnat(times)
        some = ", ".join(str(time)[:16] for time in times[~missing][:2])
    else:
        missing = column.data < 0
        some = " | ".join(column.values[:3])  # texts may hold commas
    return (column.name, column.dtype, f"{100 * float(missing.mean()):.0f} %", screen.fitted(some, 40))


def _show_next(here: Workspace, name: str, competition: Competition) -> None:
    model = STARTERS.get(competition.kind.partition("-")[0], ("my_model",))[0]
    found = here.models.get(model)
    start = (f"kit new {model} -c {name}", "a plugin to begin with")
    if found is not None and found.level == "workspace":
        start = (f"kit submit {model} -c {name}", "send the starter, then edit it")
    csv = "" if competition.takes_files_only else " --csv"
    rows = [
        *([] if competition.takes_files_only else [start]),
        *([(f"kit data {name}{csv}", "the files, for a notebook")] if competition.kind != "agent" else []),
        (f"kit leaderboard {name}", "who is where"),
    ]
    screen.show("\n" + "\n".join(screen.described(rows)))


def as_json(
    competition: Competition, metric: Metric, prepared: Prepared, baselines: dict[str, Any], train: Dataset | None
) -> dict[str, Any]:
    """The same as values, under stable keys."""
    from dataclasses import asdict

    facts = asdict(prepared.facts)
    task = facts.pop("task")
    columns = [
        {"name": column.name, "dtype": column.dtype} for column in getattr(train and train.storage, "columns", ())
    ]
    return {
        **facts,
        "title": competition.title,
        "summary": competition.summary,
        "practice": competition.practice,
        "task": task,
        "metric": {
            "name": metric.name,
            "params": dict(metric.params),
            "greater_is_better": metric.greater_is_better,
            "unit": metric.unit,
            "best": metric.best if isfinite(metric.best) else None,
        },
        "split": competition.split.method,
        "limits": asdict(competition.limits),
        "schedule": {
            key: time.isoformat() if hasattr(time, "isoformat") else time
            for key, time in asdict(competition.schedule).items()
        },
        "baselines": baselines,
        "features": columns,
    }
