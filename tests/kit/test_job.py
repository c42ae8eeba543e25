"""The codec of what crosses the border: a law for what is ours, and a refusal for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Problem
from kit.job import Outcome, Progress, Usage, decode, encode
from kit.submission import Form

usages = st.builds(Usage, wall_s=st.floats(0, 1e6), bytes_written=st.integers(0, 2**60))
problems = st.builds(Problem, code=st.just("E202"), message=st.text(), excerpt=st.text())
outcomes = st.builds(
    Outcome,
    status=st.sampled_from(["done", "failed", "limit", "killed"]),
    problem=st.none() | problems,
    limit=st.none() | st.text(),
    usage=usages,
)


@given(outcomes)
def test_what_is_encoded_is_decoded_to_the_same(outcome: Outcome) -> None:
    assert decode(Outcome, encode(outcome)) == outcome


def test_a_sequence_is_decoded_as_a_tuple() -> None:
    form = Form(
        competition="pets",
        row_id_column_name="id",
        row_ids=["a", "b"],
        columns=("label",),
        needs="labels",
        classes=("x",),
    )

    assert decode(Form, encode(form)).row_ids == ("a", "b")


def test_a_path_as_an_ascii_locale_reads_it_can_be_written_and_comes_back() -> None:
    path = "Übung".encode().decode("ascii", "surrogateescape")

    written = encode({"path": path}).encode()

    assert decode(dict[str, str], written) == {"path": path}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"phase": "flying"}', "Progress.phase"),
        ('{"loss": [1, "2"]}', "Progress.loss.1"),
        ('{"epoch": true}', "Progress.epoch"),
        ('{"score": 1}', "unknown keys: score"),
        ("[]", "not an object"),
        ("{", "Expecting"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        decode(Progress, text)


def test_a_missing_field_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="message"):
        decode(Problem, '{"code": "E202"}')
