"""The verdict: each kind from the numbers that a student sees, and laws that hold for all of them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.verdict import SETTINGS, confusion, kept
from leaderboard.verdict import Evidence, judge

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "verdict.md"

IMAGES = Evidence(
    train=0.986,
    train_interval=(0.974, 0.992),
    valid=0.968,
    valid_interval=(0.936, 0.984),
    reference=0.985,
    constant=0.103,
    greater_is_better=True,
    unit="share",
    n_classes=10,
    losses=(2.1, 0.9, 0.4, 0.2, 0.1),
    valid_losses=(2.2, 1.0, 0.5, 0.3, 0.2),
)
PRICES = Evidence(
    train=53.4,
    train_interval=(50.0, 57.0),
    valid=55.0,
    valid_interval=(48.0, 62.0),
    reference=53.0,
    constant=77.0,
    greater_is_better=False,
    unit="value",
)
shares = st.floats(0, 1)
losses = st.lists(st.floats(1e-6, 1e6), max_size=30).map(tuple)


def test_a_small_gap_is_appropriate_and_the_numbers_are_said() -> None:
    verdict = judge(IMAGES)

    assert verdict.kind == "appropriate"
    assert verdict.because == "train 98.6 %, valid 96.8 %, the 1.8 point gap is within noise"


def test_a_gap_that_is_more_than_noise_may_still_be_small() -> None:
    assert "the 3.6 point gap is small" in judge(replace(IMAGES, valid=0.95, valid_interval=(0.94, 0.96))).because


@pytest.mark.parametrize(
    "change",
    [
        {"train": 0.11, "valid": 0.1, "losses": (2.4,)},
        {"train": 0.11, "valid": 0.1, "losses": (9.0,), "one_answer": True},
        {"train": 0.5, "valid": 0.5, "losses": (0.4,)},
        {"valid": 0.5, "losses": (0.4,)},
        {"losses": (math.nan,)},
    ],
)
def test_who_does_not_learn_in_steps_is_told_nothing_of_rates_and_epochs(change: dict[str, Any]) -> None:
    verdict = judge(replace(IMAGES, in_steps=False, valid_losses=(), **change))

    assert verdict.kind != "appropriate"
    assert verdict.advice
    assert not any(word in f"{verdict.because} {verdict.advice}" for word in ("rate", "epoch", "longer"))


def test_a_gap_of_an_error_is_said_as_it_is() -> None:
    assert "the gap of 1.6 is within noise" in judge(PRICES).because


def test_a_score_between_zero_and_one_that_is_shown_as_it_is_is_a_share_all_the_same() -> None:
    verdict = judge(replace(IMAGES, unit="value", train=0.9, valid=0.89))

    assert verdict.kind == "under-fitting"
    assert verdict.because.startswith("train 0.9000, and the simple baseline gets 0.9850 on the same rows")


def test_a_nearly_perfect_baseline_does_not_make_every_gap_a_large_one() -> None:
    log_loss = replace(PRICES, train=0.0005, valid=0.001, reference=0.0001, constant=0.66)

    assert judge(replace(log_loss, train_interval=None, valid_interval=None)).kind == "appropriate"


def test_a_gap_that_is_small_beside_the_distance_to_the_baseline_is_under_fitting() -> None:
    assert judge(replace(IMAGES, train=0.55, valid=0.43, valid_interval=(0.37, 0.50))).kind == "under-fitting"


def test_rows_that_are_harder_in_training_are_not_known_by_heart() -> None:
    assert judge(replace(IMAGES, losses=(2.0, 0.3, 0.3), valid_losses=(2.0, 0.1, 0.2))).kind == "appropriate"


def test_a_loss_that_is_never_below_a_guess_is_not_learning() -> None:
    verdict = judge(replace(IMAGES, train=0.5, losses=(2.4, 2.31, 2.305)))

    assert verdict.kind == "not learning"
    assert verdict.because == "the loss was never below 2.30, which guessing among 10 classes costs"


def test_a_loss_that_is_a_sum_is_no_proof_against_a_good_train_score() -> None:
    assert judge(replace(IMAGES, losses=(900.0, 200.0, 40.0))).kind == "appropriate"


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_loss_that_is_not_a_number_is_not_learning(broken: float) -> None:
    verdict = judge(replace(IMAGES, losses=(2.1, 5.0, broken, broken)))

    assert (verdict.kind, verdict.because) == ("not learning", "the loss was not a number from epoch 3 on")
    assert "smaller learning rate" in verdict.advice


def test_a_rising_loss_is_not_learning_where_values_are_predicted_too() -> None:
    verdict = judge(replace(PRICES, train=70.0, losses=(10.0, 40.0, 90.0)))

    assert (verdict.kind, verdict.because) == ("not learning", "the loss did not fall: 10 at first, 90 at last")


def test_a_train_score_no_better_than_the_constant_is_not_learning_without_a_curve() -> None:
    verdict = judge(replace(IMAGES, train=0.11, valid=0.12, losses=(), valid_losses=()))

    assert verdict.kind == "not learning"
    assert verdict.because == "train 11.0 %, and always giving the same answer has 10.3 %"


def test_the_constant_is_beaten_by_chance_on_few_rows_and_not_with_an_error() -> None:
    lucky = replace(IMAGES, train=0.15, train_interval=(0.09, 0.23), valid=0.1)
    beginning = replace(PRICES, train=74.0, train_interval=(70.0, 78.0), valid=75.0)

    assert judge(lucky).kind == "not learning"
    assert judge(beginning).kind == "under-fitting"


def test_a_loss_that_falls_while_the_score_stays_that_of_a_constant_asks_after_the_labels() -> None:
    assert "own label" in judge(replace(IMAGES, train=0.11, valid=0.12)).advice


def test_one_answer_to_everything_is_a_model_too_small_or_dead_whatever_its_last_batch_cost() -> None:
    noisy = (0.95, 1.2, 1.4, 1.1, 0.9, 1.3, 1.0, 1.2, 0.8, 1.46)
    verdict = judge(replace(PRICES, train=77.0, valid=78.0, losses=noisy, one_answer=True))

    assert (verdict.kind, verdict.cause) == ("not learning", "one answer")
    assert "it is too small, or its units are dead" in verdict.because
    assert "rate" not in verdict.advice


def test_a_huge_first_loss_and_one_answer_are_a_rate_that_is_far_too_high() -> None:
    huge = (14_900.0, 2.9, 2.5, 2.31, 2.31)
    verdict = judge(replace(IMAGES, train=0.10, valid=0.09, losses=huge, one_answer=True))

    assert (verdict.kind, verdict.cause) == ("not learning", "rate too high")
    assert "the first loss was 1.49e+04, and a guess costs 2.30" in verdict.because


@pytest.mark.parametrize(
    ("losses", "valid_losses"),
    [((2.31, 2.29, 2.33, 2.30, 2.32), (2.305,) * 5), ((2.31, 2.30, 2.32, 2.305), ())],
)
def test_a_loss_that_does_not_move_asks_after_backward_and_step(
    losses: tuple[float, ...], valid_losses: tuple[float, ...]
) -> None:
    verdict = judge(replace(IMAGES, train=0.08, valid=0.09, losses=losses, valid_losses=valid_losses))

    assert verdict.cause == "no step"
    assert "the weights did not change: is there a backward() and a step()?" in verdict.because


def test_a_train_score_below_the_baseline_is_under_fitting() -> None:
    verdict = judge(replace(IMAGES, train=0.93, valid=0.92))

    assert verdict.kind == "under-fitting"
    assert "train 93.0 %, and the simple baseline gets 98.5 % on the same rows" in verdict.because


def test_a_loss_that_still_falls_asks_to_train_longer() -> None:
    falling = replace(IMAGES, train=0.93, valid=0.92, losses=(2.2, 2.0, 1.8, 1.6, 1.4))

    assert "train longer" in judge(falling).advice
    assert "train longer" not in judge(replace(falling, losses=(2.2, 1.5, 1.41, 1.40, 1.40))).advice


def test_a_training_that_ended_while_both_losses_fell_is_under_fitting_whatever_the_gap_is() -> None:
    scores = replace(IMAGES, train=0.95, train_interval=(0.93, 0.96), valid=0.82, valid_interval=(0.77, 0.86))
    two_epochs = replace(scores, losses=(1.6, 0.7), valid_losses=(1.2, 0.8))

    assert judge(two_epochs).kind == "under-fitting"
    assert judge(replace(two_epochs, valid_losses=(0.8, 1.2))).kind == "over-fitting"


def test_an_error_above_that_of_the_baseline_is_under_fitting() -> None:
    verdict = judge(replace(PRICES, train=60.0, valid=61.0))

    assert verdict.kind == "under-fitting"
    assert verdict.because == "train 60.0, and the simple baseline gets 53.0 on the same rows (lower is better)"


def test_a_gap_beyond_noise_is_over_fitting() -> None:
    verdict = judge(replace(IMAGES, train=1.0, train_interval=(0.996, 1.0), valid=0.87))

    assert verdict.kind == "over-fitting"
    assert verdict.because == "train 100.0 %, valid 87.0 %, the 13.0 point gap is more than noise"


def test_a_valid_loss_that_rises_is_over_fitting_and_the_epoch_is_said() -> None:
    verdict = judge(replace(IMAGES, valid_losses=(0.9, 0.2, 0.21, 0.23, 0.25)))

    assert verdict.kind == "over-fitting"
    assert verdict.because == "the valid loss was 0.2 at epoch 2, its lowest, and 0.25 at last"
    assert "epoch 2" in verdict.advice


def test_epochs_are_called_as_the_plugin_calls_them() -> None:
    from_0 = replace(IMAGES, first_epoch=0)

    assert "at epoch 1," in judge(replace(from_0, valid_losses=(0.9, 0.2, 0.21, 0.23, 0.25))).because
    assert "from epoch 1 on" in judge(replace(from_0, losses=(2.1, math.nan))).because


def test_fewer_epochs_are_no_cure_while_the_valid_loss_falls() -> None:
    falling = replace(IMAGES, train=1.0, valid=0.87)

    assert "fewer epochs" not in judge(falling).advice
    assert "fewer epochs" in judge(replace(falling, valid_losses=(0.9, 0.4, 0.41))).advice


def test_a_valid_loss_that_rises_from_nothing_is_over_fitting() -> None:
    assert judge(replace(IMAGES, valid_losses=(0.9, 0.0, 0.0, 0.4, 0.4))).kind == "over-fitting"


def test_a_valid_score_that_a_constant_beats_is_never_appropriate_beside_a_good_train_score() -> None:
    verdict = judge(replace(PRICES, train=10.0, valid=78.0, valid_interval=(5.0, 300.0)))

    assert verdict.kind == "over-fitting"
    assert verdict.because == "train 10.0, valid 78.0, and always giving the same answer has 77.0"


def test_a_last_epoch_that_is_not_much_later_than_the_best_one_says_nothing() -> None:
    assert judge(replace(IMAGES, valid_losses=(0.9, 0.5, 0.4, 0.3, 0.2, 0.3))).kind == "appropriate"


def test_a_noisy_validation_set_allows_a_larger_gap() -> None:
    gap = replace(IMAGES, valid=0.90)

    assert judge(gap).kind == "over-fitting"
    assert judge(replace(gap, valid_interval=(0.75, 0.99))).kind == "appropriate"


def test_what_is_not_known_is_said() -> None:
    verdict = judge(Evidence(valid=0.9, greater_is_better=True, unit="share", n_classes=10))

    assert verdict.kind == "appropriate"
    assert (
        "but the train score is not known, no loss was logged (so there is no curve), there is no baseline"
        in verdict.because
    )


@given(train=shares, valid=shares, reference=st.none() | shares, constant=st.none() | shares, losses=losses)
def test_there_is_a_verdict_with_a_reason_and_an_advice_for_everything(
    train: float, valid: float, reference: float | None, constant: float | None, losses: tuple[float, ...]
) -> None:
    evidence = replace(IMAGES, train=train, valid=valid, reference=reference, constant=constant, losses=losses)
    verdict = judge(evidence)

    assert verdict.because
    assert verdict.advice


@given(train=shares, valid=shares, lower=shares)
def test_a_larger_gap_never_turns_over_fitting_into_appropriate(train: float, valid: float, lower: float) -> None:
    before = judge(replace(IMAGES, train=train, valid=max(valid, lower)))
    after = judge(replace(IMAGES, train=train, valid=min(valid, lower)))

    assert (before.kind, after.kind) != ("over-fitting", "appropriate")


@given(train=shares, valid=shares, reference=shares)
def test_an_error_is_judged_as_the_share_of_what_is_right(train: float, valid: float, reference: float) -> None:
    right = Evidence(train=train, valid=valid, reference=reference, greater_is_better=True, unit="share")
    wrong = replace(right, train=-train, valid=-valid, reference=-reference, greater_is_better=False)

    assert judge(right).kind == judge(wrong).kind


@given(train=st.floats(1, 100), valid=st.floats(1, 100))
def test_the_unit_of_an_error_does_not_matter(train: float, valid: float) -> None:
    euros = replace(PRICES, train=train, valid=valid, train_interval=None, valid_interval=None)
    cents = replace(euros, train=2**7 * train, valid=2**7 * valid, reference=2**7 * 53.0, constant=2**7 * 77.0)

    assert judge(euros).kind == judge(cents).kind


@given(reference=shares, higher=shares)
def test_a_better_baseline_never_turns_under_fitting_into_appropriate(reference: float, higher: float) -> None:
    low, high = sorted((reference, higher))
    kinds = judge(replace(IMAGES, reference=low)).kind, judge(replace(IMAGES, reference=high)).kind

    assert kinds != ("under-fitting", "appropriate")


@pytest.mark.parametrize("half", ["development", "test"])
def test_the_page_shows_what_the_rule_says_of_the_runs_of_the_study(half: str) -> None:
    runs = [one for one in kept() if SETTINGS[one.setting].half == half]

    assert confusion(runs) in PAGE.read_text(encoding="utf-8")
