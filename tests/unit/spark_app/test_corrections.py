"""Readings that replace earlier ones: the points that are deleted, and those that are written."""

from __future__ import annotations

from datetime import UTC, datetime

from spark_app.influxdb.deletions import Deletion, decoded
from tests.unit.spark_app.test_readings import chunked, lines, message, parsed, reasons
from weather.reading import REPLACES

VALUES = {"T": None, "RR1": None, "DRR1": None, "FF": None}


def second(hour: str) -> int:
    return int(datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC).timestamp())


def test_a_reading_that_replaces_another_deletes_it_first() -> None:
    rows = chunked([message(), message(AAAAMMJJHH="2014010400", T=None, **{REPLACES: 1})])
    deletion, written = rows
    assert decoded(deletion["deletions"]) == [Deletion("29155005", *[second("2014010400")] * 2)]
    assert (deletion["lines"], deletion["reason"], written["deletions"]) == (None, None, None)
    assert written["offsets"] == [100, 101]


def test_a_withdrawn_row_is_deleted_only_and_no_dead_letter() -> None:
    [deletion] = chunked([message(**VALUES, **{REPLACES: 1})])
    assert decoded(deletion["deletions"]) == [Deletion("29155005", *[second("2014010321")] * 2)]
    assert reasons(message(**VALUES, **{REPLACES: 1}), message(**VALUES)) == [None, "no measurement"]


def test_hours_that_follow_each_other_are_one_deletion_of_each_station() -> None:
    hours = ["2014010322", "2014010323", "2014010400", "2014010402"]
    values = [message(AAAAMMJJHH=hour, **{REPLACES: 1}) for hour in hours]
    values.append(message(NUM_POSTE="29155006", AAAAMMJJHH=hours[1], **{REPLACES: 1}))
    assert decoded(chunked(values)[0]["deletions"]) == [
        Deletion("29155005", second(hours[0]), second(hours[2])),
        Deletion("29155005", *[second(hours[3])] * 2),
        Deletion("29155006", *[second(hours[1])] * 2),
    ]


def test_of_versions_that_arrive_together_only_the_last_is_written() -> None:
    versions = [message(T=1.0), message(T=2.0, **{REPLACES: 1}), message(T=3.0), message(AAAAMMJJHH="2014010400")]
    _, written = chunked(versions)
    assert written["offsets"] == [102, 103]
    assert written["lines"].decode().split("\n") == lines(versions[2], versions[3])
    withdrawn = chunked([message(), message(**VALUES, **{REPLACES: 1})])
    assert [row["deletions"] is None for row in withdrawn] == [False]


def test_an_invalid_message_replaces_nothing() -> None:
    rows = chunked([message(T="warm", **{REPLACES: 1}), message()])
    assert [row["deletions"] for row in rows] == [None, None]
    assert not parsed(message(**{REPLACES: 0})).replaces.to_pylist()[0]
