"""What TOML is and is not, for people who write it once a term: where a file stops being TOML, and why."""

from __future__ import annotations

import json
import re
from typing import Any

from kit.errors import Problem

_MAX_SHOWN = 100
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TOML_WORDS = (
    ("Invalid value", "no value is here that TOML knows: text stands in quotation marks"),
    ("Invalid statement", "neither   key = value   nor   [section]"),
    ("Expected '=' after a key", "an equals sign is missing here:   key = value"),
    ("Expected newline", "one   key = value   on a line, and text in quotation marks"),
    ("Cannot overwrite a value", "this key is there twice"),
    ("Cannot declare", "this section is there twice"),
    ("Unescaped", "write   \\\\   for a backslash, or the text in single quotation marks"),
    ("Invalid hex value", "write   \\\\   for a backslash, or the text in single quotation marks"),
    ("Illegal character", "a quotation mark is missing before this character, or it is not allowed here"),
    ("Unterminated string", "a quotation mark is opened and not closed"),
    ("Unclosed array", "a bracket is opened and not closed"),
)


def no_toml(message: str, text: str, where: str) -> Problem:
    """The line at which a file stops to be TOML, with a caret."""
    lines = [line.replace("\t", " ").rstrip() for line in text.splitlines()]
    match = _PLACE.search(message)
    if match and match[1]:
        number, column = int(match[1]), int(match[2]) - 1
    else:  # the end: what is open there was opened on the last line with something on it, mostly
        number = max((i for i, line in enumerate(lines, start=1) if line), default=1)
        column = len(lines[number - 1])
    line = lines[number - 1] if number <= len(lines) else ""
    column = min(column, len(line))
    message = _PLACE.sub("", message)
    words = next((said for start, said in _TOML_WORDS if message.startswith(start)), message)
    return Problem(
        code="E004",
        message=f"{where} can't be read as TOML, line {number}",
        where=f"{where}:{number}",
        excerpt=f"{number} | {line}\n{' ' * len(str(number))} | {' ' * column}^ {words}",
        fix=(message == "Invalid value" and _quoted(line, column)) or "look at this line and at the one above it",
    )


def _quoted(line: str, column: int) -> str:
    """The line with its value in quotation marks, as it can be pasted; empty where that is not sure to be meant."""
    # Curly ones are what a word processor makes of straight ones.
    value = line[column:].strip("\"'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK} ")
    start = line[:column].rstrip() + " "
    if not value or set(value) & set("[]{},#"):
        return ""
    return start + (value.lower() if value.lower() in ("true", "false") else json.dumps(value, ensure_ascii=False))


def as_toml(value: Any) -> str:
    """A value as the file may write it, short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
