"""What a viewer chooses at the top of a dashboard: the datasource, stations, the quantity of a map."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import CustomVariable, DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models import dashboard

from grafana.panels.basic import DATASOURCE
from weather.reading import MEASURED, MEASUREMENT

FULLEST_STATION = "LORIENT-LANN BIHOUE"
"""The station of the shipped data that measures the most."""

QUANTITIES = {
    "Temperature": "Temperature",
    "Precipitations": "Rain in the hour",
    "Wind_speed": "Wind speed",
    "Humidity_max": "Humidity",
    "Pressure": "Pressure",
    "Visibility": "Visibility",
}
"""Fields that a map can show → their names in words."""


def datasource_variable() -> DatasourceVariable:
    """The variable that picks the InfluxDB datasource, so a dashboard works wherever it is imported."""
    return DatasourceVariable("datasource").label("Datasource").type("influxdb")


def station_variable(description: str) -> QueryVariable:
    """The variable that picks one or several stations; it starts with the one of the shipped data that measures most.

    `start: 0` because tagValues looks back only 30 days by default. There is no choice "All": Grafana would
    start with it wherever it is offered and nothing was chosen.
    """
    first = dashboard.VariableOption(selected=True, text=[FULLEST_STATION], value=[FULLEST_STATION])
    return _stations(description).current(first)


def station_variable_with_all(description: str) -> QueryVariable:
    """The variable that picks stations and starts with all: `.*`, so that later ones are shown as well."""
    everything = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    return _stations(description).include_all(True).all_value(".*").current(everything)


def _stations(description: str) -> QueryVariable:
    query = (
        'import "influxdata/influxdb/schema"\n\n'
        'schema.tagValues(bucket: v.defaultBucket, tag: "station", '
        f'predicate: (r) => r._measurement == "{MEASUREMENT}", start: 0)'
    )
    return (
        QueryVariable("station")
        .label("Station")
        .description(description)
        .datasource(DATASOURCE)
        .query(query)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
    )


def quantity_variable() -> CustomVariable:
    """The variable that picks the field of a map; its texts carry the units, which a map's legend cannot."""
    units = {field.name: field.unit for field in MEASURED}
    texts = {name: f"{words} ({units[name]})" for name, words in QUANTITIES.items()}
    options = [dashboard.VariableOption(selected=not at, text=texts[name], value=name) for at, name in enumerate(texts)]
    return (
        CustomVariable("quantity")
        .label("Quantity")
        .description("What the map shows")
        .values(", ".join(f"{text} : {name}" for name, text in texts.items()))
        .options(options)
        .current(options[0])
    )
