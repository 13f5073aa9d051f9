"""The connector as others install it: a wheel in an empty environment, and the README's quick start from there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient

from testing.environment import settings_environment
from testing.servers import InfluxDBServer
from tests.integration.connector import wheel

SPARK = settings_environment()["SPARK_VERSION"]
OTHERS = [("3.11", "4.0.1"), ("3.12", "4.1.1"), ("3.13", SPARK)]
"""Versions of Python and Spark that `./run_tests.sh integration` tries too, where the machine has this Python."""
STREAM = """
rows = spark.readStream.format("rate").option("rowsPerSecond", 100).load().selectExpr("timestamp AS time", "value")
into = dict(url=URL, org=ORG, bucket=BUCKET, token_file=TOKEN_FILE, measurement="stream")
by_format = rows.writeStream.format("influxdb").options(**into).option("checkpointLocation", "format").start()
into["measurement"] = "rows"
by_row = rows.writeStream.foreach(spark_influxdb.InfluxDBWriter(into)).option("checkpointLocation", "rows").start()
while not all(query.lastProgress and query.lastProgress["batchId"] > 1 for query in (by_format, by_row)):
    assert by_format.isActive and by_row.isActive, (by_format.exception(), by_row.exception())
for query in (by_format, by_row):
    query.stop()
"""


def quick_start(server: InfluxDBServer) -> list[str]:
    """The README's first two blocks with the addresses of a server."""
    tokens = (server.options.write_token_file, server.options.read_token_file)
    return [
        block.replace("http://localhost:8086", server.url)
        .replace("my-org", server.org)
        .replace("my-bucket", server.bucket)
        .replace("/path/of/token", str(token))
        for block, token in zip(wheel.examples()[:2], tokens, strict=True)
    ]


def interpreter_of(version: str) -> str | None:
    """A Python of this version, of the PATH or of pyenv, whose commands on the PATH may not run it."""
    known = Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")
    candidates = [found for found in (shutil.which(f"python{version}"), *map(str, sorted(known))) if found]
    works = (one for one in candidates if subprocess.run([one, "--version"], capture_output=True).returncode == 0)
    return next(works, None)


@pytest.mark.long
def test_the_quick_start_of_the_readme_runs_from_the_wheel_in_an_empty_environment(
    influxdb_server: InfluxDBServer, tmp_path: Path
) -> None:
    python = wheel.environment(sys.executable, tmp_path, wheel.build(sys.executable, tmp_path), SPARK)
    write, read = quick_start(influxdb_server)
    code = f"{write}\n{read}\nprint(month.collect(), spark_influxdb.__file__)"
    found = wheel.run([python, "-I", "-c", code], tmp_path)
    assert "sensor='roof', degrees=21.5)] " in found and f"{tmp_path}/venv/" in found


@pytest.mark.long
@pytest.mark.parametrize(("of_python", "of_spark"), OTHERS)
def test_other_versions_of_python_and_spark(
    influxdb_server: InfluxDBServer, tmp_path: Path, of_python: str, of_spark: str
) -> None:
    if (interpreter := interpreter_of(of_python)) is None:
        pytest.skip(f"this machine has no Python {of_python}")
    built = wheel.build(sys.executable, tmp_path)
    python = wheel.environment(interpreter, tmp_path, built, of_spark, "pandas<3")
    server = influxdb_server
    names = {"URL": server.url, "ORG": server.org, "BUCKET": server.bucket}
    names["TOKEN_FILE"] = str(server.options.write_token_file)
    write, read = quick_start(influxdb_server)
    constants = "\n".join(f"{name} = {value!r}" for name, value in names.items())
    code = "\n".join([constants, write, STREAM, read, "print(month.toPandas().to_dict('records'))"])
    assert "'sensor': 'roof', 'degrees': 21.5}" in wheel.run([python, "-I", "-c", code], tmp_path)
    with InfluxDBClient(server.url, server.read_token, org=server.org) as client:
        query = f'from(bucket: "{server.bucket}") |> range(start: -1h) |> group(columns: ["_measurement"]) |> count()'
        counts = {
            row.values["_measurement"]: row.get_value()
            for table in client.query_api().query(query)
            for row in table.records
        }
    assert counts["stream"] > 50 and counts["rows"] > 50
