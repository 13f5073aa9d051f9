"""Real observations through the same chain: the shipped month, and a second file. The tests are chapters.

There is one real month only; the second is the first with its dates 31 days later, which is real in all but its dates.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from kafka import KafkaProducer

from datastream.kafka.publisher import ensure_topics
from datastream.message import Message
from datastream.sources.meteofrance.source import MeteoFrance
from testing.environment import eventually
from testing.kafka_records import read_all
from testing.servers import Broker, InfluxDBServer
from tests.forecast.application import Application
from tests.forecast.test_daily_reports import MONTH, expected, month
from weather.daily import FORECAST, MODELS, STATISTICS
from weather.topics import DAILY
from weather.trained_models import RAIN, ModelFolder

pytestmark = pytest.mark.long

SHIFT = pd.Timedelta(days=31)


@pytest.fixture(scope="module")
def application(
    broker: Broker, influxdb_server: InfluxDBServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    kafka = broker.topic()
    ensure_topics(kafka)
    made = Application(
        tmp_path_factory.mktemp("real"), broker, influxdb_server,
        STREAM_SOURCE="meteofrance", SPARK_JOBS="daily,stats,rain", KAFKA_TOPIC=kafka.topic,
    )  # fmt: skip
    yield made
    made.kill()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the month and the made second one."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "H_29_201401.csv.gz").write_bytes(MONTH.read_bytes())
    header, *lines = gzip.decompress(MONTH.read_bytes()).decode().splitlines()
    at = [name.strip() for name in header.split(";")].index("AAAAMMJJHH")
    shifted = []
    for line in lines:
        cells = line.split(";")
        cells[at] = (pd.to_datetime(cells[at], format="%Y%m%d%H") + SHIFT).strftime("%Y%m%d%H")
        shifted.append(";".join(cells))
    (folder / "H_29_201402.csv.gz").write_bytes(gzip.compress("\n".join([header, *shifted, ""]).encode()))
    return folder


def wanted() -> dict[tuple[str, str], tuple[float, int, float, float]]:
    """The daily reports of both months; the last day is closed by the end of the stream."""
    rows = month()
    later = rows.assign(AAAAMMJJHH=(pd.to_datetime(rows.AAAAMMJJHH, format="%Y%m%d%H") + SHIFT).dt.strftime("%Y%m%d%H"))
    days = expected(pd.concat([rows, later]), "Europe/Paris")
    return {key: values for key, values in days.items() if key[1] < "2014-03-04"}


def published(application: Application) -> dict[tuple[str, str], tuple[float, int, float, float]]:
    rows = [json.loads(value or b"{}") for _, _, value, _ in read_all(application.kafka, DAILY)]
    return {(r["station"], r["date"]): (r["degrees"], r["raining"], r["minimum"], r["maximum"]) for r in rows}


def test_the_days_of_two_months_are_published_as_pandas_says(application: Application, files: Path) -> None:
    application.start()
    producer = KafkaProducer(bootstrap_servers=application.kafka.bootstrap_servers, linger_ms=50)
    source = MeteoFrance(files)
    for item in source.messages():
        assert isinstance(item, Message)
        producer.send(application.environment["KAFKA_TOPIC"], item.value, key=item.key)
    producer.flush()
    marker = source.end_marker()
    assert marker is not None
    producer.send(application.environment["KAFKA_TOPIC"], marker.value, key=marker.key)
    producer.flush()
    producer.close()
    days = wanted()
    eventually(lambda: len(published(application)) >= len(days), "all days are published")
    found = published(application)
    assert found.keys() == days.keys() and len(days) > 2700
    assert all(found[key] == pytest.approx(values, abs=1e-9) for key, values in days.items())


def test_the_statistics_are_those_of_these_days(application: Application) -> None:
    days = pd.DataFrame(
        [(*key, *values) for key, values in wanted().items()],
        columns=["station", "date", "degrees", "raining", "l", "h"],
    )
    by = days.groupby("station")
    expected_ones = by.agg(
        end=("date", "max"), measurements=("date", "count"), avg=("degrees", "mean"), rainy_share=("raining", "mean")
    )

    def newest() -> pd.DataFrame:
        found = application.points(STATISTICS)
        return found.reset_index().groupby("station").tail(1).set_index("station") if len(found) else found

    eventually(lambda: int(newest().get("measurements", pd.Series([0])).sum()) == len(days), "all count")
    found = newest().reindex(expected_ones.index)
    assert (found["date"] == expected_ones["end"]).all()
    assert (found["measurements"] == expected_ones["measurements"]).all()
    for name in ("avg", "rainy_share"):
        assert (found[name] - expected_ones[name]).abs().max() <= 1e-9


def test_the_application_trains_by_itself_and_keeps_what_the_model_is_worth(application: Application) -> None:
    folder = application.home / "data" / "forecast" / "meteofrance" / "models"

    def trained() -> list[str]:
        return [model.name for model in ModelFolder(folder, RAIN).trained()]

    eventually(lambda: bool(trained()), "a model is trained")
    log = (folder / "training.log").read_text()
    assert "never rain" in log and "as yesterday" in log
    for name in ("degrees", "minimum", "maximum"):
        assert f"next day's {name}: mean absolute error model" in log

    def stored() -> set[str]:
        query = f'from(bucket: "{application.influxdb.bucket}") |> range(start: 0) '
        query += f'|> filter(fn: (r) => r._measurement == "{MODELS}" and r._field == "accuracy")'
        with InfluxDBClient(
            application.influxdb.url, application.influxdb.read_token, org=application.influxdb.org
        ) as client:
            return {record.values["model"] for table in client.query_api().query(query) for record in table.records}

    eventually(lambda: stored() >= set(trained()), "its scores are in the store")


def test_each_coming_day_is_predicted_up_to_the_one_after_the_data(application: Application) -> None:
    def predicted() -> int:
        found = application.points(FORECAST)
        return int(found["probability"].notna().sum()) if "probability" in found else 0

    days = {(station, pd.Timestamp(date)) for station, date in wanted()}
    day = pd.Timedelta(days=1)
    coming = {(station, date + day) for station, date in days if (station, date - day) in days}
    eventually(lambda: predicted() >= len(coming), "the coming days are predicted")
    found = application.points(FORECAST)
    rows = found[found["probability"].notna()]
    assert {(station, pd.Timestamp(date)) for station, date in rows.index} == coming
    assert max(date for _, date in rows.index) == "2014-03-04"
    assert rows[["expected_degrees", "expected_minimum", "expected_maximum"]].notna().all(axis=None)
    newest = rows.groupby("station").tail(1)
    assert (newest["expected_minimum"] < newest["expected_maximum"]).all()
