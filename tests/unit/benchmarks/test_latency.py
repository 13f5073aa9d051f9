from __future__ import annotations

import pytest

from benchmarks.write.readable import Answer, latencies, percentile, summary

HOUR = 3600


def test_a_reading_counts_until_the_first_answer_that_shows_its_station_at_its_time() -> None:
    sent = [("a", HOUR, 1.0), ("b", HOUR, 1.1), ("a", 2 * HOUR, 2.0)]
    answers = [
        Answer(1.2, {}),
        Answer(1.5, {"a": HOUR}),
        Answer(2.5, {"a": 2 * HOUR}),
        Answer(3.0, {"a": 2 * HOUR, "b": 5 * HOUR}),
    ]
    assert sorted(latencies(sent, answers)) == pytest.approx([0.5, 0.5, 1.9])


def test_one_answer_can_show_many_readings() -> None:
    sent = [("a", hour * HOUR, float(hour)) for hour in range(1, 5)]
    assert latencies(sent, [Answer(6.0, {"a": 4 * HOUR})]) == [5.0, 4.0, 3.0, 2.0]


def test_a_reading_that_no_answer_shows_is_named() -> None:
    with pytest.raises(ValueError, match="station a: the reading of 7200 was never readable"):
        latencies([("a", HOUR, 1.0), ("a", 2 * HOUR, 1.0)], [Answer(2.0, {"a": HOUR})])


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (99, 99), (100, 100), (0, 1)])
def test_a_percentile_is_a_value_that_was_seen(percent: float, value: float) -> None:
    assert percentile(range(1, 101), percent) == value


def test_the_summary_is_in_milliseconds() -> None:
    assert summary([0.1, 0.2]) == {"p50_ms": 100.0, "p95_ms": 200.0, "p99_ms": 200.0, "max_ms": 200.0}
