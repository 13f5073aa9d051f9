"""Readings that replace earlier ones, written to a real InfluxDB as Spark does."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from influxdb_client import InfluxDBClient

from spark_app.influxdb.store import connection
from spark_app.influxdb.writer import InfluxDBWriter
from spark_influxdb import AccessError, Connection
from spark_influxdb.write_api import Chunk, WriteApi
from testing.servers import InfluxDBServer
from tests.integration.test_influxdb_writer import Book, run_partition
from tests.unit.spark_app.test_readings import chunked, message
from weather import settings
from weather.reading import DAILY_MEASUREMENT, DAILY_STATE, REPLACES

NOTHING = dict.fromkeys(("T", "RR1", "DRR1", "FF", "LAT", "LON"))


def rows(*messages: bytes) -> list[SimpleNamespace]:
    """Rows of chunks as Spark passes them to the ForeachWriter."""
    packed = []
    for row in chunked(list(messages), max_lines=1000):
        for name in ("offsets", "sent_ms"):
            if row[name] is not None:
                row[name] = b"".join(number.to_bytes(8, "little") for number in row[name])
        packed.append(SimpleNamespace(**row))
    return packed


def points(server: InfluxDBServer, measurement: str = "meteo") -> dict[tuple[str, str, str], dict[str, float]]:
    """(number, name, hour) → fields."""
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{measurement}") '
        '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
    )
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as client:
        found = [record.values for table in client.query_api().query(query) for record in table.records]
    known = {"result", "table", "_start", "_stop", "_time", "_measurement", "station", "station_id"}
    return {
        (row.get("station_id", ""), row.get("station", ""), row["_time"].strftime("%Y%m%d%H")): {
            name: value for name, value in row.items() if name not in known and value is not None
        }
        for row in found
    }


def test_a_correction_leaves_no_field_and_no_name_of_the_version_before(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    writer = InfluxDBWriter(influxdb_server.options, kafka, Book())
    number = 'a "quoted" \\ number, with = signs'
    own: dict[str, Any] = {"NUM_POSTE": number}
    hours = [f"20140103{hour:02}" for hour in range(20, 24)]
    run_partition(writer, rows(*(message(AAAAMMJJHH=hour, **own) for hour in hours)))
    other = message(NUM_POSTE="another", AAAAMMJJHH=hours[1])
    changed = message(AAAAMMJJHH=hours[1], T=None, NOM_USUEL="A NEW NAME", **own, **{REPLACES: 1})
    withdrawn = message(AAAAMMJJHH=hours[2], **own, **NOTHING, **{REPLACES: 1})
    for _ in range(2):  # a batch that is repeated changes nothing
        run_partition(writer, rows(other, changed, withdrawn))
    found = points(influxdb_server)
    mine = {key[1:]: fields for key, fields in found.items() if key[0] == number}
    assert set(mine) == {
        ("OUESSANT-STIFF", hours[0]), ("A NEW NAME", hours[1]), ("OUESSANT-STIFF", hours[3]),
    }  # fmt: skip
    assert "Temperature" not in mine["A NEW NAME", hours[1]] and mine["A NEW NAME", hours[1]]["Wind_speed"] == 21.0
    assert found["another", "OUESSANT-STIFF", hours[1]]["Temperature"] == 9.1


def test_the_day_of_a_correction_is_computed_again(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    day = int(datetime(2014, 1, 3, tzinfo=UTC).timestamp())
    api = WriteApi(connection(influxdb_server.options), precision="s")
    lines = [
        f"{DAILY_MEASUREMENT},station=X,station_id={number} Temperature=1.0 {at}"
        for number in ("x1", "x2") for at in (day - 86_400, day, day + 86_400)
    ]  # fmt: skip
    states = [f"{DAILY_STATE} readings=24.0,made=24.0 {at}" for at in (day - 86_400, day, day + 86_400)]
    assert api.write(Chunk("\n".join(lines + states).encode())) == []
    corrected = message(NUM_POSTE="x1", AAAAMMJJHH="2014010323", **{REPLACES: 1})
    run_partition(InfluxDBWriter(influxdb_server.options, kafka, Book()), rows(corrected))
    days = points(influxdb_server, DAILY_MEASUREMENT)
    assert ("x1", "X", "2014010300") not in days and ("x2", "X", "2014010300") in days
    assert {key[2] for key in days if key[0] == "x1"} == {"2014010200", "2014010400"}
    assert {key[2] for key in points(influxdb_server, DAILY_STATE)} == {"2014010200", "2014010400"}


def test_a_token_that_may_not_delete_is_an_error(influxdb_server: InfluxDBServer) -> None:
    reads = Connection(
        influxdb_server.url, influxdb_server.org, influxdb_server.bucket, token=influxdb_server.read_token
    )
    with pytest.raises(AccessError, match="deletion"):
        WriteApi(reads, precision="s").delete({"_measurement": "meteo"}, 0, 1)
