"""A copy of the project in a temporary folder, run as a user runs it: with its scripts, on free ports."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import requests
from influxdb_client import InfluxDBClient

from grafana import queries
from testing.environment import ROOT, WAIT_TIMEOUT, eventually, free_port, settings_environment
from weather import settings
from weather.reading import FIELDS, MEASURED, MEASUREMENT
from weather.settings import programs


class RunningStack:
    """One native stack, which is accessed through its ports and its scripts only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
        ).stdout.splitlines()
        for file in files:
            if (ROOT / file).is_file():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, folder / file)
        self.environment = {name: str(free_port()) for name in programs.ports()} | {
            "HOST": "127.0.0.1",
            "STACK_START_TIMEOUT": f"{WAIT_TIMEOUT:g}",
            "STACK_HOME": str(folder / ".stack"),
            "CONSUMERS_DIR": str(folder / ".stack" / "data" / "consumers"),
            "STACK_DEFAULTS": "1",  # each command of a test has the settings that the test gives it, and no kept ones
        }

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run one of the scripts. Return its output and its exit status, which the caller checks."""
        return self._run(command, {**os.environ, **self.environment, **changes})

    def must(self, *command: str, **changes: str) -> str:
        """Run one of the scripts, which must succeed. Return its standard output."""
        return _output(self.run(*command, **changes))

    def must_with_its_home_only(self, *command: str) -> str:
        """Run one of the scripts as a user who sets STACK_HOME and no other setting. It must succeed."""
        names = {name for setting in programs.settings() for name in setting.names} | {"STACK_DEFAULTS"}
        given = {name: value for name, value in (os.environ | self.environment).items() if name not in names}
        return _output(self._run(command, given | {"STACK_HOME": str(self.home)}))

    def _run(self, command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    @property
    def home(self) -> Path:
        return Path(self.environment["STACK_HOME"])

    @property
    def variables(self) -> settings.Variables:
        return settings.Variables(settings_environment(**self.environment))

    def streamer(self, path: str) -> str:
        return f"http://127.0.0.1:{self.environment['DATASTREAM_FLASK_PORT']}{path}"

    def status(self) -> dict[str, Any]:
        """The streamer's status, or one with the state `away` if it does not answer."""
        try:
            answer: dict[str, Any] = requests.get(self.streamer("/status"), timeout=5).json()
        except requests.RequestException:
            return {"state": "away", "rows_sent": 0, "rate": 0.0}
        return answer

    def set_delta(self, seconds: float) -> None:
        requests.post(self.streamer("/time_delta"), data={"t_delta": seconds}, timeout=5).raise_for_status()

    def measured_rate(self, seconds: float = 3.0) -> float:
        """Rows per second, measured from outside."""
        first, started = self.status()["rows_sent"], time.monotonic()
        eventually(lambda: time.monotonic() - started > seconds, "time passes")
        return float(self.status()["rows_sent"] - first) / (time.monotonic() - started)

    def stop_streaming(self) -> None:
        """Stop the stream; ./start-streaming.sh resumes it."""
        requests.post(self.streamer("/stop_streaming"), timeout=60).raise_for_status()

    def processes(self, *words: str) -> list[psutil.Process]:
        """The processes of this stack whose command line contains one of these words; without words, all of them."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ"]):
            line = " ".join(process.info["cmdline"] or [])
            ours = any(str(self.home) in text for text in (line, *(process.info["environ"] or {}).values()))
            if ours and (not words or any(word in line for word in words)) and process.pid != os.getpid():
                found.append(process)
        return found

    def kill(self, word: str) -> None:
        """Send kill -9 to every process of this stack whose command line contains `word`. Wait if none runs yet."""
        eventually(lambda: bool(self.processes(word)), f"a process with {word} runs")
        kill(self.processes(word))

    def streams_exactly(self, data: Path) -> None:
        """Return when the stream of the file has ended and the store holds exactly its points."""
        eventually(lambda: self.status()["state"] == "finished", "the file is streamed")
        expected = expected_points(data)
        eventually(lambda: self.count() == len(expected), "every point is written")
        assert_same_points(self.points(), expected)

    def empty_panels(self, board: dict[str, Any]) -> list[str]:
        """The panels, variables and annotations of a dashboard that have no data."""
        return sorted(owner for owner in queries.owners(board) if not self.is_filled(board, owner))

    def is_filled(self, board: dict[str, Any], owner: str) -> bool:
        """Whether one of the queries of a panel, variable or annotation returns rows."""
        return any(self.answers(query.flux, board) for query in queries.collect(board) if query.owner == owner)

    def influxdb(self) -> InfluxDBClient:
        options = settings.InfluxDB.load(self.variables)
        token = options.read_token_file.read_text().strip()
        return InfluxDBClient(url=options.url, token=token, org=options.org, timeout=120_000)

    def count(self) -> int:
        """The number of points (station, hour) in the bucket; each has a latitude."""
        query = (
            'from(bucket: "meteo") |> range(start: 0) '
            '|> filter(fn: (r) => r._measurement == "meteo" and r._field == "LAT") |> group() |> count()'
        )
        with self.influxdb() as client:
            return sum(record.get_value() for table in client.query_api().query(query) for record in table.records)

    def values(self, measurement: str, field: str) -> pd.DataFrame:
        """One row per station and time that has this field, with the columns `station`, `_time` and the field."""
        query = (
            f'from(bucket: "meteo") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{measurement}" '
            f'and r._field == "{field}") '
            '|> pivot(rowKey: ["_time", "station"], columnKey: ["_field"], valueColumn: "_value") |> group()'
        )
        with self.influxdb() as client:
            frame: pd.DataFrame = client.query_api().query_data_frame(query)
        return frame

    def figure(self, measurement: str, field: str) -> float:
        """The newest value of a metric in the monitoring bucket; 0 if there is none yet."""
        query = (
            f'from(bucket: "monitoring") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "{measurement}" '
            f'and r._field == "{field}") |> group() |> sort(columns: ["_time"]) |> last() '
            '|> keep(columns: ["_value"])'
        )
        with self.influxdb() as client:
            return float(sum(r.get_value() for table in client.query_api().query(query) for r in table.records))

    def answers(self, flux: str, board: dict[str, Any]) -> bool:
        """Whether a query of a dashboard returns rows with the choices that the dashboard opens with."""
        of_stack = board["uid"] == "pipeline"
        start, stop = (_moment(board["time"][end]) for end in ("from", "to"))
        chosen: dict[str, Any] = {"quantity": queries.Single("Temperature")}
        for variable in queries.variables(board):
            value = variable["current"]["value"]
            chosen[variable["name"]] = queries.AllValue(".*") if value == ["$__all"] else value
        text = queries.interpolate(
            flux, start=start, stop=stop, window=timedelta(seconds=10) if of_stack else timedelta(hours=6),
            bucket="monitoring" if of_stack else "meteo", variables=chosen,
        )  # fmt: skip
        with self.influxdb() as client:
            return any(table.records for table in client.query_api().query(text))

    def rows_written(self) -> int:
        """Points of job `meteo` by ./status.sh, including those written again; 0 before the first micro-batch."""
        told = re.search(r"points written:.*\bmeteo (\d+)", self.run("./status.sh").stdout)
        return int(told[1]) if told else 0

    def table(self, measurement: str, also: str = "true") -> pd.DataFrame:
        """Every point for which `also` holds: one row per (station_id, time), one column per field and tag."""
        query = (
            'from(bucket: "meteo") |> range(start: 0) '
            f'|> filter(fn: (r) => r._measurement == "{measurement}" and {also}) '
            '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()'
        )
        with self.influxdb() as client:
            frame: pd.DataFrame = client.query_api().query_data_frame(query)
        frame = frame.rename(columns={"_time": "time"})
        frame["time"] = pd.to_datetime(frame["time"], utc=True)
        return frame.set_index(["station_id", "time"]).sort_index()

    def points(self) -> pd.DataFrame:
        """Every reading: one row per (station number, hour), one column per field."""
        return self.table(MEASUREMENT).reindex(columns=["station", *(field.name for field in FIELDS)])


def kill(processes: Iterable[psutil.Process]) -> None:
    """kill -9 of these processes, as far as they still run."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _moment(text: str) -> datetime:
    """A time of a dashboard: `now`, `now-30m`, `now-7d`, or a time with its date."""
    if not text.startswith("now"):
        return datetime.fromisoformat(text)
    units = {"m": "minutes", "d": "days"}
    length = timedelta(**{units[text[-1]]: int(text[4:-1])}) if text != "now" else timedelta()
    return datetime.now(UTC) - length


def _output(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, f"{result.args}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def expected_points(path: Path) -> pd.DataFrame:
    """The points that an hourly file should give, computed with pandas only, in the shape of `RunningStack.points`."""
    names = {"NUM_POSTE": "station_id", "NOM_USUEL": "station", **{field.source: field.name for field in FIELDS}}
    wanted = {"AAAAMMJJHH", *names, *(f"Q{field.source}" for field in MEASURED)}
    columns = [column for column in pd.read_csv(path, sep=";", nrows=0).columns if column.strip() in wanted]
    frame = pd.read_csv(path, sep=";", usecols=columns, dtype={"NUM_POSTE": str, "AAAAMMJJHH": str})
    frame.columns = frame.columns.str.strip()
    for field in MEASURED:
        frame.loc[frame[f"Q{field.source}"] == 2, field.source] = None
    frame = frame.dropna(subset=[field.source for field in MEASURED], how="all")
    frame.loc[frame["RR1"] == -0.1, "RR1"] = 0.0
    frame["time"] = pd.to_datetime(frame["AAAAMMJJHH"], format="%Y%m%d%H", utc=True)
    frame = frame.rename(columns=names).set_index(["station_id", "time"]).sort_index()
    numbers = [field.name for field in FIELDS]
    frame[numbers] = frame[numbers].astype(float)
    return frame[["station", *numbers]]


def assert_same_points(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Check that every station, hour and field is the same, to the last bit."""
    numbers = [field.name for field in FIELDS]
    got[numbers] = got[numbers].astype(float)
    pd.testing.assert_frame_equal(
        got, expected, check_exact=True, check_dtype=False, check_index_type=False, check_column_type=False
    )
