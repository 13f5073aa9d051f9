"""Statistics of stations as a stream: what counts, and what came too late to count."""

from __future__ import annotations

from spark_app.daily import statistics_job
from tests.forecast.conftest import OpenFeed
from tests.forecast.streams import REPORT, report

LATE_DAYS = 7


def test_a_report_that_came_too_late_is_left_out_and_counted(open_feed: OpenFeed) -> None:
    placed = f"{REPORT}, LAT DOUBLE, LON DOUBLE"
    feed = open_feed(lambda reports: statistics_job.statistics(reports, LATE_DAYS), placed, mode="complete")
    moved = report("A", "2000-01-20", 3.0, raining=1) | {"LAT": 48.5, "LON": -4.0}
    feed.send([report("A", "2000-01-01", 1.0) | {"LAT": 48.0, "LON": -4.0}, moved])
    feed.send([report("A", "2000-01-15", 5.0)])
    [found] = feed.send([report("A", "2000-01-02", 99.0)])[-1:]
    assert (found["measurements"], found["avg"], found["max"], found["rainy_share"]) == (3, 3.0, 5.0, 1 / 3)
    assert (found["start"].isoformat(), found["end"].isoformat()) == ("2000-01-01", "2000-01-20")
    assert (found["LAT"], found["LON"]) == (48.5, -4.0), "where it stood on its newest day"
    assert feed.rows_too_late() == 1
