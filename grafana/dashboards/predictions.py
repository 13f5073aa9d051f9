"""The dashboard "Predictions": what is expected of the coming day, by which model, and how good the predictions were.

Training happens in the present, even if the predicted days are past. So its panels ignore the time range.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import geomap, table, text
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models import units

from grafana.dashboards import prediction_quality as quality
from grafana.panels import board
from grafana.panels.basic import AnyPanel, properties, table_panel, text_panel
from grafana.panels.daily_flux import BY_DAY, newest_forecasts, statistics
from grafana.panels.flux import COLUMNS, LABELLED_BY_NUMBER, NEWEST_OF_EACH, labelled
from grafana.panels.maps import station_map
from grafana.panels.variables import datasource_variable
from weather.daily import MODELS, PLACE, TRAINING

EXPECTED = {"expected_degrees": "Mean", "expected_minimum": "Min", "expected_maximum": "Max"}
STATIONS = newest_forecasts("probability")
IMPORT = 'import "date"\n\n'
MAX_MODELS = 20
FROM_THIRD_DAY = "Waiting for the third day of data: about 2 minutes after the start at the default rate"
FROM_TENTH_DAY = "Waiting for the end of the tenth day of data: about 10 minutes after the start at the default rate"
WITH_THE_APPLICATION = "Waiting for the Spark application to run job rain"


def dashboard() -> Dashboard:
    """Build the dashboard. It always shows every station."""
    description = "Predictions for the coming day of each station, and the accuracy of the models and two baselines."
    predictions = board.board("predictions", description)
    predictions.with_variable(datasource_variable())
    return board.with_sections(predictions, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "Coming day": [_coming().span(13).height(14), _map().span(11).height(14)],
        "Models": [
            _model().span(8).height(5),
            _training().span(16).height(5),
            _models().span(24).height(8),
        ],
        "Prediction quality": [
            quality.days().span(4).height(5),
            quality.accuracy().span(8).height(5),
            quality.by_model().span(12).height(5),
            quality.accuracy_over_time().span(24).height(10),
            quality.calibration().span(12).height(10),
            quality.confusion().span(12).height(10),
            quality.by_station().span(12).height(12),
            quality.by_month().span(12).height(12),
            quality.temperature_errors().span(12).height(8),
            _explanation().span(12).height(8),
        ],
    }


def _coming() -> table.Panel:
    kept = f'{NEWEST_OF_EACH}\n  |> group()\n  |> keep(columns: ["_time", "station_id", "_field", "_value"])'
    query = labelled(
        f"{IMPORT}days = {newest_forecasts('probability')}\n  |> last()\n{kept}\n\n"
        f"expected = {newest_forecasts(*EXPECTED)}\n  |> last()\n{kept}\n\n"
        f"union(tables: [days, expected])\n{BY_DAY}\n  |> filter(fn: (r) => exists r.probability)\n"
        f'{LABELLED_BY_NUMBER}\n  |> sort(columns: ["probability", "station"], desc: true)',
        STATIONS,
    )
    order = ["station", "_time", "probability", *EXPECTED]
    description = (
        "Newest prediction of each station: day, probability of rain, and temperatures in the degrees of the source."
    )
    panel = table_panel("Predictions for the coming day", description, query, order)
    for name, label in EXPECTED.items():
        panel.override_by_name(name, properties(displayName=label, decimals=1, custom__width=85))
    panel.override_by_name("_time", properties(displayName="Day", unit="time:YYYY-MM-DD", custom__width=110))
    panel.no_value(FROM_THIRD_DAY)
    return panel.override_by_name(
        "probability", properties(displayName="Rain", unit=units.PercentUnit, decimals=0, custom__width=80)
    )


def _map() -> geomap.Panel:
    kept = f'  |> last()\n{NEWEST_OF_EACH}\n  |> group()\n  |> keep(columns: ["station_id", "_field", "_value"])'
    query = labelled(
        f"{IMPORT}place = {statistics(*PLACE)}\n{kept}\n\n"
        f"value = {newest_forecasts('probability')}\n{kept}\n\n"
        f'union(tables: [place, value])\n  |> pivot(rowKey: ["station_id"], {COLUMNS})\n'
        f"  |> filter(fn: (r) => exists r.LAT and exists r.LON and exists r.probability)\n{LABELLED_BY_NUMBER}",
        STATIONS,
    )
    description = "Newest probability of rain of each station. Simulated stations are placed on an invented grid."
    panel = station_map("Probability of rain", description, query, "probability", []).no_value(FROM_THIRD_DAY)
    # The colour scale spans 0 to 100 %, not the lowest to the highest probability on the map.
    shown = properties(displayName="Rain", unit=units.PercentUnit, decimals=0, min=0, max=1)
    return panel.override_by_name("probability", shown)


def _training() -> table.Panel:
    query = (
        f"{_ever(TRAINING, 'state', 'problem')}  |> last()\n  |> group()\n"
        '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")\n'
        '  |> sort(columns: ["_time"])\n  |> tail(n: 1)\n  |> rename(columns: {_time: "since"})'
    )
    description = "State of automatic training, and why the last training failed."
    panel = table_panel("Training", description, query, ["state", "problem", "since"])
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
        f"  |> limit(n: {MAX_MODELS})"
    )
    description = (
        "Rain model of each training, evaluated on held-out days. It comes into use if it is better than the model in "
        "use: more accurate, or as accurate with a lower Brier score."
    )
    panel = table_panel("Trained models", description, query, shown)
    panel.override_by_name("model", properties(displayName="Trained at (UTC)"))
    for name in ("accuracy", "as_yesterday"):
        panel.override_by_name(name, properties(unit=units.PercentUnit, decimals=1))
    panel.override_by_name("brier", properties(displayName="Brier score", decimals=3))
    panel.override_by_name("held_out_days", properties(decimals=0))
    return panel.no_value(FROM_TENTH_DAY)


def _ever(measurement: str, *names: str) -> str:
    """The Flux pipeline of these fields of a measurement, over all times."""
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
    description = "Model of the newest prediction: as_yesterday, or the time (UTC) at which it was trained."
    panel = table_panel("Model in use", description, query, ["model", "day"]).no_value(FROM_THIRD_DAY)
    return panel.override_by_name("day", properties(displayName="Newest day", unit="time:YYYY-MM-DD"))


def _explanation() -> text.Panel:
    markdown = (
        "- When the report of a day arrives, the next day is predicted from the month, and from the temperature and "
        "rain of that day and the day before.\n"
        "- The first model is **as yesterday**. Models are trained as days are added. A model comes into use if it is "
        "better on the held-out days.\n"
        "- The metrics count only days that the model **was not trained on**.\n"
        "- `./submit.sh models` lists the models, `./submit.sh use NAME` puts one into use, `./submit.sh train` starts "
        "a training."
    )
    return text_panel("About this dashboard", "How predictions and models are made.", markdown)
