"""The dashboard "Pipeline health": throughput of each hop, latency, lag, memory, and dead letters.

Its data source is the monitoring bucket. Spark writes the metrics of its batches to measurement `pipeline`. The metrics
of the streamer and of InfluxDB, and Spark's memory, are Prometheus metrics that InfluxDB scrapes every ten seconds
(influxdb/README.md).
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, text, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units

from grafana.panels import board
from grafana.panels.basic import TO_THE_SECOND, AnyPanel, count, properties, stat_tiles, table_panel, text_panel
from grafana.panels.charts import over_time
from grafana.panels.flux import windowed
from grafana.panels.pipeline_flux import as_series, batches, by_query, lag_of_all, per_second, scraped, spark_memory

NO_PROBLEM = "none"
"""What the Spark application writes when a query works again (influxdb/README.md)."""
WITH_THE_FIRST_BATCHES = (
    "No metrics in this time range: they arrive with the first batches, within a minute of the start"
)


def dashboard() -> Dashboard:
    """Build the dashboard. Unlike the others it shows the present."""
    description = "Rows per second by stage, latency, lag, batches, dead letters and memory of the last half hour."
    health = board.board("pipeline", description)
    health.with_variable(DatasourceVariable("datasource").label("Datasource").type("influxdb").regex("/monitoring/"))
    return board.with_sections(health, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "At a glance": [
            _alive().span(24).height(4),
            *(panel.span(4).height(4) for panel in [*_tiles(), _letters()]),
            _problems().span(24).height(5),
        ],
        "Throughput and latency": [
            _rates().span(12).height(9),
            _latency().span(12).height(9),
            _batch_time().span(12).height(9),
            _lag().span(12).height(9),
            _writes().span(12).height(9),
            _memory().span(12).height(9),
        ],
        "Dead letters and skipped rows": [
            _reasons().span(12).height(8),
            _trouble().span(12).height(8),
            _explanation().span(24).height(6),
        ],
    }


def _alive() -> stat.Panel:
    """One tile per component. It shows within a minute that a component has started or died."""
    signs = {
        "Streamer": scraped("datastream_rate"),
        "Kafka": scraped("datastream_kafka_answers"),
        "Spark": batches("rows"),
        "InfluxDB": scraped("go_memstats_sys_bytes"),
    }
    newest = '  |> group()\n  |> last()\n  |> findColumn(fn: (key) => true, column: "_value")'
    found = "".join(f"{name} =\n  {_lately(sign)}\n{newest}\n\n" for name, sign in signs.items())
    answers = {"Kafka": "Kafka[0]"}
    columns = ", ".join(
        f"{name}: if length(arr: {name}) > 0 then {answers.get(name, '1.0')} else 0.0" for name in signs
    )
    query = f'import "array"\nimport "date"\n\n{found}array.from(rows: [{{{columns}}}])'
    description = (
        "Whether each component has reported in the last minute: the streamer and InfluxDB by their metrics, Kafka by "
        "its answer to the streamer, Spark by the metrics that it writes at least every ten seconds."
    )
    panel = stat_tiles("Component status", description, query, list(signs))
    states = {"0": ("silent", "red"), "1": ("running", "green")}
    mapped = {value: model.ValueMappingResult(text=text, color=color) for value, (text, color) in states.items()}
    panel.mappings([model.ValueMap(options=mapped)])
    return panel.color_mode(values.BigValueColorMode.VALUE)


def _lately(query: str) -> str:
    return query.replace("v.timeRangeStart", "date.sub(d: 1m, from: v.timeRangeStop)")


def _tiles() -> list[stat.Panel]:
    now = "Newest value:"
    return [
        _now("Rate", f"{now} rows per second that the streamer sent, over five seconds.", scraped("datastream_rate"))
        .unit("suffix: rows/s"),
        count("Lag", "Records that Spark had not read when the last batch of each query began.", lag_of_all())
        .no_value("-"),
        _now("Latency", "From Kafka to a readable point: 95th percentile of the last batch.", batches("latency_p95_ms"))
        .unit(units.Milliseconds),
        _now("Rows waiting", f"{now} rows that wait to be sent to Kafka again.", scraped("datastream_rows_waiting")),
        _now("Free disk", f"{now} free share of the stack's disk.", scraped("datastream_disk_free_ratio"))
        .unit(units.PercentUnit),
    ]  # fmt: skip


def _now(title: str, description: str, query: str) -> stat.Panel:
    newest = f'{query}\n  |> group()\n  |> sort(columns: ["_time"])\n  |> last()\n  |> keep(columns: ["_value"])'
    return count(title, description, newest).no_value("-")


def _letters() -> stat.Panel:
    query = f'{batches("dead_letters")}\n  |> group()\n  |> sum()\n  |> keep(columns: ["_value"])'
    return count("Dead letters", "Records that Spark sent to dead-letter topics in the time range.", query)


def _problems() -> table.Panel:
    query = (
        f'{batches("problem")}\n  |> group(columns: ["query"])\n  |> sort(columns: ["_time"])\n  |> last()\n'
        f'  |> filter(fn: (r) => r._value != "{NO_PROBLEM}")\n  |> group()\n'
        '  |> rename(columns: {_value: "Problem"})\n  |> keep(columns: ["_time", "query", "Problem"])'
    )
    description = (
        "Queries of the Spark application that have failed and are started again. The others go on. "
        "`docs/operations.md` says what to do."
    )
    panel = table_panel("Queries with a problem", description, query, ["_time", "query", "Problem"])
    panel.override_by_name("_time", properties(**TO_THE_SECOND))
    panel.override_by_name("query", properties(displayName="Query", custom__width=160))
    return panel.no_value("All queries work")


def _rates() -> timeseries.Panel:
    # A point has the rows of one batch: their sum over a window, divided by its seconds, is the rate.
    summed = (
        f"{windowed('sum')}\n"
        "  |> map(fn: (r) => ({r with _value: r._value * 1000000000.0 / float(v: int(v: v.windowPeriod))}))"
    )
    sent = f"{per_second(scraped('datastream_rows_sent_total', 'counter'))}\n{windowed('mean')}"
    stored = f"{batches('points')}\n  |> group()\n{summed}"
    description = (
        "Rate of the same rows at each stage. Each Spark query reads its own topic. The rate of InfluxDB counts the "
        "points of all queries."
    )
    return _present(
        "Rows per second by stage",
        description,
        f"{sent}\n{as_series('streamer → Kafka')}",
        f"{batches('rows')}\n{summed}\n{by_query('Kafka → Spark:')}",
        f"{stored}\n{as_series('Spark → InfluxDB')}",
    ).unit("suffix: rows/s")


def _latency() -> timeseries.Panel:
    queries = {f"{percent} %": batches(f"latency_p{percent}_ms") for percent in (50, 95, 99)}
    description = "Time from Kafka's timestamp of a record until its point can be read: percentiles of each batch."
    return _lines("End-to-end latency", description, queries, units.Milliseconds)


def _batch_time() -> timeseries.Panel:
    description = "Duration of Spark's micro-batches. Above the trigger interval they follow each other immediately."
    query = f"{batches('batch_ms')}\n{windowed('mean')}\n{by_query('batches of')}"
    return _present("Batch duration", description, query).unit(units.Milliseconds)


def _lag() -> timeseries.Panel:
    largest = f'  |> group(columns: ["partition"])\n{windowed("max")}'
    query = f"{batches('partition_lag')}\n{largest}\n{as_series('lag', label='partition')}"
    description = "Records of each partition that were not read when a batch began: the largest of all queries."
    panel = _present("Lag by partition", description, query)
    return panel.unit(units.LocaleFormat).override_by_name(
        "lag", properties(displayName="partition ${__field.labels.partition}")
    )


def _reasons() -> table.Panel:
    query = (
        f'{batches("rejected")}\n  |> group(columns: ["reason"])\n  |> sum()\n  |> group()\n'
        '  |> rename(columns: {_value: "Records"})\n  |> keep(columns: ["reason", "Records"])\n'
        '  |> sort(columns: ["Records"], desc: true)'
    )
    description = (
        "Records that Spark sent to dead-letter topics, by reason. `./dead-letters.sh show` prints them, "
        "`./dead-letters.sh replay` sends them again."
    )
    panel = table_panel("Dead letters by reason", description, query, ["reason", "Records"])
    return panel.override_by_name("Records", properties(custom__width=110)).no_value("No dead letters")


def _trouble() -> timeseries.Panel:
    queries = {
        "rejected rows": scraped("datastream_rows_rejected_total", "counter"),
        "retried deliveries": scraped("datastream_rows_failed_total", "counter"),
        "skipped doubtful values": scraped("datastream_values_doubtful_total", "counter"),
        "skipped rows without a measurement": scraped("datastream_rows_skipped_total", "counter"),
    }
    title = "Rows rejected, retried or skipped by the streamer"
    return _lines(title, "Totals since the start of the streamer.", queries, units.LocaleFormat)


def _writes() -> timeseries.Panel:
    description = "Write requests of Spark that InfluxDB answered, and retries, per window."
    names = {"requests": "write_requests", "retries": "write_retries"}
    series = [f"{batches(field)}\n  |> group()\n{windowed('sum')}\n{as_series(name)}" for name, field in names.items()]
    panel = _present("Write requests", description, *series).unit(units.LocaleFormat)
    return panel.override_by_name("retries", properties(color={"mode": "fixed", "fixedColor": "red"}))


def _memory() -> timeseries.Panel:
    queries = {
        "InfluxDB": f"{scraped('go_memstats_sys_bytes')}\n{windowed('mean')}",
        "streamer": f"{scraped('datastream_process_resident_memory_bytes')}\n{windowed('mean')}",
        "Spark, driver": spark_memory('r.executor_id == "driver"'),
        "Spark, executors": spark_memory('r.executor_id != "driver"'),
    }
    description = (
        "Memory of InfluxDB (obtained from the system), the streamer (resident) and Spark (JVM and Python, peak)."
    )
    return _present("Memory", description, *(f"{q}\n{as_series(name)}" for name, q in queries.items())).unit(
        units.BytesIEC
    )


def _explanation() -> text.Panel:
    content = (
        "**Streamer → Kafka → Spark → InfluxDB.** A healthy pipeline has three equal rates, a lag that returns to 0, "
        "no dead letters, and a latency of a few batches. If a component is down, the rates differ: the streamer "
        "waits for Kafka, Spark waits for InfluxDB, and both catch up afterwards.\n\n"
        "Spark writes its metrics after each batch. InfluxDB scrapes the metrics of the streamer, of Spark and of "
        "itself every ten seconds. `./status.sh` prints the same in one table. `./dead-letters.sh show` prints dead "
        "letters with their reasons, and `./dead-letters.sh replay` sends them again, corrected if you wish."
    )
    return text_panel("About this dashboard", "How to read the panels.", content)


def _lines(title: str, description: str, queries: dict[str, str], unit: str) -> timeseries.Panel:
    """One line per query, named by its key."""
    named = [f"{query}\n{windowed('mean')}\n{as_series(name)}" for name, query in queries.items()]
    return _present(title, description, *named).unit(unit)


def _present(title: str, description: str, *queries: str) -> timeseries.Panel:
    """Lines over minutes, in windows of at least ten seconds: single batches would be too fine to see."""
    return over_time(title, description, *queries).interval("10s").no_value(WITH_THE_FIRST_BATCHES)
