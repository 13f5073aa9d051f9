"""Real Kafka, Spark with workers of its own, and InfluxDB: what comes out is what pandas finds in the files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from kafka import KafkaProducer

from testing import garbage
from testing.environment import eventually
from testing.kafka_records import read_all
from tests.uscrn import expected, files
from tests.uscrn.conftest import Stack
from weather import topics, uscrn

EXACT = 1e-9
Means = dict[tuple[int, str, str], tuple[float, int]]


def means(stack: Stack) -> dict[tuple[int, str, str], set[tuple[float, int]]]:
    """Every value that came of an hour of a station."""
    found: dict[tuple[int, str, str], set[tuple[float, int]]] = {}
    for row in stack.messages(topics.OUTPUT):
        key = row["station"], row["lst_date"], row["lst_hour"]
        found.setdefault(key, set()).add((row["mean_temp"], row["count"]))
    return found


def check_means(stack: Stack, rows: pd.DataFrame) -> None:
    wanted = expected.hourly_means(rows)
    wait_for(stack, topics.OUTPUT, uscrn.HOURLY, len(wanted))
    found = means(stack)
    assert {key: len(values) for key, values in found.items()} == dict.fromkeys(wanted, 1), "each hour has one value"
    assert same({key: next(iter(values)) for key, values in found.items()}, wanted)
    points = {
        (int(p["station_id"]), f"{p['_time']:%Y-%m-%d}", f"{p['_time']:%H}"): (p["mean_temp"], p["count"])
        for p in stack.points(uscrn.HOURLY)
    }
    assert same(points, wanted)


def same(found: Means, wanted: Means) -> bool:
    """The same hours and counts; means to 1e-9."""
    assert found.keys() == wanted.keys()
    wrong = {
        key: (found[key], wanted[key])
        for key in wanted
        if found[key][1] != wanted[key][1] or abs(found[key][0] - wanted[key][0]) > EXACT
    }
    assert wrong == {}
    return True


def check_outliers(stack: Stack, rows: pd.DataFrame) -> None:
    wanted = expected.outliers(rows)
    wait_for(stack, topics.OUTLIERS, uscrn.OUTLIERS, len(wanted))
    assert {kind for _, kind in wanted.values()} == {"missing", "limit", "spike", "stuck"}, "the files have all kinds"
    files_of = {(r.station, r.lst_date, r.lst_time): r.source_file for r in rows.itertuples()}
    assert {
        ((m["station"], m["lst_date"], m["lst_time"]), (m["temp"], m["kind"]), m["source_file"])
        for m in stack.messages(topics.OUTLIERS)
    } == {(key, value, files_of[key]) for key, value in wanted.items()}, "each reading has one kind"
    points = [
        ((int(p["station_id"]), f"{p['_time']:%Y-%m-%d}", f"{p['_time']:%H:%M}"), (p["temp"], p["kind"]))
        for p in stack.points(uscrn.OUTLIERS)
    ]
    assert len(points) == len(wanted) and dict(points) == wanted


def check_hottest(stack: Stack, rows: pd.DataFrame) -> None:
    wanted = expected.hottest(rows)
    wait_for(stack, topics.MAX_TEMP, uscrn.HOTTEST, len(wanted))
    found = {
        ((m["lst_date"], m["lst_hour"]), (m["max_temp"], m["station"], m["source_file"]))
        for m in stack.messages(topics.MAX_TEMP)
    }
    assert found == set(wanted.items()), "each hour has one hottest station"
    points = {
        (f"{p['_time']:%Y-%m-%d}", f"{p['_time']:%H}"): (p["max_temp"], int(p["station_id"]))
        for p in stack.points(uscrn.HOTTEST)
    }
    assert points == {key: (temperature, station) for key, (temperature, station, _) in wanted.items()}


def wait_for(stack: Stack, topic: str, measurement: str, count: int) -> None:
    """Return when so many different messages came into a topic and, after them, so many points into the store."""
    eventually(lambda: len({json.dumps(m) for m in stack.messages(topic)}) >= count, f"{count} in {topic}")
    eventually(lambda: len(stack.points(measurement)) >= count, f"{count} points of {measurement}")


def cluster(workers: int) -> str:
    """A master for so many workers, which have two slots together."""
    return f"local-cluster[{workers},{2 // workers},768]"


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.long), 2])
def test_files_one_after_another_shuffled_within_the_lateness_and_killed_in_the_middle(
    make_stack: Callable[..., Stack], tmp_path: Path, workers: int
) -> None:
    written = files.write(tmp_path, days=4, shuffled_by=60)
    rows = expected.read(written.clean)
    stack = make_stack(
        USCRN_MODE="sequential",
        USCRN_DATA=str(tmp_path / "dirty"),
        SPARK_MASTER_URL=cluster(workers),
        SPARK_MAX_OFFSETS_PER_TRIGGER="1000",
    )
    stack.submit()
    with stack.half_streamed(len(rows) // 2) as streamer:
        wait_for(stack, topics.OUTPUT, uscrn.HOURLY, len(expected.hourly_means(rows)) // 10)
        streamer.start()
        stack.kill_application()
    assert 0 < len(means(stack)) < len(expected.hourly_means(rows)), "it was killed in the middle"
    stack.submit()
    check_means(stack, rows)
    check_outliers(stack, rows)
    reasons = stack.reasons(topics.INPUT_DATA)
    assert len(reasons) == len(files.BAD_ROWS)
    for words, _ in files.BAD_ROWS:
        assert sum(bool(re.search(words, reason)) for reason in reasons) == 1, (words, reasons)
    late_or_of_no_use(stack)
    check_means(stack, rows)


def late_or_of_no_use(stack: Stack) -> None:
    """A reading whose hour is over, the same reading once more, and garbage: none changes anything."""
    first = stack.messages(topics.INPUT_DATA)[0]
    late = first | {
        "WBANNO": 3072,
        "LST_DATE": "20180102",
        "LST_TIME": "0605",
        "UTC_DATE": "20180102",
        "UTC_TIME": "1205",
    }
    future = first | {"LST_DATE": "99991230", "UTC_DATE": "99991230"}
    past = first | {"LST_DATE": "19690102", "UTC_DATE": "19690102"}
    warm, apart = first | {"AIR_TEMPERATURE": "warm"}, first | {"UTC_DATE": "20170102"}
    producer = KafkaProducer(bootstrap_servers=stack.kafka.bootstrap_servers)
    for value in (late, first, warm, apart, [1], future, past):
        producer.send(topics.INPUT_DATA, json.dumps(value).encode(), key=str(first["WBANNO"]).encode())
    producer.flush()
    eventually(
        lambda: len(stack.reasons(topics.INPUT_DATA)) == len(files.BAD_ROWS) + 6,
        "six more records are in the dead-letter topic",
    )
    words = (
        "its hour is already complete", "AIR_TEMPERATURE is not a number", "too far apart",
        "not a JSON object with a number", "the time is in the future", "the time is before 1970",
    )  # fmt: skip
    reasons = stack.reasons(topics.INPUT_DATA)
    assert [sum(word in reason for reason in reasons) for word in words] == [1] * 6
    for message in garbage.KINDS:
        producer.send(topics.INPUT_DATA, message, key=str(first["WBANNO"]).encode())
    producer.close()
    wanted = len(files.BAD_ROWS) + 6 + len(garbage.KINDS)
    eventually(lambda: len(stack.reasons(topics.INPUT_DATA)) == wanted, "all of them are in the dead-letter topic")


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_all_at_once_shuffled_within_the_lateness_and_killed_in_the_middle(
    make_stack: Callable[..., Stack], tmp_path: Path, workers: int
) -> None:
    written = files.write(tmp_path, days=9, shuffled_by=60)
    rows = expected.read(written.clean)
    stack = make_stack(
        USCRN_MODE="partitioned",
        USCRN_DATA=str(tmp_path / "dirty"),
        SPARK_MASTER_URL=cluster(workers),
        SPARK_MAX_OFFSETS_PER_TRIGGER="1000",
    )
    stack.submit()
    with stack.half_streamed(len(rows) // 2) as streamer:
        wait_for(stack, topics.MAX_TEMP, uscrn.HOTTEST, len(expected.hottest(rows)) // 10)
        eventually(lambda: bool(means(stack)), "there are hourly means, which another query makes")
        streamer.start()
        stack.kill_application()
    so_far = len(means(stack))
    assert 0 < so_far < len(expected.hourly_means(rows)), "it was killed in the middle"
    stack.submit()
    check_means(stack, rows)
    check_outliers(stack, rows)
    check_hottest(stack, rows)
    assert len(stack.reasons(topics.PARTITIONED)) == len(files.BAD_ROWS)
    producer = KafkaProducer(bootstrap_servers=stack.kafka.bootstrap_servers)
    producer.send(topics.PARTITIONED, b"{}", headers=[("stations", b"x \xff"), ("stream", b"\xff"), ("last", b"1")])
    producer.send(topics.PARTITIONED, b'{"WBANNO": 3072, "source_file": "\xff"}')
    for message in garbage.KINDS:
        producer.send(topics.PARTITIONED, message)
    producer.close()
    wanted = len(files.BAD_ROWS) + 2 + len(garbage.KINDS)
    eventually(lambda: len(stack.reasons(topics.PARTITIONED)) == wanted, "all of them are in the dead-letter topic")


def test_each_station_has_a_partition_and_one_date_may_be_chosen(
    make_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    written = files.write(tmp_path, days=4)
    rows = expected.read(written.clean, date="20180102")
    stack = make_stack(USCRN_MODE="partitioned", USCRN_DATA=str(tmp_path / "dirty"), USCRN_DATE="20180102")
    assert stack.stream() == 3, "a producer each"
    records = read_all(stack.kafka, topics.PARTITIONED)
    sent = [(partition, json.loads(value or b"")) for partition, _, value, _ in records]
    assert {(partition, row["WBANNO"]) for partition, row in sent} == {(0, 23907), (1, 3072), (2, 4136)}
    keys = {(row["WBANNO"], row["LST_DATE"], row["LST_TIME"], row["AIR_TEMPERATURE"]) for _, row in sent}
    assert keys == {(r.station, r.LST_DATE, r.LST_TIME, r.temp) for r in rows.itertuples()}
    last = [
        (row["WBANNO"], row["LST_TIME"])
        for (*_, headers), (_, row) in zip(records, sent, strict=True)
        if "last" in headers
    ]
    assert sorted(last) == [(3072, "2355"), (4136, "2355"), (23907, "2355")]
