from __future__ import annotations

import argparse
from dataclasses import replace

import pytest

from benchmarks.write import arrivals, options, report
from benchmarks.write.measure import Measurement
from benchmarks.write.watch import PARTS

SAMPLES = [(10.0, 0.0), (12.0, 0.0), (13.0, 20.0), (14.0, 60.0), (15.0, 60.0), (16.0, 100.0)]


def measurement(contender: str, steady: float, rows: int = 1000, points: int = 1000) -> Measurement:
    return Measurement(
        contender=contender,
        rows=rows,
        points=points,
        written=float(points),
        steady_rows_per_s=steady,
        rows_per_s=steady / 2,
        steady_cpu_s=dict.fromkeys(PARTS, 40.0),
        cpu_s=dict.fromkeys(PARTS, 50.0),
        peak_bytes=dict.fromkeys(PARTS, 3 * 2**20),
        others_cores=0.0,
        memory=[],
    )


@pytest.mark.parametrize(("points", "when"), [(10, 12.5), (20, 13.0), (40, 13.5), (60, 14.0), (100, 16.0)])
def test_the_moment_of_a_point_lies_on_the_line_between_two_samples(points: float, when: float) -> None:
    assert arrivals.moment(SAMPLES, points) == when


def test_points_that_never_came_have_no_moment() -> None:
    with pytest.raises(ValueError, match="101 points were never written, only 100"):
        arrivals.moment(SAMPLES, 101)


def test_the_steady_rate_leaves_out_the_start_and_the_stragglers() -> None:
    assert arrivals.steady_rate(SAMPLES, 100) == pytest.approx(75 / (15.875 - 13.0))


def test_the_overall_rate_counts_from_the_start() -> None:
    assert arrivals.overall_rate(SAMPLES, 100) == pytest.approx(100 / 6.0)


def test_the_document_holds_the_median_of_the_rounds() -> None:
    rounds = [measurement("ours", rate) for rate in (50.0, 90.0, 70.0)]
    made = report.document(1000, [*rounds, measurement("per_row", 3.0, rows=10, points=10)], {"machine": "one"})
    assert made["rows"] == 1000
    assert made["median_rows_per_s"] == {"ours": 70, "per_row": 3}
    assert made["points"] == {"ours": 1000, "per_row": 10}
    assert made["cpu_s_per_million_rows"]["ours"] == dict.fromkeys(PARTS, 40.0)
    assert len(made["rounds"]) == 4


def test_a_wrong_count_shows_in_table_document_and_line() -> None:
    rounds = [measurement("ours", 70.0), measurement("ours", 70.0, points=999)]
    assert report.document(1000, rounds, {})["points"] == {"ours": [1000, 999]}
    assert "1000/999" in report.table(rounds, ["ours"])
    assert "999 points instead of 1000" in report.line(rounds[1])


def test_the_table_keeps_the_order_and_leaves_out_who_did_not_run() -> None:
    rounds = [measurement("ours", 70.0), measurement("per_row", 3.0)]
    names = [line.split()[0] for line in report.table(rounds, ["per_row", "ours", "quix"]).splitlines()[1:]]
    assert names == ["per_row", "ours"]


def test_chosen_contenders_keep_their_order_and_an_unknown_one_is_named() -> None:
    chosen = options.names(["per_row", "ours", "quix"])
    assert chosen("quix,per_row") == ["per_row", "quix"]
    with pytest.raises(argparse.ArgumentTypeError, match="spark: choose from per_row, ours, quix"):
        chosen("ours,spark")


def test_memory_is_told_fifth_by_fifth() -> None:
    sizes = [(0.0, 5), (190.0, 9), (200.0, 7), (990.0, 3), (1001.0, 4)]
    grown = replace(measurement("ours", 70.0), memory=[(at, dict.fromkeys(PARTS, mib * 2**20)) for at, mib in sizes])
    assert [report.fifth(grown, PARTS[0], number) / 2**20 for number in range(5)] == [9, 7, 0, 0, 4]
    assert report.memory_table([grown]).splitlines()[1].split() == ["ours", "contender", "9", "7", "-", "-", "4"]


def test_a_busy_machine_is_told() -> None:
    assert "other load" not in report.line(measurement("ours", 70.0))
    assert "other load: 1.2 cores" in report.line(replace(measurement("ours", 70.0), others_cores=1.2))
