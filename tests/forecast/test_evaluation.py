"""What is said of the quality of predictions, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spark_app.rain.training.evaluation import Quality, baselines, is_better, quality, roc_auc
from spark_app.rain.training.temperature_models import compare

OBSERVED = np.array([0, 0, 0, 0, 0, 1, 1, 1.0])
CHANCE = np.array([0.1, 0.2, 0.4, 0.6, 0.4, 0.4, 0.5, 0.9])


def test_the_figures_of_eight_days() -> None:
    found = quality(OBSERVED, CHANCE)
    assert (found.days, found.rainy_share, found.accuracy) == (8, 3 / 8, 6 / 8)
    assert found.confusion == [[4, 1], [1, 2]]
    assert found.f1 == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert found.brier == pytest.approx(np.mean([0.01, 0.04, 0.16, 0.36, 0.16, 0.36, 0.25, 0.01]))
    # pairs of a rainy and a dry day: 0.4 wins 2 of 5 and ties 2, 0.5 wins 4, 0.9 wins 5
    assert found.roc_auc == pytest.approx((2 + 1 + 4 + 5) / 15)


def test_days_that_were_all_alike_have_no_curve_and_no_days_no_quality() -> None:
    assert roc_auc(np.zeros(3), np.array([0.1, 0.2, 0.3])) is None
    assert quality(np.zeros(3), np.zeros(3)).f1 == 0.0
    with pytest.raises(ValueError, match="no days"):
        quality(np.array([]), np.array([]))


def test_the_baselines_need_no_model() -> None:
    assert baselines(OBSERVED, np.array([0, 0, 0, 0, 0, 0, 1, 1.0])) == {"never_rain": 5 / 8, "as_yesterday": 7 / 8}


def test_a_model_is_better_that_is_right_more_often_or_as_often_and_surer() -> None:
    def one(accuracy: float, brier: float) -> Quality:
        return Quality(10, 0.3, accuracy, 0.5, 0.5, brier, [])

    assert is_better(one(0.8, 0.2), one(0.7, 0.1)) and not is_better(one(0.7, 0.1), one(0.8, 0.2))
    assert is_better(one(0.8, 0.1), one(0.8, 0.2)) and not is_better(one(0.8, 0.2), one(0.8, 0.2))


def test_temperatures_are_compared_with_yesterday_and_with_the_usual() -> None:
    rows = pd.DataFrame({
        "station_id": ["A", "A", "B"], "month": [1, 2, 1], "degrees": [10.0, 12.0, 0.0],
        "sub1degrees": [8.0, 12.0, 3.0], "prediction": [10.0, 11.0, 1.0],
    })  # fmt: skip
    found = compare(rows, "degrees", {("A", 1): 9.0, ("B", 1): 5.0})
    assert found.days == 3
    assert found.model == pytest.approx(2 / 3)
    assert found.persistence == pytest.approx(5 / 3)
    assert found.climatology == pytest.approx((1 + 5 + 5) / 3)  # the mean of all, 7, for A in February
