"""The dashboard "Predictions": what is expected of the coming day, by which model, and how good predictions have been.

Training happens now, whatever days the predictions are of: its panels read all times.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import barchart, geomap, stat, table, text, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models import units

from grafana.dashboards import board
from grafana.dashboards.charts import bars, over_time
from grafana.dashboards.daily_flux import BY_DAY, compared, forecasts, newest_forecasts, right, statistics
from grafana.dashboards.flux import COLUMNS, windowed
from grafana.dashboards.maps import station_map
from grafana.dashboards.panels import AnyPanel, count, figures, properties, tiles, words
from grafana.dashboards.variables import datasource_variable
from weather.daily import MODELS, PLACE, TRAINING

LABELS = {"model": "Predictions", "never_rain": "Never rain", "as_yesterday": "As yesterday"}
COLORS = {"model": "blue", "never_rain": "orange", "as_yesterday": "green"}
EXPECTED = {"expected_degrees": "Mean", "expected_minimum": "Min", "expected_maximum": "Max"}
IMPORT = 'import "date"\n\n'
MOST_MODELS = 20
PARTS = 10
"""Parts of the probability from 0 to 1 in the calibration."""
FROM_THIRD_DAY = "Begins with the third day of data: about 2 minutes after the start at the default rate"
FROM_FOURTH_DAY = "Begins when the first predicted day is over: about 4 minutes after the start at the default rate"
FROM_TENTH_DAY = "Begins after the tenth day of data: about 10 minutes after the start at the default rate"
WITH_THE_APPLICATION = "Comes when the Spark application runs job rain"


def dashboard() -> Dashboard:
    """The dashboard; it always shows every station."""
    description = "The coming day of every station, and how often the model of rain was right, beside two baselines."
    predictions = board.board("predictions", description)
    predictions.with_variable(datasource_variable())
    return board.with_sections(predictions, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "The coming day": [_coming().span(13).height(14), _map().span(11).height(14)],
        "The models": [
            _model().span(8).height(5),
            _training().span(16).height(5),
            _models().span(24).height(8),
        ],
        "How good the predictions were": [
            _days().span(4).height(5),
            _accuracy().span(8).height(5),
            _by_model().span(12).height(5),
            _over_time().span(24).height(10),
            _calibration().span(12).height(10),
            _confusion().span(12).height(10),
            _by_station().span(12).height(12),
            _by_month().span(12).height(12),
            _temperature_errors().span(12).height(8),
            _explanation().span(12).height(8),
        ],
    }


def _coming() -> table.Panel:
    query = (
        f"{IMPORT}days = {newest_forecasts('probability')}\n  |> last()\n  |> group()\n"
        '  |> keep(columns: ["_time", "station", "_field", "_value"])\n\n'
        f"expected = {newest_forecasts(*EXPECTED)}\n  |> last()\n  |> group()\n"
        '  |> keep(columns: ["_time", "station", "_field", "_value"])\n\n'
        f"union(tables: [days, expected])\n{BY_DAY}\n  |> filter(fn: (r) => exists r.probability)\n"
        '  |> sort(columns: ["probability", "station"], desc: true)'
    )
    order = ["station", "_time", "probability", *EXPECTED]
    panel = figures("Expected of the coming day", "Each station's newest prediction: the day, the probability of rain, "
                    "the temperatures in the source's degrees.", query, order)  # fmt: skip
    for name, label in EXPECTED.items():
        panel.override_by_name(name, properties(displayName=label, decimals=1, custom__width=85))
    panel.override_by_name("_time", properties(displayName="Day", unit="time:YYYY-MM-DD", custom__width=110))
    panel.no_value(FROM_THIRD_DAY)
    return panel.override_by_name(
        "probability", properties(displayName="Rain", unit=units.PercentUnit, decimals=0, custom__width=80)
    )


def _map() -> geomap.Panel:
    kept = '  |> last()\n  |> group()\n  |> keep(columns: ["station", "_field", "_value"])'
    query = (
        f"{IMPORT}place = {statistics(*PLACE)}\n{kept}\n\n"
        f"value = {newest_forecasts('probability')}\n{kept}\n\n"
        f'union(tables: [place, value])\n  |> pivot(rowKey: ["station"], {COLUMNS})\n'
        "  |> filter(fn: (r) => exists r.LAT and exists r.LON and exists r.probability)"
    )
    description = "Each station's newest probability of rain. Simulated stations stand on an invented grid."
    panel = station_map("Probability of rain", description, query, "probability", []).no_value(FROM_THIRD_DAY)
    # The colours stand for 0 to 100 %, not for the lowest to the highest probability on the map.
    shown = properties(displayName="Rain", unit=units.PercentUnit, decimals=0, min=0, max=1)
    return panel.override_by_name("probability", shown)


def _days() -> stat.Panel:
    query = f'{compared()}\n  |> map(fn: (r) => ({{_value: r.observed}}))\n  |> count()\n  |> keep(columns: ["_value"])'
    return count("Days compared", "Predicted days of stations that have come, and that the model had not seen.", query)


def _accuracy() -> stat.Panel:
    query = (
        f"{compared('yesterday')}\n"
        f"  |> map(fn: (r) => ({{model: {right('predicted')}, never_rain: 1.0 - r.observed, "
        f"as_yesterday: {right('yesterday')}, days: 1.0}}))\n"
        "  |> reduce(identity: {model: 0.0, never_rain: 0.0, as_yesterday: 0.0, days: 0.0}, fn: (r, accumulator) => ({"
        "model: accumulator.model + r.model, never_rain: accumulator.never_rain + r.never_rain, "
        "as_yesterday: accumulator.as_yesterday + r.as_yesterday, days: accumulator.days + r.days}))\n"
        "  |> filter(fn: (r) => r.days > 0.0)\n"
        "  |> map(fn: (r) => ({model: r.model / r.days, never_rain: r.never_rain / r.days, "
        "as_yesterday: r.as_yesterday / r.days}))"
    )
    description = "Share of days on which the predictions were right, and on which two rules without a model were."
    panel = tiles("Accuracy", description, query, list(LABELS)).unit(units.PercentUnit).decimals(1)
    for name, label in LABELS.items():
        panel.override_by_name(name, properties(displayName=label))
    return panel.no_value(FROM_FOURTH_DAY)


def _by_model() -> table.Panel:
    # Names of models are text and the other fields numbers, which Flux does not put into one table.
    query = (
        f"days = {compared('yesterday')}\n"
        '  |> keep(columns: ["_time", "station", "predicted", "observed", "yesterday"])\n\n'
        f'models = {forecasts("model")}\n  |> group()\n  |> keep(columns: ["_time", "station", "_value"])\n'
        '  |> rename(columns: {_value: "model"})\n\n'
        'join(tables: {day: days, model: models}, on: ["_time", "station"])\n'
        f"  |> map(fn: (r) => ({{model: r.model, right: {right('predicted')}, as_yesterday: {right('yesterday')}}}))\n"
        '  |> group(columns: ["model"])\n'
        "  |> reduce(identity: {days: 0.0, right: 0.0, as_yesterday: 0.0}, fn: (r, accumulator) => ({"
        "days: accumulator.days + 1.0, right: accumulator.right + r.right, "
        "as_yesterday: accumulator.as_yesterday + r.as_yesterday}))\n"
        "  |> map(fn: (r) => ({model: r.model, days: r.days, right: r.right / r.days, "
        "as_yesterday: r.as_yesterday / r.days}))\n"
        '  |> group()\n  |> sort(columns: ["model"])'
    )
    description = "The same days by the model that predicted them, beside how often it was as the day before."
    panel = figures("Accuracy by model", description, query, ["model", "days", "right", "as_yesterday"])
    panel.override_by_name("days", properties(decimals=0, custom__width=80))
    for name in ("right", "as_yesterday"):
        panel.override_by_name(name, properties(unit=units.PercentUnit, decimals=1, custom__width=130))
    return panel.no_value(FROM_FOURTH_DAY)


def _training() -> table.Panel:
    query = (
        f"{_ever(TRAINING, 'state', 'problem')}  |> last()\n  |> group()\n"
        '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")\n'
        '  |> sort(columns: ["_time"])\n  |> tail(n: 1)\n  |> rename(columns: {_time: "since"})'
    )
    description = "What automatic training does at the moment, or why the last training failed."
    panel = figures("Training", description, query, ["state", "problem", "since"])
    panel.override_by_name("problem", properties(displayName="Last failure", noValue="none"))
    panel.override_by_name("since", properties(displayName="Since (UTC)", unit=units.DatetimeISO, custom__width=160))
    return panel.no_value(WITH_THE_APPLICATION)


def _models() -> table.Panel:
    numbers = ("accuracy", "as_yesterday", "brier", "held_out_days")
    shown = ["model", "kind", *numbers, "trained_until"]
    kept = ", ".join(f'"{name}"' for name in shown)
    by_model = '  |> group()\n  |> pivot(rowKey: ["_time", "model"], columnKey: ["_field"], valueColumn: "_value")\n'
    query = (
        f"numbers = {_ever(MODELS, *numbers)}{by_model}\n"
        f"words = {_ever(MODELS, 'kind', 'trained_until')}{by_model}\n"
        'join(tables: {number: numbers, word: words}, on: ["_time", "model"])\n'
        f'  |> keep(columns: [{kept}])\n  |> sort(columns: ["model"], desc: true)\n'
        f"  |> limit(n: {MOST_MODELS})"
    )
    description = (
        "Each training's model of rain, measured on days that were held out. It is used if it is better than the one "
        "in use: more accurate, or as accurate with a lower Brier score."
    )
    panel = figures("Trained models", description, query, shown)
    panel.override_by_name("model", properties(displayName="Trained at (UTC)"))
    for name in ("accuracy", "as_yesterday"):
        panel.override_by_name(name, properties(unit=units.PercentUnit, decimals=1))
    panel.override_by_name("brier", properties(displayName="Brier score", decimals=3))
    panel.override_by_name("held_out_days", properties(decimals=0))
    return panel.no_value(FROM_TENTH_DAY)


def _ever(measurement: str, *names: str) -> str:
    """The pipeline of some fields of a measurement, whenever they were written."""
    fields = " or ".join(f'r._field == "{name}"' for name in names)
    return (
        "from(bucket: v.defaultBucket)\n  |> range(start: 0)\n"
        f'  |> filter(fn: (r) => r._measurement == "{measurement}")\n  |> filter(fn: (r) => {fields})\n'
    )


def _model() -> table.Panel:
    query = (
        f'{IMPORT}{newest_forecasts("model")}\n  |> group()\n  |> sort(columns: ["_time"])\n  |> last()\n'
        '  |> keep(columns: ["_time", "_value"])\n  |> rename(columns: {_time: "day", _value: "model"})'
    )
    description = "The model of the newest prediction: as_yesterday, or when it was trained (UTC)."
    panel = figures("Model in use", description, query, ["model", "day"]).no_value(FROM_THIRD_DAY)
    return panel.override_by_name("day", properties(displayName="Newest day", unit="time:YYYY-MM-DD"))


def _over_time() -> timeseries.Panel:
    says = {"model": right("predicted"), "never_rain": "1.0 - r.observed", "as_yesterday": right("yesterday")}
    series = [
        f'    days |> map(fn: (r) => ({{_time: r._time, _field: "{name}", _value: {value}}})),\n'
        for name, value in says.items()
    ]
    query = (
        f"days = {compared('yesterday')}\n\n"
        f"union(\n  tables: [\n{''.join(series)}  ],\n)\n"
        '  |> group(columns: ["_field"])\n'
        '  |> sort(columns: ["_time"])\n'
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f"{windowed('mean')}\n"
        '  |> keep(columns: ["_time", "_field", "_value"])'
    )
    panel = over_time("Accuracy over time", "Share of right predictions in each window.", query).interval("168h")
    for name, label in LABELS.items():
        color = {"mode": "fixed", "fixedColor": COLORS[name]}
        panel.override_by_name(name, properties(displayName=label, color=color))
    return panel.unit(units.PercentUnit).max_data_points(60).no_value(FROM_FOURTH_DAY)


def _calibration() -> barchart.Panel:
    query = (
        f"{compared('probability')}\n"
        f"  |> map(fn: (r) => ({{part: if r.probability >= 1.0 then {PARTS - 1} "
        f"else int(v: r.probability * {PARTS}.0), _value: r.observed}}))\n"
        '  |> group(columns: ["part"])\n'
        "  |> mean()\n"
        "  |> group()\n"
        '  |> sort(columns: ["part"])\n'
        f'  |> map(fn: (r) => ({{said: string(v: r.part * {100 // PARTS}) + "–" + '
        f'string(v: (r.part + 1) * {100 // PARTS}) + " %", rainy: r._value * 100.0}}))'
    )
    description = "Of the days with a probability of rain within each tenth, how many were rainy."
    return bars("Calibration", description, query, "said", "rainy", units.Percent).no_value(FROM_FOURTH_DAY)


def _confusion() -> table.Panel:
    query = (
        f"{compared()}\n"
        '  |> map(fn: (r) => ({came: if r.observed == 1.0 then "rainy" else "dry", '
        "predicted_dry: if r.predicted == 0.0 then 1 else 0, predicted_rainy: if r.predicted == 1.0 then 1 else 0}))\n"
        '  |> group(columns: ["came"])\n'
        "  |> reduce(identity: {predicted_dry: 0, predicted_rainy: 0}, fn: (r, accumulator) => ({"
        "predicted_dry: accumulator.predicted_dry + r.predicted_dry, "
        "predicted_rainy: accumulator.predicted_rainy + r.predicted_rainy}))\n"
        '  |> group()\n  |> sort(columns: ["came"])'
    )
    description = "Days by what came and what had been predicted."
    panel = figures("Confusion matrix", description, query, ["came", "predicted_dry", "predicted_rainy"])
    return panel.no_value(FROM_FOURTH_DAY)


def _by_station() -> table.Panel:
    query = _wrong_by("station: r.station", "station") + '  |> sort(columns: ["wrong", "station"], desc: true)'
    panel = figures(
        "Errors by station", "Share of days on which the prediction was wrong.", query, ["station", "wrong"]
    )
    panel.override_by_name("wrong", properties(unit=units.PercentUnit, decimals=1))
    return panel.no_value(FROM_FOURTH_DAY)


def _by_month() -> barchart.Panel:
    months = ", ".join(
        f'"{name}"' for name in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
    query = (
        f'import "date"\n\nmonths = [{months}]\n\n'
        + _wrong_by("month: date.month(t: r._time)", "month")
        + '  |> sort(columns: ["month"])\n  |> map(fn: (r) => ({name: months[r.month - 1], wrong: r.wrong * 100.0}))'
    )
    description = "Share of days on which the prediction was wrong."
    panel = bars("Errors by month", description, query, "name", "wrong", units.Percent)
    return panel.no_value(FROM_FOURTH_DAY)


def _wrong_by(column: str, name: str) -> str:
    return (
        f"{compared()}\n"
        f"  |> map(fn: (r) => ({{{column}, _value: 1.0 - ({right('predicted')})}}))\n"
        f'  |> group(columns: ["{name}"])\n  |> mean()\n  |> group()\n  |> rename(columns: {{_value: "wrong"}})\n'
    )


def _temperature_errors() -> stat.Panel:
    columns = {"degrees": "Mean", "minimum": "Minimum", "maximum": "Maximum"}
    series = []
    for name in columns:
        pair = (f"expected_{name}", f"observed_{name}")
        series.append(
            f"{name} = {forecasts('unseen', *pair)}\n{BY_DAY}\n"
            f"  |> filter(fn: (r) => exists r.{pair[0]} and exists r.{pair[1]} and exists r.unseen)\n"
            "  |> filter(fn: (r) => r.unseen == 1.0)\n"
            f'  |> map(fn: (r) => ({{row: "", column: "{name}", '
            f"_value: if r.{pair[0]} > r.{pair[1]} then r.{pair[0]} - r.{pair[1]} else r.{pair[1]} - r.{pair[0]}}}))\n"
            '  |> group(columns: ["row", "column"])\n  |> mean()\n\n'
        )
    query = (
        f"{''.join(series)}union(tables: [{', '.join(columns)}])\n  |> group()\n"
        '  |> pivot(rowKey: ["row"], columnKey: ["column"], valueColumn: "_value")\n  |> drop(columns: ["row"])'
    )
    description = "Mean distance of the expected temperatures from those that came, in the source's degrees."
    panel = tiles("Errors of temperature", description, query, list(columns)).decimals(2)
    for name, label in columns.items():
        panel.override_by_name(name, properties(displayName=label))
    return panel.no_value(FROM_FOURTH_DAY)


def _explanation() -> text.Panel:
    markdown = (
        "- A prediction is made when a day's report has come, from that day and the one before: month, degrees, rain.\n"
        "- The first model is **as yesterday**. Models are trained as days are added; one takes over when it is better "
        "on days held out.\n"
        "- The figures count days that **had not been learned from** when their model was trained.\n"
        "- `./submit.sh models` lists the models, `./submit.sh use NAME` goes back to one, `./submit.sh train` trains "
        "now."
    )
    return words("How to read this", "Where the predictions come from.", markdown)
