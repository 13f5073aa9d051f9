"""Whatever a station is called and whatever it measured: what a real InfluxDB reads back is what was sent."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from influxdb_client import InfluxDBClient

from spark_app.influxdb.layout import METEO
from spark_app.influxdb.store import connection
from spark_app.readings import parse
from spark_influxdb import line_protocol
from spark_influxdb.write_api import Chunk, WriteApi
from testing.servers import InfluxDBServer
from weather.reading import FIELDS

AWKWARD = st.text(st.sampled_from(" ,=\\\"'\n\t\r\x00#;éÎ€中🌧\u200b\u00a0\ufffdab01"), max_size=12)
NAMES = st.one_of(AWKWARD, st.text(st.characters(codec="utf-8"), max_size=20))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
_hours = itertools.count()


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.lists(st.sampled_from([field.source for field in FIELDS]), unique=True, min_size=1))
    return {"NUM_POSTE": draw(NAMES), "NOM_USUEL": draw(NAMES)} | {name: draw(NUMBERS) for name in fields}


def hour(number: int) -> str:
    return f"{1990 + number // 8064:04d}{number // 672 % 12 + 1:02d}{number // 24 % 28 + 1:02d}{number % 24:02d}"


def kept(server: InfluxDBServer, seconds: int) -> list[tuple[str, str, dict[str, float]]]:
    """Station, number and fields of each point of that second."""
    flux = (
        f'from(bucket: "{server.bucket}") |> range(start: {seconds}, stop: {seconds + 1}) '
        '|> filter(fn: (r) => r._measurement == "meteo")'
    )
    found: dict[tuple[str, str], dict[str, float]] = {}
    with InfluxDBClient(server.url, server.read_token, org=server.org) as reader:
        for table in reader.query_api().query(flux):
            for record in table.records:
                point = found.setdefault((record["station"], record["station_id"]), {})
                point[record.get_field()] = record.get_value()
    return [(*tags, fields) for tags, fields in found.items()]


# Clients of other tests have threads that draw random numbers meanwhile, which Hypothesis takes for ours.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@given(message=messages())
@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_a_reading_is_read_back_as_it_was_sent_or_set_aside(
    influxdb_server: InfluxDBServer, message: dict[str, Any]
) -> None:
    message = message | {"AAAAMMJJHH": hour(next(_hours))}
    parsed = parse.parse(pa.array([json.dumps(message).encode()], pa.binary()))
    [reason] = parsed.reasons.to_pylist()
    names = [str(message[column]).strip(" ") for column in ("NOM_USUEL", "NUM_POSTE")]
    unusable = any(not name or name.endswith("\\") or any(c < " " or c == "\x7f" for c in name) for name in names)
    measured = any(name not in ("LAT", "LON") for name in message if name in {field.source for field in FIELDS})
    assert (reason is not None) == (unusable or not measured), reason
    if reason is None:
        [line] = line_protocol.lines(parsed.columns(), METEO.points).text.to_pylist()
        assert WriteApi(connection(influxdb_server.options), "s").write(Chunk(line.encode())) == []
        expected = {field.name: float(message[field.source]) for field in FIELDS if field.source in message}
        [(station, number, fields)] = kept(influxdb_server, parsed.instants.to_pylist()[0])
        assert [station, number] == names
        assert fields == expected and all(
            math.copysign(1, fields[name]) == math.copysign(1, expected[name]) for name in fields
        )
