"""`python -m stack.status`: prints a table with the state, address and metrics of each component."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stack import modes, trained
from stack.common import disk, environment, health, profiles
from stack.common.steps import end_with_reader, fail, run_main, say
from stack.common.web import flux, request
from stack.modes import Mode
from weather import settings
from weather.errors import StackError
from weather.settings import forecast, sources
from weather.trained_models import AS_YESTERDAY, RAIN, ModelFolder, TrainingState

Row = tuple[str, str, str, str]

HARMLESS = "warning"
"""A state that needs attention, although the stack works."""


def show(variables: settings.Variables, mode: Mode) -> bool:
    """Print the table. Return whether every component is healthy."""
    at = health.Addresses(variables)
    rows: list[Row] = []
    states = mode.states()
    for name, check in health.CHECKS.items():
        if name == "grafana" and not mode.serves_dashboards():
            rows.append((name, "absent", "", "neither Grafana nor the dashboard viewer is installed"))
            continue
        if name == "spark-app" and not sources.jobs(variables):
            rows.append((name, "absent", "", f"STREAM_SOURCE={variables.text('STREAM_SOURCE')} has no Spark job"))
            continue
        process = "spark-worker-1" if name == "spark-workers" else name
        problem = check(at) if states else "not running"
        if name == "spark-app" and not problem:
            problem = failing_queries(settings.InfluxDB.load(variables))
        state = "healthy" if not problem else states.get(process, "stopped").lower()
        if problem and state == "running":
            state = "unhealthy"
        rows.append((name, state, _address(name, at), problem or _details(name, variables, at)))
    rows += [_beside(name, at, states) for name in profiles.started(variables, mode.name)]
    if "rain" in sources.jobs(variables):
        rows.append(models_row(forecast.models_folder(variables)))
    rows.append(disk_row(variables))
    _print(rows)
    return all(row[1] in ("healthy", "absent", HARMLESS) for row in rows)


def models_row(folder: Path) -> Row:
    """The row with the model in use and the state of automatic training; a failed training is a warning."""
    state = TrainingState.load(folder)
    if state is None:
        return "rain-model", "absent", "", f"no model yet; {AS_YESTERDAY} will be the first"
    words = f"{ModelFolder(folder, RAIN).current_name()} in use; automatic training: {trained.sentence(state)}"
    return "rain-model", HARMLESS if state.problem else "healthy", "", words


def disk_row(variables: settings.Variables) -> Row:
    """The row of the disks that the stack writes to."""
    home = Path(variables.text("STACK_HOME"))
    problem = disk.problem(variables)
    return (
        "disk",
        "unhealthy" if problem else "healthy",
        str(home),
        problem or (disk.free(home) if home.is_dir() else ""),
    )


def _beside(name: str, at: health.Addresses, states: dict[str, str]) -> Row:
    """The row of a profile's service: its state, and the result of its health check if it has one."""
    state = states.get(name, "stopped").lower()
    problem = health.BESIDE[name](at) if state == "running" and name in health.BESIDE else ""
    address = {"database": f"{at.host}:{at.database_port}", "namenode": at.hdfs}.get(name, "")
    return name, "unhealthy" if problem else "healthy" if state == "running" else state, address, problem


def next_steps(variables: settings.Variables, mode: Mode, started: bool) -> str:
    """What the user can do next."""
    at = health.Addresses(variables)
    if not started:
        return "\nServers are up. Next: ./submit.sh and ./start-streaming.sh"
    dashboards = f"\nDashboards: {at.grafana}/" if mode.serves_dashboards() else ""
    return (
        f"{dashboards}\nLive page: {at.datastream}/    rate: ./modify_streaming_timedelta.sh 0.01"
        "\nState: ./status.sh    stop: ./clean.sh --keep-data    remove everything: ./clean.sh"
    )


def main(arguments: list[str]) -> int:
    """Print the table. Return 0 if everything is healthy, 1 otherwise."""
    argparse.ArgumentParser(
        prog="./status.sh", description="Show the state, address and metrics of each component."
    ).parse_args(arguments)
    try:
        variables = environment.variables()
        mode = modes.choose(variables)
        say(f"mode: {mode.name}, STACK_HOME={variables.text('STACK_HOME')}\n")
        return 0 if show(variables, mode) else 1
    except StackError as error:
        return fail(error)


def _address(name: str, at: health.Addresses) -> str:
    return {
        "kafka": f"{at.host}:{at.kafka_port}",
        "influxdb": at.influxdb,
        "spark-master": at.spark_master_ui,
        "spark-workers": at.spark_master,
        "datastream": at.datastream,
        "spark-app": at.spark_app_ui,
        "grafana": at.grafana,
    }[name]


def _details(name: str, variables: settings.Variables, at: health.Addresses) -> str:
    try:
        if name == "datastream":
            return stream_details(request(f"{at.datastream}/status"))
        if name == "spark-app":
            return write_details(settings.InfluxDB.load(variables), sources.jobs(variables))
        if name == "grafana":
            viewer = request(f"{at.grafana}/api/health").get("viewer")
            return "dashboard viewer (grafana/viewer) in place of Grafana" if viewer else ""
        if name == "spark-workers":
            return f"{at.workers} registered"
    except StackError as error:
        return str(error)
    return ""


def stream_details(status: dict[str, Any]) -> str:
    """The streamer's state in one line."""
    pace = f"{status['rate']:g} rows/s, delta {status['time_delta']:g} s"
    text = f"{status['state']}: {status['rows_sent']} rows sent, {pace}, at {status['observation_hour'] or '-'}"
    return f"{text}; {status['problem']}" if status["problem"] else text


def write_details(influxdb: settings.InfluxDB, jobs: Sequence[str]) -> str:
    """Points and dead letters of the queries, and the lag of the first job, from measurement `pipeline`."""
    pipeline = (
        f'from(bucket: "{influxdb.monitoring_bucket}") |> range(start: -30d) '
        '|> filter(fn: (r) => r._measurement == "pipeline" and r.component == "spark_app")'
    )
    counts = f'{pipeline} |> filter(fn: (r) => r._field == "points" or r._field == "dead_letters")'
    sums = flux(influxdb, f'{counts} |> group(columns: ["query", "_field"]) |> sum()')
    lags = f'{pipeline} |> filter(fn: (r) => r._field == "lag" and r.query =~ /^{jobs[0]}/)'
    last = flux(influxdb, f'{lags} |> group() |> sort(columns: ["_time"]) |> last()')
    return "; ".join([written(sums), *(_lag(row) for row in last)])


def failing_queries(influxdb: settings.InfluxDB) -> str:
    """The queries that have failed and are started again, with their problems; "" if all work."""
    query = (
        f'from(bucket: "{influxdb.monitoring_bucket}") |> range(start: -30d) '
        '|> filter(fn: (r) => r._measurement == "pipeline" and r._field == "problem") |> group(columns: ["query"]) '
        '|> sort(columns: ["_time"]) |> last() |> filter(fn: (r) => r._value != "none")'
    )
    try:
        rows = flux(influxdb, query)
    except StackError:  # the row of InfluxDB says so
        return ""
    return "; ".join(f"query {row['query']}: {row['_value']}" for row in rows)


def written(sums: Sequence[Mapping[str, str]]) -> str:
    """Points of each query and all dead letters, from rows with `query`, `_field` and the sum as `_value`.

    Points that Spark wrote again after a crash are counted again.
    """
    if not sums:
        return "no micro-batch has finished yet"
    points = {row["query"]: float(row["_value"]) for row in sums if row["_field"] == "points"}
    letters = sum(float(row["_value"]) for row in sums if row["_field"] == "dead_letters")
    each = [f"{query} {count:.0f}" for query, count in points.items() if count]
    return f"points written: {', '.join(each) or 'none yet'}; {letters:.0f} dead letters"


def _lag(row: dict[str, str]) -> str:
    """The lag at the last micro-batch and how old it is, because it does not count what was sent since."""
    age = datetime.now(UTC) - datetime.fromisoformat(row["_time"])
    return f"lag {float(row['_value']):.0f} at the last batch {max(age.total_seconds(), 0):.0f} s ago"


def _print(rows: list[Row]) -> None:
    widths = [max(len(row[column]) for row in [("component", "state", "address", ""), *rows]) for column in range(3)]
    for row in [("component", "state", "address", "details"), *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, row[3]]).rstrip())


if __name__ == "__main__":
    end_with_reader()
    run_main(main)
