"""``python -m docs.generate`` writes the pages and drawings whose facts stand in the code; ``--check`` compares.

::

    docs/reference/commands.md        from click, with what is written by hand in docs/parts/commands/NAME.md
    docs/reference/codes.md           from kit/lessons and the tree of kit/errors.py
    docs/reference/metrics.md         from the docstrings of the functions that make them
    docs/reference/configuration.md   from the fields of kit.config.Config and the folders of kit/source/homes.py
    docs/explanation/figures/*.svg    from docs/figures.py

A page is its template in docs/parts with every ``{{ word }}`` replaced. A command needs no file of its own there; with
one it has a paragraph and an example, which run in the tests.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from docs.figures import drawings
from kit import config, errors
from kit.cli import BUG_EXIT_CODE, group
from kit.cli import metrics as of_metrics
from kit.cli.explain import GROUPS, lesson, titles
from kit.competition.toml import as_toml
from kit.plugin.manager import OURS, harness
from kit.source import homes
from leaderboard.commands.submit import TERMINATED_EXIT_CODE
from leaderboard.commands.verify import DIFFERENT_EXIT_CODE

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "docs" / "parts"
REFERENCE = ROOT / "docs" / "reference"
FIGURES = ROOT / "docs" / "explanation" / "figures"
_MARK = (
    "<!-- Written by python -m docs.generate from docs/parts/{name}: change that, or the code, and run it again. -->\n"
)
_SAID_ONCE = ("--help", "-h, --help")  # every command has it; the page says so above the first
_BLOCK_LABEL = re.compile(r"(?P<words>\w+|What to do|Check, [\w ]+)(: (?P<file>[\w.]+))?")
_TREE = re.compile(r"[├└]── (?P<name>\w+) +(?P<exit>\d+) +(?P<words>E\d.*)")


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` say which are not current; 1 if any is not, 2 for other arguments."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{'not current' if arguments else 'wrote'}  {path.relative_to(ROOT)}")
        if not arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(pages()[path], encoding="utf-8")
    return 1 if arguments and stale else 0


def pages() -> dict[Path, str]:
    """Every generated page as it should be: path -> text."""
    figures = {FIGURES / name: drawing for name, drawing in drawings().items()}
    return figures | {
        REFERENCE / "commands.md": _filled("commands.md", commands="\n\n".join(_commands()), exit_codes=_exit_codes()),
        REFERENCE / "codes.md": _filled("codes.md", codes="\n\n".join(_codes())),
        REFERENCE / "metrics.md": _filled("metrics.md", table=_metric_table(), metrics="\n\n".join(_metrics())),
        REFERENCE / "configuration.md": _filled("configuration.md", settings=_settings(), folders=_folders()),
    }


def _filled(name: str, **words: str) -> str:
    text = (PARTS / name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"{{{{ {word} }}}}", value)
    return f"{_MARK.format(name=name)}\n{text.rstrip()}\n"


def _commands() -> Iterator[str]:
    """A section for each command of ours; what other distributions register is theirs to document."""
    top = click.Context(group, info_name="kit")
    yield _options(group, top)
    for name, registered in harness().catalogue("register_commands").items():
        command = group.get_command(top, name)
        if registered.origin == OURS and command is not None and not command.hidden:
            yield from _command(command, click.Context(command, info_name=name, parent=top))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """The sections of a command and, where it is a group, of those within it."""
    named = [parameter.make_metavar(context).strip("[]") for parameter in command.params if _is_argument(parameter)]
    yield f"## `{' '.join([context.command_path, *named])}`"
    yield inspect.cleandoc(command.help or "").partition("\f")[0].strip()
    yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"
    if len(options := _options(command, context).splitlines()) > 2:
        yield "\n".join(options)
    by_hand = PARTS / "commands" / f"{'-'.join(context.command_path.split()[1:])}.md"
    if by_hand.exists():
        yield by_hand.read_text(encoding="utf-8").strip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def _options(command: click.Command, context: click.Context) -> str:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [(f"`{record[0]}`", record[1]) for record in records if record and record[1] and record[0] not in _SAID_ONCE]
    return _table(("option", ""), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _exit_codes() -> str:
    """What each exit code means: the tree of ``kit/errors.py``, and the codes that no error has."""
    rows = [("0", "done", ""), (str(BUG_EXIT_CODE), "a mistake in the kit", "")]
    rows += [(str(code), words, f"`{name}`") for name, code, words in _tree() if name != "LeaseLostError"]
    rows += [
        (str(DIFFERENT_EXIT_CODE), "`kit verify`: other answers than before", ""),
        (str(128 + signal.SIGINT), "Ctrl-C", ""),
        (str(TERMINATED_EXIT_CODE), "ended by SIGTERM; what was being scored waits in the queue", ""),
    ]
    return _table(("exit code", "meaning", "class"), rows)


def _tree() -> list[tuple[str, int, str]]:
    """(class, exit code, what the picture at the top of ``kit/errors.py`` says of it)."""
    found = [_TREE.search(line) for line in (errors.__doc__ or "").splitlines()]
    return [(m["name"], int(m["exit"]), re.sub(r" {2,}", "; ", _in_words(m["words"]))) for m in found if m]


def _in_words(text: str) -> str:
    """``E0xx   a command`` as ``E0xx: a command``."""
    return re.sub(r"(E\d\w\w) +", r"\1: ", text)


def _codes() -> Iterator[str]:
    """A section for each group of codes, with the lesson on each."""
    exits = {digit: (name, code) for name, code, words in _tree() for digit in re.findall(r"E(\d)xx", words)}
    known = titles()
    for digit, title in GROUPS.items():
        codes = [code for code in known if code[1] == digit]
        if not codes:
            continue
        name, exit_code = exits[digit]
        yield f"## E{digit}xx: {title[:1].lower()}{title[1:]}"
        yield f"Exit code {exit_code}, `kit.errors.{name}`."
        yield from (_lesson(code, known[code]) for code in codes)


def _lesson(code: str, title: str) -> str:
    body = lesson(code).partition("\n")[2].strip("\n")
    return f"### {code} {title}\n\n{_fenced(body)}"


def _fenced(body: str) -> str:
    """A lesson in Markdown: what is indented becomes a block, a word or two right above it its label."""
    lines: list[str] = []
    is_block = False
    for line in [*body.splitlines(), ""]:
        if line.startswith("    ") and not is_block:
            lines = [*_label(lines), "", "```text"]
        if is_block and line and not line.startswith("    "):
            lines = [*_without_blank_end(lines), "```", ""]
        is_block = line.startswith("    ") or (is_block and not line)
        lines.append(line[4:] if is_block else line)
    if is_block:
        lines = [*_without_blank_end(lines), "```"]
    return "\n".join(lines).strip("\n")


def _label(lines: list[str]) -> list[str]:
    if lines and (match := _BLOCK_LABEL.fullmatch(lines[-1])):
        file = f" `{match['file']}`" if match["file"] else ""
        return [*lines[:-1], f"**{match['words']}**{file}"]
    return _without_blank_end(lines)


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _our_metrics() -> list[Mapping[str, Any]]:
    """What is known of each metric of ours."""
    found = harness().catalogue("register_metrics")
    return [of_metrics.explanation(name) for name, registered in found.items() if registered.origin == OURS]


def _metric_table() -> str:
    rows = [
        (
            f"[`{metric['name']}`](#{metric['name']})",
            of_metrics.direction(metric),
            of_metrics.ANSWERS[metric["needs"]],
            metric["summary"],
        )
        for metric in _our_metrics()
    ]
    return _table(("name", "better", "answers", "what it tells"), rows)


def _metrics() -> Iterator[str]:
    """A section for each metric."""
    for metric in _our_metrics():
        yield f"## `{metric['name']}`"
        yield f"{metric['summary']} {of_metrics.direction(metric).capitalize()} is better, {of_metrics.bounds(metric)}."
        yield from (_in_markdown(metric[key]) for key in of_metrics.PROSE[1:] if metric[key])
        if metric["parameters"]:
            rows = [_parameter(parameter) for parameter in metric["parameters"]]
            yield _table(("parameter", "takes", "default", ""), rows)
        yield _in_markdown(metric["examples"])
        yield f"Source: {_in_markdown(metric['references'])}"


def _parameter(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    default = as_toml(parameter["default"])
    return (
        f"`{parameter['name']}`",
        parameter["takes"],
        f"`{default}`",
        " ".join(_in_markdown(parameter["explanation"]).split()),
    )


def _in_markdown(text: str) -> str:
    """A section of a docstring, its examples in blocks."""
    return "\n\n".join(
        f"```pycon\n{part}\n```" if is_code else part.replace("``", "`") for is_code, part in of_metrics.blocks(text)
    )


def _settings() -> str:
    """A row for each field of `kit.config.Config`: how it is written in both places, its default, what it does."""
    described = _attribute_docstrings(config)
    rows = []
    for setting in dataclasses.fields(config.Config):
        if setting.name != "origins":
            variable = config.variable_of(setting.name)
            written = f"`{variable}`" if variable else "none"
            rows.append((f"`{config.key_of(setting.name)}`", written, _default(setting), described[setting.name]))
    return _table(("key in kit.toml", "variable", "default", "what it does"), rows)


def _default(setting: dataclasses.Field[Any]) -> str:
    if setting.default in (None, "", dataclasses.MISSING):
        return "none"
    return f"`{str(setting.default).lower() if isinstance(setting.default, bool) else setting.default}`"


def _attribute_docstrings(module: Any) -> Mapping[str, str]:
    """Field -> the string that stands below it: what editors show, and Python itself does not keep."""
    tree = ast.parse(inspect.getsource(module))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Config"]
    found = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found


def _folders() -> str:
    """The two folders of data, in the words of the functions that find them."""
    rows = []
    for function in (homes.data_home, homes.cache_home):
        where, _, what = " ".join((function.__doc__ or "").split()).partition(": ")
        rows.append((where.replace("``", "`"), what.partition(";")[0].replace("``", "`")))
    return _table(("variable", "what lies there"), rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
