"""The variables at the top of a dashboard: the data source, stations, the quantity of a map."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import CustomVariable, DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models import dashboard

from grafana.panels.basic import DATASOURCE
from grafana.panels.flux import PLACES, labelled
from weather.reading import MEASURED

FULLEST_STATION = ("56185001", "LORIENT-LANN BIHOUE")
"""Number and name of the station that measures the most quantities in the shipped data."""

LABEL_AND_NUMBER = r"/^(?<text>[^\t]*)\t(?<value>.*)$/"
"""How Grafana reads text and value of a choice from one column."""

QUANTITIES = {
    "Temperature": "Temperature",
    "Precipitations": "Rain in the hour",
    "Wind_speed": "Wind speed",
    "Humidity_max": "Humidity",
    "Pressure": "Pressure",
    "Visibility": "Visibility",
}
"""Fields that a map can show → their labels."""


def datasource_variable() -> DatasourceVariable:
    """The variable for the InfluxDB data source, so that a dashboard works in any Grafana that imports it."""
    return DatasourceVariable("datasource").label("Datasource").type("influxdb")


def station_variable(description: str) -> QueryVariable:
    """The variable for one or several stations. It starts with FULLEST_STATION.

    There is no choice "All": if it existed and nothing was chosen, Grafana would start with it.
    """
    number, name = FULLEST_STATION
    first = dashboard.VariableOption(selected=True, text=[name], value=[number])
    return _stations(description).current(first)


def station_variable_with_all(description: str, stations: str = PLACES) -> QueryVariable:
    """The variable for stations that starts with "All". Its value is `.*`, so that later stations are included.

    `stations`: the Flux pipeline of a field that has a value for each station.
    """
    everything = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    return _stations(description, stations).include_all(True).all_value(".*").current(everything)


def _stations(description: str, stations: str = PLACES) -> QueryVariable:
    """The stations of the time range: the value is the number, the text the label."""
    query = labelled(
        "stations\n"
        '  |> map(fn: (r) => ({_value: label(id: r.station_id, name: r.station) + "\\t" + r.station_id}))\n'
        '  |> keep(columns: ["_value"])',
        stations,
    )
    return (
        QueryVariable("station")
        .label("Station")
        .description(description)
        .datasource(DATASOURCE)
        .query(query)
        .regex(LABEL_AND_NUMBER)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
    )


def quantity_variable() -> CustomVariable:
    """The variable for the field of a map. Its labels contain the units, because a map's legend cannot."""
    units = {field.name: field.unit for field in MEASURED}
    texts = {name: f"{words} ({units[name]})" for name, words in QUANTITIES.items()}
    options = [dashboard.VariableOption(selected=not at, text=texts[name], value=name) for at, name in enumerate(texts)]
    return (
        CustomVariable("quantity")
        .label("Quantity")
        .description("Quantity that the map shows")
        .values(", ".join(f"{text} : {name}" for name, text in texts.items()))
        .options(options)
        .current(options[0])
    )
