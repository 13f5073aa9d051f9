"""The section "Prediction quality" of the dashboard "Predictions"."""

from __future__ import annotations

from grafana_foundation_sdk.builders import barchart, stat, table, timeseries
from grafana_foundation_sdk.models import units

from grafana.panels.basic import count, properties, stat_tiles, table_panel
from grafana.panels.charts import bars, over_time
from grafana.panels.daily_flux import BY_DAY, compared, forecasts, right
from grafana.panels.flux import LABELLED_BY_NUMBER, labelled, windowed

LABELS = {"model": "Predictions", "never_rain": "Never rain", "as_yesterday": "As yesterday"}
COLORS = {"model": "blue", "never_rain": "orange", "as_yesterday": "green"}
PARTS = 10
"""Number of equal intervals of the probability, from 0 to 1, in the panel "Calibration"."""
FROM_FOURTH_DAY = "Waiting for the end of the first predicted day: about 4 minutes after the start at the default rate"


def days() -> stat.Panel:
    query = f'{compared()}\n  |> map(fn: (r) => ({{_value: r.observed}}))\n  |> count()\n  |> keep(columns: ["_value"])'
    return count("Days compared", "Predicted days that were observed and that the model was not trained on.", query)


def accuracy() -> stat.Panel:
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
    description = "Share of correctly predicted days, of the predictions and of two baselines."
    panel = stat_tiles("Accuracy", description, query, list(LABELS)).unit(units.PercentUnit).decimals(1)
    for name, label in LABELS.items():
        panel.override_by_name(name, properties(displayName=label))
    return panel.no_value(FROM_FOURTH_DAY)


def by_model() -> table.Panel:
    # Model names are text and the other fields are numbers. Flux does not put both into one table.
    query = (
        f"days = {compared('yesterday')}\n"
        '  |> keep(columns: ["_time", "station_id", "predicted", "observed", "yesterday"])\n\n'
        f"models = {forecasts('model')}\n  |> group()\n"
        '  |> keep(columns: ["_time", "station_id", "_value"])\n'
        '  |> rename(columns: {_value: "model"})\n\n'
        'join(tables: {day: days, model: models}, on: ["_time", "station_id"])\n'
        f"  |> map(fn: (r) => ({{model: r.model, right: {right('predicted')}, as_yesterday: {right('yesterday')}}}))\n"
        '  |> group(columns: ["model"])\n'
        "  |> reduce(identity: {days: 0.0, right: 0.0, as_yesterday: 0.0}, fn: (r, accumulator) => ({"
        "days: accumulator.days + 1.0, right: accumulator.right + r.right, "
        "as_yesterday: accumulator.as_yesterday + r.as_yesterday}))\n"
        "  |> map(fn: (r) => ({model: r.model, days: r.days, right: r.right / r.days, "
        "as_yesterday: r.as_yesterday / r.days}))\n"
        '  |> group()\n  |> sort(columns: ["model"])'
    )
    description = "Share of correctly predicted days per model, and of the baseline as yesterday on the same days."
    panel = table_panel("Accuracy by model", description, query, ["model", "days", "right", "as_yesterday"])
    panel.override_by_name("days", properties(decimals=0, custom__width=80))
    for name in ("right", "as_yesterday"):
        panel.override_by_name(name, properties(unit=units.PercentUnit, decimals=1, custom__width=130))
    return panel.no_value(FROM_FOURTH_DAY)


def accuracy_over_time() -> timeseries.Panel:
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
    panel = over_time("Accuracy over time", "Share of correctly predicted days per window.", query).interval("168h")
    for name, label in LABELS.items():
        color = {"mode": "fixed", "fixedColor": COLORS[name]}
        panel.override_by_name(name, properties(displayName=label, color=color))
    return panel.unit(units.PercentUnit).max_data_points(60).no_value(FROM_FOURTH_DAY)


def calibration() -> barchart.Panel:
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
    description = "Share of rainy days per 10 % interval of the predicted probability. Ideally both are equal."
    return bars("Calibration", description, query, "said", "rainy", units.Percent).no_value(FROM_FOURTH_DAY)


def confusion() -> table.Panel:
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
    description = "Number of days by observed weather (rows) and predicted weather (columns)."
    panel = table_panel("Confusion matrix", description, query, ["came", "predicted_dry", "predicted_rainy"])
    return panel.no_value(FROM_FOURTH_DAY)


def by_station() -> table.Panel:
    query = labelled(
        _wrong_by("station_id: r.station_id", "station_id")
        + f'{LABELLED_BY_NUMBER}\n  |> sort(columns: ["wrong", "station"], desc: true)',
        forecasts("predicted"),
    )
    panel = table_panel(
        "Errors by station", "Share of wrongly predicted days per station.", query, ["station", "wrong"]
    )
    panel.override_by_name("wrong", properties(unit=units.PercentUnit, decimals=1))
    return panel.no_value(FROM_FOURTH_DAY)


def by_month() -> barchart.Panel:
    months = ", ".join(
        f'"{name}"' for name in ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
    query = (
        f'import "date"\n\nmonths = [{months}]\n\n'
        + _wrong_by("month: date.month(t: r._time)", "month")
        + '  |> sort(columns: ["month"])\n  |> map(fn: (r) => ({name: months[r.month - 1], wrong: r.wrong * 100.0}))'
    )
    description = "Share of wrongly predicted days per month."
    panel = bars("Errors by month", description, query, "name", "wrong", units.Percent)
    return panel.no_value(FROM_FOURTH_DAY)


def _wrong_by(columns: str, *names: str) -> str:
    by = ", ".join(f'"{name}"' for name in names)
    return (
        f"{compared()}\n"
        f"  |> map(fn: (r) => ({{{columns}, _value: 1.0 - ({right('predicted')})}}))\n"
        f'  |> group(columns: [{by}])\n  |> mean()\n  |> group()\n  |> rename(columns: {{_value: "wrong"}})\n'
    )


def temperature_errors() -> stat.Panel:
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
    description = "Mean absolute error of the expected temperatures, in the degrees of the source."
    panel = stat_tiles("Mean absolute error of temperatures", description, query, list(columns)).decimals(2)
    for name, label in columns.items():
        panel.override_by_name(name, properties(displayName=label))
    return panel.no_value(FROM_FOURTH_DAY)
