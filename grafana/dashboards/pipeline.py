"""The dashboard "Pipeline health": whether readings get through, how fast, and what is set aside.

Its data source is the one of the monitoring bucket. Spark's figures are measurement `pipeline`; those of the streamer
and of InfluxDB are Prometheus metrics that InfluxDB scrapes every ten seconds (influxdb/README.md).
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, text, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units

from grafana.dashboards import board
from grafana.dashboards.charts import over_time
from grafana.dashboards.flux import ALL_TOGETHER, AT_WINDOW_START, windowed
from grafana.dashboards.panels import AnyPanel, count, figures, properties, tiles, words

WRITTEN_BY_SPARK = "pipeline"
WITH_THE_FIRST_BATCHES = (
    "Nothing in the last half hour: figures come with the first batches, within a minute of the start"
)


def dashboard() -> Dashboard:
    """The dashboard; unlike the others it shows the present."""
    description = "Rows per second through each hop, latency, lag, batches, dead letters, memory: the last half hour."
    health = board.board("pipeline", description)
    health.with_variable(DatasourceVariable("datasource").label("Datasource").type("influxdb").regex("/monitoring/"))
    return board.with_sections(health, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "At a glance": [
            _alive().span(24).height(4),
            *(panel.span(4).height(4) for panel in [*_tiles(), _letters()]),
        ],
        "Throughput and delay": [
            _rates().span(12).height(9),
            _latency().span(12).height(9),
            _batch_time().span(12).height(9),
            _lag().span(12).height(9),
            _writes().span(12).height(9),
            _memory().span(12).height(9),
        ],
        "What is set aside, and what it costs": [
            _reasons().span(12).height(8),
            _trouble().span(12).height(8),
            _explanation().span(24).height(6),
        ],
    }


def _alive() -> stat.Panel:
    """A tile for each component; what has just begun, or just died, is told after a minute."""
    signs = {
        "Streamer": _scraped("datastream_rate"),
        "Kafka": _scraped("datastream_kafka_answers"),
        "Spark": _batches("rows"),
        "InfluxDB": _scraped("go_memstats_sys_bytes"),
    }
    newest = '  |> group()\n  |> last()\n  |> findColumn(fn: (key) => true, column: "_value")'
    found = "".join(f"{name} =\n  {_lately(sign)}\n{newest}\n\n" for name, sign in signs.items())
    answers = {"Kafka": "Kafka[0]"}
    columns = ", ".join(
        f"{name}: if length(arr: {name}) > 0 then {answers.get(name, '1.0')} else 0.0" for name in signs
    )
    query = f'import "array"\nimport "date"\n\n{found}array.from(rows: [{{{columns}}}])'
    description = (
        "Whether each component was heard of in the last minute: the streamer and InfluxDB by their metrics, Kafka by "
        "its answer to the streamer, Spark by its figures, which it writes every ten seconds at least."
    )
    panel = tiles("Is it running?", description, query, list(signs))
    states = {"0": ("silent", "red"), "1": ("running", "green")}
    mapped = {value: model.ValueMappingResult(text=text, color=color) for value, (text, color) in states.items()}
    panel.mappings([model.ValueMap(options=mapped)])
    return panel.color_mode(values.BigValueColorMode.VALUE)


def _lately(query: str) -> str:
    return query.replace("v.timeRangeStart", "date.sub(d: 1m, from: v.timeRangeStop)")


def _tiles() -> list[stat.Panel]:
    now = "At the last look:"
    return [
        _now("Rate", f"{now} rows a second that the streamer sent, over five seconds.", _scraped("datastream_rate"))
        .unit("suffix: rows/s"),
        count("Lag", "Records that lay behind Spark's queries when their last batches began.", _lag_of_all())
        .no_value("-"),
        _now("Latency", "From Kafka to a readable point: 95 % of the last batch's records.", _batches("latency_p95_ms"))
        .unit(units.Milliseconds),
        _now("Rows waiting", f"{now} rows that wait for Kafka.", _scraped("datastream_rows_waiting")),
        _now("Free disk", f"{now} the free part of the stack's disk.", _scraped("datastream_disk_free_ratio"))
        .unit(units.PercentUnit),
    ]  # fmt: skip


def _batches(field: str) -> str:
    """A figure of Spark's batches."""
    return _figure(WRITTEN_BY_SPARK, field)


def _lag_of_all() -> str:
    newest = '  |> group(columns: ["query"])\n  |> last()\n  |> group()\n  |> sum()\n  |> keep(columns: ["_value"])'
    return f"{_batches('lag')}\n{newest}"


def _by_query(name: str) -> str:
    """The steps that make a series of each of Spark's queries, called `name` and the query."""
    return (
        f'  |> map(fn: (r) => ({{_time: r._time, _value: r._value, _field: "{name} " + r.query}}))\n'
        '  |> group(columns: ["_field"])'
    )


def _scraped(metric: str, field: str = "gauge") -> str:
    """A metric of the streamer or of InfluxDB, all its series in one."""
    return _figure(metric, field)


def _figure(measurement: str, field: str) -> str:
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}")'
    )


def _as_series(name: str, *, label: str = "") -> str:
    """The steps that leave a series its time, value and name, and one label."""
    kept = ", ".join(f'"{column}"' for column in ("_time", "_value", "_field", *([label] if label else [])))
    columns = ", ".join(f'"{column}"' for column in ("_field", *([label] if label else [])))
    return f'  |> set(key: "_field", value: "{name}")\n  |> keep(columns: [{kept}])\n  |> group(columns: [{columns}])'


def _per_second(counter: str) -> str:
    """The growth of a counter a second, which a restart does not turn negative."""
    return f"{counter}\n  |> derivative(unit: 1s, nonNegative: true)"


def _now(title: str, description: str, query: str) -> stat.Panel:
    newest = f'{query}\n  |> group()\n  |> sort(columns: ["_time"])\n  |> last()\n  |> keep(columns: ["_value"])'
    return count(title, description, newest).no_value("-")


def _letters() -> stat.Panel:
    query = f'{_batches("dead_letters")}\n  |> group()\n  |> sum()\n  |> keep(columns: ["_value"])'
    return count("Dead letters", "Records that Spark set aside in the time range.", query)


def _rates() -> timeseries.Panel:
    # A batch's rows are those of a moment: their sum over a window, by its seconds, is the rate.
    summed = (
        f"{windowed('sum')}\n"
        "  |> map(fn: (r) => ({r with _value: r._value * 1000000000.0 / float(v: int(v: v.windowPeriod))}))"
    )
    sent = f"{_per_second(_scraped('datastream_rows_sent_total', 'counter'))}\n{windowed('mean')}"
    stored = f"{_batches('points')}\n  |> group()\n{summed}"
    description = (
        "The same rows on their way, hop by hop. Each of Spark's queries reads its own topic; InfluxDB's rate is that "
        "of the points of all queries."
    )
    return _present(
        "Rows per second through each hop",
        description,
        f"{sent}\n{_as_series('Kafka took from the streamer')}",
        f"{_batches('rows')}\n{summed}\n{_by_query('Spark:')}",
        f"{stored}\n{_as_series('InfluxDB took from Spark')}",
    ).unit("suffix: rows/s")


def _latency() -> timeseries.Panel:
    queries = {f"{percent} %": _batches(f"latency_p{percent}_ms") for percent in (50, 95, 99)}
    description = "From Kafka's time of a record to the end of its batch: so many percent took no longer."
    return _lines("End-to-end latency", description, queries, units.Milliseconds)


def _batch_time() -> timeseries.Panel:
    description = "How long Spark's micro-batches took. Above the pace of the trigger they follow each other at once."
    query = f"{_batches('batch_ms')}\n{windowed('mean')}\n{_by_query('batches of')}"
    return _present("Batch duration", description, query).unit(units.Milliseconds)


def _lag() -> timeseries.Panel:
    largest = f'  |> group(columns: ["partition"])\n{windowed("max")}'
    query = f"{_batches('partition_lag')}\n{largest}\n{_as_series('lag', label='partition')}"
    description = "Records of each partition that lay behind when a batch began, of the query that was furthest behind."
    panel = _present("Lag by partition", description, query)
    return panel.unit(units.LocaleFormat).override_by_name(
        "lag", properties(displayName="partition ${__field.labels.partition}")
    )


def _reasons() -> table.Panel:
    query = (
        f'{_batches("rejected")}\n  |> group(columns: ["reason"])\n  |> sum()\n  |> group()\n'
        '  |> rename(columns: {_value: "Records"})\n  |> keep(columns: ["reason", "Records"])\n'
        '  |> sort(columns: ["Records"], desc: true)'
    )
    description = "Records that Spark set aside, by what was wrong with them; they lie in the dead-letter topic."
    panel = figures("Dead letters by reason", description, query, ["reason", "Records"])
    return panel.override_by_name("Records", properties(custom__width=110)).no_value("No dead letters")


def _trouble() -> timeseries.Panel:
    queries = {
        "rows of the file that cannot be read": _scraped("datastream_rows_rejected_total", "counter"),
        "deliveries tried again": _scraped("datastream_rows_failed_total", "counter"),
        "doubtful values left out": _scraped("datastream_values_doubtful_total", "counter"),
        "rows without a measurement": _scraped("datastream_rows_skipped_total", "counter"),
    }
    title = "What the streamer left out or tried again"
    return _lines(title, "Totals since the streamer was started.", queries, units.LocaleFormat)


def _writes() -> timeseries.Panel:
    description = "What Spark's requests to InfluxDB came to, and how often one had to be tried again, in each window."
    names = {"requests": "write_requests", "retries": "write_retries"}
    series = [
        f"{_batches(field)}\n  |> group()\n{windowed('sum')}\n{_as_series(name)}" for name, field in names.items()
    ]
    panel = _present("Write requests", description, *series).unit(units.LocaleFormat)
    return panel.override_by_name("retries", properties(color={"mode": "fixed", "fixedColor": "red"}))


def _memory() -> timeseries.Panel:
    queries = {
        "InfluxDB": f"{_scraped('go_memstats_sys_bytes')}\n{windowed('mean')}",
        "streamer": f"{_scraped('datastream_process_resident_memory_bytes')}\n{windowed('mean')}",
        "Spark, driver": _spark_memory('r.executor_id == "driver"'),
        "Spark, executors": _spark_memory('r.executor_id != "driver"'),
    }
    description = (
        "Of InfluxDB (taken from the system), the streamer (resident), and Spark (JVM and Python, highest so far)."
    )
    return _present("Memory", description, *(f"{q}\n{_as_series(name)}" for name, q in queries.items())).unit(
        units.BytesIEC
    )


def _spark_memory(whose: str) -> str:
    """The resident memory of processes that Spark tells of, each of them in a series of its own: their sum."""
    metric = "metrics_executor_ProcessTree{}RSSMemory_bytes"
    names = " or ".join(f'r._measurement == "{metric.format(part)}"' for part in ("JVM", "Python"))
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => ({names}) and r._field == "value")\n'
        f"  |> filter(fn: (r) => {whose})\n"
        f"{windowed('mean')}\n{ALL_TOGETHER}\n  |> sum()\n{AT_WINDOW_START}"
    )


def _explanation() -> text.Panel:
    content = (
        "**Streamer → Kafka → Spark → InfluxDB.** A healthy pipeline shows three equal rates, a lag that returns to 0, "
        "no dead letters, and a latency of a few batches. The rates part company when a hop is away: the streamer "
        "waits for Kafka, Spark for InfluxDB, and what waits is made up for afterwards.\n\n"
        "Figures come from Spark after each batch, and from the metrics of streamer, Spark and InfluxDB every ten "
        "seconds. "
        "`./status.sh` tells the same in one table; the dead letters themselves say in their headers what was wrong "
        "and where they came from."
    )
    return words("What is seen here", "How to read this dashboard.", content)


def _lines(title: str, description: str, queries: dict[str, str], unit: str) -> timeseries.Panel:
    """One line per query, named by its key."""
    named = [f"{query}\n{windowed('mean')}\n{_as_series(name)}" for name, query in queries.items()]
    return _present(title, description, *named).unit(unit)


def _present(title: str, description: str, *queries: str) -> timeseries.Panel:
    """Lines over minutes; a batch a second would be too fine to see."""
    return over_time(title, description, *queries).interval("10s").no_value(WITH_THE_FIRST_BATCHES)
