"""What is written of a metric, in the docstring of the function that makes it: its only source."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kit.metrics.base import Metric
from kit.metrics.parameters import Entry

_SECTION = re.compile(r"^([A-Z]\w+)\n-{3,}\n", re.MULTILINE)
_PARAMETER = re.compile(r"^(\w+)\n((?: .*\n?|\n)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """The sections of a docstring as text, with reST's double backticks; empty where there is none.

    Parameters
    ----------
    definition
        Its first sentence.
    parameters
        Name -> what it does.
    returns
        Range, direction and unit.
    notes
        The formula, what a submission holds, and what becomes of every odd case: paragraphs.
    references
        Where all this is from.
    examples
        A doctest, with words between.
    """

    definition: str
    parameters: Mapping[str, str]
    returns: str
    notes: str
    references: str
    examples: str


def manual(entry: Entry) -> Manual:
    """What is written of a catalogue's entry; of a `Metric` that no function makes, what it says itself."""
    if isinstance(entry, Metric):
        return Manual(
            definition=entry.summary, parameters={}, returns="", notes="", references=entry.source, examples=""
        )
    definition, *rest = _SECTION.split(inspect.getdoc(entry) or "")
    sections = {name: text.strip("\n") for name, text in zip(rest[::2], rest[1::2], strict=True)}
    return Manual(
        definition=" ".join(definition.split()),
        parameters={name: inspect.cleandoc(text) for name, text in _PARAMETER.findall(sections.get("Parameters", ""))},
        returns=inspect.cleandoc(sections.get("Returns", "").partition("\n")[2]),
        notes=sections.get("Notes", ""),
        references=sections.get("References", ""),
        examples=sections.get("Examples", ""),
    )
