"""What the terminal writes: words, numbers and drawings."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.cli import screen
from kit.errors import ParticipantVisibleError, PluginError, Problem


@pytest.fixture(autouse=True)
def _as_kit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.cli.invocation.program", lambda *_: "kit")
    monkeypatch.setenv("COLUMNS", "100")


def test_an_error_reads_from_what_happened_to_what_to_do() -> None:
    problem = Problem(
        code="E203",
        message="predict() gave 100 answers for 107 images",
        where="plugins/my_cnn/plugin.py:41",
        expected="(107,) labels",
        got="(100, 10) float32",
        why="100 is a multiple of 50.",
        fix="drop_last=False",
    )

    assert screen.error_text(PluginError(problem)).splitlines() == [
        "\x1b[1mE203\x1b[0m  predict() gave 100 answers for 107 images              plugins/my_cnn/plugin.py:41",
        "      Expected  (107,) labels     Got  (100, 10) float32",
        "      Why   100 is a multiple of 50.",
        "      Fix   drop_last=False",
        "      More  kit explain E203",
    ]


def test_the_parts_of_an_envelope_stand_below_it_with_their_advice_in_one_column() -> None:
    parts = [
        Problem(code="E303", message="12 ids appear twice", fix="one row per id"),
        Problem(code="E305", message="3 ids are missing (first: 2981)", fix="the answer for every id"),
    ]
    error = ParticipantVisibleError(Problem(code="E301", message="preds.csv: 2 things to fix"), parts)

    assert screen.error_text(error).splitlines()[1:] == [
        "      E303  12 ids appear twice              -> one row per id",
        "      E305  3 ids are missing (first: 2981)  -> the answer for every id",
        "      More  kit explain E303",
    ]


def test_a_place_that_does_not_fit_beside_the_message_gets_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    problem = Problem(code="E201", message="fit() returned nothing", where="plugins/my_cnn/plugin.py:12")

    assert screen.error_text(PluginError(problem)).splitlines()[1] == "      at    plugins/my_cnn/plugin.py:12"


@pytest.mark.parametrize("columns", ["60", "80", "100"])
def test_code_in_a_fix_is_not_broken(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    code = "if run.seconds_left < 21: break"
    fix = f"epochs=7 fits; or use run.seconds_left to stop in time before the limit comes:   {code}"

    lines = screen.error_text(PluginError(Problem(code="E206", message="stopped", fix=fix))).splitlines()

    assert any(line.endswith(code) for line in lines)


def test_what_a_stranger_wrote_can_not_move_the_cursor() -> None:
    assert "\x1b" not in screen.clean("\x1b[2Jhello")


def test_a_name_is_shown_as_its_letters_are_joined() -> None:
    name = "علی\u200cرضا"  # noqa: RUF001 - as it is written
    assert screen.fitted(name, 7) == name


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.979, "share", "97.9 %"),
        (1.0, "share", "100.0 %"),
        (0.9999, "share", "99.9 %"),
        (0.91234, "value", "0.9123"),
        (500.0, "value", "500.0"),
        (1e300, "value", "1e+300"),
        (1e300, "share", "1e+300 %"),
    ],
)
def test_a_score_is_written_in_its_unit(value: float, unit: screen.Unit, text: str) -> None:
    assert screen.score(value, unit) == text


def test_an_interval_is_a_bar_with_the_score_where_it_lies() -> None:
    assert screen.interval_bar(0.952, 0.979, 0.991, "share", widest=0.078) == "95.2 --●- 99.1"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 2))
def test_every_bar_holds_one_score(a: float, b: float, c: float, widest: float) -> None:
    lo, value, hi = sorted((a, b, c))

    bar = screen.interval_bar(lo, value, hi, "value", widest=max(widest, hi - lo))

    assert bar.count("●") == 1
    assert bar.count("-") >= 2


@given(st.lists(st.floats()), st.integers(1, 20))
@example([1.7976931348623157e308, -9.9792015476736e291], 2)  # whose difference is infinite
def test_a_sparkline_fits_its_room_whatever_the_losses_are(losses: list[float], room: int) -> None:
    assert len(screen.sparkline(losses, cells=room)) == min(len(losses), room)


def test_a_sparkline_falls_from_high_to_low() -> None:
    assert screen.sparkline([8.0, 4.0, 2.0, 1.0]) == "█▄▂▁"


def test_a_loss_that_is_no_number_is_seen() -> None:
    assert screen.sparkline([2.3, float("nan")]) == "▁x"


@pytest.mark.parametrize(
    ("seconds", "text"), [(3, "now"), (300, "5 min"), (7300, "2 h"), (100_000, "1 d"), (-1, "now")]
)
def test_ages_are_one_number_and_a_unit(seconds: float, text: str) -> None:
    assert screen.age(seconds) == text


def test_wide_characters_keep_columns_aligned() -> None:
    lines = screen.grid([("チーム", "1"), ("abc", "2")], indent=0)

    assert lines == ["チーム  1", "abc     2"]


def test_a_grid_that_fits_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    assert screen.grid([("a" * 30, "b" * 25)], gap=3, shrinks={0: 8}) == [f"  {'a' * 30}   {'b' * 25}"]


def test_a_grid_gives_blanks_then_columns_in_the_order_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    [line] = screen.grid([("a" * 40, "b" * 30, "c" * 20)], gap=3, shrinks={1: 8, 0: 5})

    assert line == f"  {'a' * 25}…  {'b' * 7}…  {'c' * 20}"
    assert len(line) == 60


def test_what_describes_a_command_stands_below_it_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    assert screen.described([("a" * 20, "what it is")]) == [f"  {'a' * 20}    what it is"]
    assert screen.described([("a" * 50, "what it is")]) == [f"  {'a' * 50}", "      what it is"]


@pytest.mark.parametrize(("n", "text"), [(12, "12 B"), (41_400, "41.4 kB"), (3_200_000, "3.2 MB")])
def test_sizes_have_the_unit_that_shows_them(n: int, text: str) -> None:
    assert screen.size(n) == text


def test_glyphs_that_the_encoding_does_not_have_become_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    screen.show("95.2 --●- 99.1  █▄▁ …")
    sys.stdout.flush()

    assert raw.getvalue() == b"95.2 --o- 99.1  #~_ ...\n"


def test_no_name_and_no_setting_can_steer_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    screen.show(f"{screen.bold('Next')}  kit run plugins/\x1b[2J\x9b2J\u202ex")
    screen.show_json({"plugin": "\x9b2J\u202e"})

    assert capsys.readouterr().out == (
        '\x1b[1mNext\x1b[0m  kit run plugins/[2J2Jx\n{\n  "plugin": "\\u009b2J\\u202e"\n}\n'
    )


def test_json_has_null_where_a_number_is_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_json({"loss": [1.0, float("nan")]})

    assert '"loss": [\n    1.0,\n    null\n  ]' in capsys.readouterr().out
