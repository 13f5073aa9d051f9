"""The days that InfluxDB's own tasks make of the hours, compared with pandas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.task_update_request import TaskUpdateRequest

from influxdb import daily, setup
from testing.environment import eventually
from testing.servers import InfluxDBServer
from weather.reading import DAILY_MEASUREMENT, MEASURED

FIRST = datetime(2014, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(influxdb_server: InfluxDBServer) -> Iterator[InfluxDBClient]:
    """A client that may do everything, of a store whose tasks rest, as they would run in the middle of a test."""
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as client:
        turn(client, "inactive")
        yield client


def turn(client: InfluxDBClient, status: str) -> list[str]:
    """Let the tasks rest, or run; their ids, in the order in which they run."""
    tasks = [task for name in daily.tasks("meteo") for task in client.tasks_api().find_tasks(name=name)]
    for task in tasks:
        client.tasks_api().update_task_request(task.id, TaskUpdateRequest(status=status))
    return [task.id for task in tasks]


def under_way(client: InfluxDBClient, tasks: list[str]) -> bool:
    """Whether a run of one of the tasks is waiting or running."""
    runs = (run for task in tasks for run in client.tasks_api().get_runs(task, limit=100))
    return any(run.status in ("scheduled", "started") for run in runs)


@pytest.fixture(autouse=True)
def empty(client: InfluxDBClient, influxdb_server: InfluxDBServer) -> None:
    """A bucket that holds nothing."""
    client.delete_api().delete(FIRST - timedelta(days=9999), FIRST + timedelta(days=9999), "", influxdb_server.bucket)


def hours(station: str, first: datetime, number: int, **fields: float) -> pd.DataFrame:
    """So many hours of one station; each field grows by one an hour."""
    rows = [
        {"station": station, "time": first + timedelta(hours=hour), "LAT": 48.0}
        | {name: value + hour for name, value in fields.items()}
        for hour in range(number)
    ]
    return pd.DataFrame(rows)


def write(client: InfluxDBClient, rows: pd.DataFrame) -> None:
    lines = []
    for row in rows.to_dict("records"):
        fields = ",".join(f"{name}={row[name]}" for name in row if name not in ("station", "time"))
        lines.append(f"meteo,station={row['station']},station_id=1 {fields} {row['time'].timestamp():.0f}")
    client.write_api(write_options=SYNCHRONOUS).write("meteo", record=lines, write_precision="s")


def run_tasks(client: InfluxDBClient) -> None:
    """Do what the tasks do every minute."""
    for flux in daily.tasks("meteo").values():
        client.query_api().query(flux)


def days(client: InfluxDBClient) -> dict[tuple[str, str, datetime], float]:
    """(station, field, day) → figure, of every day in the store."""
    flux = f'from(bucket: "meteo") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{DAILY_MEASUREMENT}")'
    records = [record for table in client.query_api().query(flux) for record in table.records]
    return {(r["station"], r.get_field(), r.get_time()): r.get_value() for r in records}


def expected(rows: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    functions = {field.name: field.daily for field in MEASURED if field.name in rows and field.daily}
    by_day = rows.groupby(["station", rows.time.dt.floor("D")])
    found: dict[tuple[Any, ...], float] = {}
    for name, function in functions.items():
        series = by_day[name].agg(function).reset_index()
        found |= {(station, name, day): value for station, day, value in series.itertuples(index=False, name=None)}
    return found


def test_a_day_has_the_figures_that_its_fields_ask_for(client: InfluxDBClient) -> None:
    fields = {field.name: float(number) for number, field in enumerate(MEASURED)}
    rows = pd.concat([hours("A", FIRST, 60, **fields), hours("B", FIRST + timedelta(hours=30), 30, **fields)])
    write(client, rows)
    run_tasks(client)
    assert days(client) == pytest.approx(expected(rows), abs=1e-9)
    assert {name for _, name, _ in days(client)} == {field.name for field in MEASURED} - {"Wind_dir"}


def test_influxdb_runs_the_tasks_by_itself(client: InfluxDBClient) -> None:
    rows = hours("A", FIRST, 48, Temperature=1.0)
    write(client, rows)
    tasks = turn(client, "active")

    def made() -> bool:
        for task in tasks:
            client.tasks_api().run_manually(task)
        return days(client) == pytest.approx(expected(rows), abs=1e-9)

    eventually(made, "the days are made")
    eventually(lambda: not under_way(client, tasks), "the runs that were asked for have ended")
    turn(client, "inactive")
    assert {client.tasks_api().find_task_by_id(task).last_run_status for task in tasks} == {"success"}


def test_late_readings_change_the_days_that_they_belong_to(client: InfluxDBClient) -> None:
    first = hours("A", FIRST, 24 * 5, Temperature=1.0)
    write(client, first)
    run_tasks(client)
    late = hours("B", FIRST + timedelta(days=1), 24, Temperature=5.0)
    write(client, late)
    run_tasks(client)
    assert days(client) == pytest.approx(expected(pd.concat([first, late])), abs=1e-9)


def test_more_than_a_month_of_days_takes_several_runs(client: InfluxDBClient) -> None:
    rows = hours("A", FIRST, 24 * 70, Temperature=1.0)
    write(client, rows)
    made = []
    for _ in range(3):
        run_tasks(client)
        made.append(len(days(client)))
    assert made == [31, 62, 70]
    assert days(client) == pytest.approx(expected(rows), abs=1e-9)


def test_a_day_whose_figures_were_not_made_is_made_by_the_next_run(client: InfluxDBClient) -> None:
    rows = hours("A", FIRST, 48, Temperature=1.0)
    write(client, rows)
    count, _ = daily.tasks("meteo").values()
    client.query_api().query(count)  # and then the second task fails
    assert days(client) == {}
    run_tasks(client)
    assert days(client) == pytest.approx(expected(rows), abs=1e-9)


def test_without_readings_the_tasks_succeed_and_write_nothing(client: InfluxDBClient) -> None:
    run_tasks(client)
    assert days(client) == {}


def test_set_up_again_the_tasks_are_the_same_and_older_flux_is_replaced(
    client: InfluxDBClient, influxdb_server: InfluxDBServer
) -> None:
    def found() -> dict[str, tuple[str, str]]:
        return {task.name: (task.id, task.flux) for task in client.tasks_api().find_tasks()}

    def set_up() -> dict[str, tuple[str, str]]:
        setup.set_up(influxdb_server.options, influxdb_server.credentials, influxdb_server.scraped)
        return found()

    before = found()
    assert {name: flux for name, (_, flux) in before.items()} == daily.tasks("meteo")
    assert set_up() == before
    task = client.tasks_api().find_task_by_id(before[daily.COUNT][0])
    task.flux = task.flux.replace("every: 1m", "every: 7m")
    client.tasks_api().update_task(task)
    assert {name: flux for name, (_, flux) in set_up().items()} == daily.tasks("meteo")
