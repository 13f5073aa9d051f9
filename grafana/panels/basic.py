"""Panels that follow the house rules. Charts over time are in `charts.py`, maps in `maps.py`.

House rules: the data source is a variable, every panel has a title and a description, units come from
`weather.reading`, and a query names neither a bucket nor a data source.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, TypeVar

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    common,
    geomap,
    heatmap,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard, units
from grafana_foundation_sdk.models.text import TextMode

from weather.reading import FIELDS

DATASOURCE = dashboard.DataSourceRef(type_val="influxdb", uid="${datasource}")

# Rain has the fixed suffix "mm": Grafana's own millimetre rescales 0.2 mm to 200 µm.
UNITS = {
    "°C": units.Celsius,
    "mm": "suffix:mm",
    "min": units.Minutes,
    "m/s": units.MetersPerSecond,
    "degrees": units.Degrees,
    "%": units.Percent,
    "hPa": units.Hectopascals,
    "m": units.Meter,
}
WAITING = "No readings in this time range yet: the first ones arrive within a minute of the start"
"""The text of a panel without data, unless the panel has a more precise one. Grafana's own text is "No data"."""
MISSING = "–"
"""The text of a table cell without a value."""
TO_THE_MINUTE = {"unit": "time:YYYY-MM-DD HH:mm", "custom__width": 150}
TO_THE_SECOND = {"unit": "time:YYYY-MM-DD HH:mm:ss", "custom__width": 170}
"""Properties of a table column of times: their format and a width that fits."""
HIDDEN = {"custom__hidden": True, "custom__hideFrom": {"tooltip": False, "viz": True, "legend": False}}
"""Properties of a table column that is not shown. Grafana before 12 reads `hidden`, later versions read `hideFrom`."""
HOURS = "suffix:h"  # Grafana's own hour rescales 36 h to 1.5 days.
FIELD_UNITS = {field.name: UNITS[field.unit] for field in FIELDS}

AnyPanel: TypeAlias = (
    stat.Panel
    | timeseries.Panel
    | table.Panel
    | geomap.Panel
    | bargauge.Panel
    | barchart.Panel
    | heatmap.Panel
    | statetimeline.Panel
    | text.Panel
)
Panel = TypeVar(
    "Panel",
    stat.Panel,
    timeseries.Panel,
    table.Panel,
    geomap.Panel,
    bargauge.Panel,
    barchart.Panel,
    heatmap.Panel,
    statetimeline.Panel,
)


class FluxTarget(Dataquery, Builder["FluxTarget"]):
    """One Flux query of a panel. The SDK has no query type for InfluxDB."""

    def __init__(self, ref_id: str, query: str) -> None:
        self.ref_id = ref_id
        self.query = query

    def build(self) -> FluxTarget:
        return self

    def to_json(self) -> dict[str, object]:
        return {"refId": self.ref_id, "datasource": DATASOURCE, "query": self.query}


def described(panel: Panel, title: str, description: str, *queries: str) -> Panel:
    """The panel with its title, description, data source, one target per query, and a text for when it has no data."""
    panel.title(title).description(description).datasource(DATASOURCE).no_value(WAITING)
    for ref_id, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(FluxTarget(ref_id, query))
    return panel


def heading(name: str) -> str:
    """The heading of a field or column: `Wind_speed` → `Wind speed`, `_time` → `Time`."""
    words = name.strip("_").replace("_", " ")
    return words[:1].upper() + words[1:]


def with_units(panel: Panel, names: Iterable[str], labels: dict[str, str] | None = None) -> Panel:
    """The panel with each field's unit, and its heading or the label from `labels`."""
    for name in names:
        label = (labels or {}).get(name, heading(name))
        panel.override_by_name(name, properties(unit=FIELD_UNITS[name], decimals=1, displayName=label))
    return panel


def link_to_station(number: str = "__data.fields.station_id") -> list[dict[str, str]]:
    """The data link to a station's dashboard, at the same time range. `number` is Grafana's variable for its number."""
    url = f"/d/station?var-station=${{{number}:percentencode}}&${{__url_time_range}}"
    return [{"title": "Show this station", "url": url}]


def count(title: str, description: str, query: str) -> stat.Panel:
    """A stat panel with one whole number."""
    panel = described(stat.Panel(), title, description, query).unit(units.LocaleFormat).no_value("0")
    return panel.graph_mode(values.BigValueGraphMode.NONE).color_mode(values.BigValueColorMode.NONE)


def timestamp_stat(title: str, description: str, query: str) -> stat.Panel:
    """A stat panel with one point in time. The query returns it as milliseconds since 1970."""
    return count(title, description, query).unit(units.DatetimeISO).no_value("-")


def station_tile(title: str, description: str, query: str, name: str) -> stat.Panel:
    """A stat panel with one value of a field, under the station's label, with a link to the station.

    The query returns a series with the labels `station` and `station_id`.
    """
    panel = described(stat.Panel(), title, description, query).unit(FIELD_UNITS[name]).decimals(1)
    panel.text_mode(values.BigValueTextMode.VALUE_AND_NAME)
    shown = properties(displayName="${__field.labels.station}", links=link_to_station("__field.labels.station_id"))
    panel.override_by_field_type("number", shown)
    return panel.graph_mode(values.BigValueGraphMode.NONE).color_mode(values.BigValueColorMode.NONE)


def stat_tiles(title: str, description: str, query: str, order: list[str]) -> stat.Panel:
    """One tile per column of a single row, in the order of `order`."""
    panel = described(stat.Panel(), title, description, query).unit(units.NoUnit)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.text_mode(values.BigValueTextMode.VALUE_AND_NAME).with_transformation(ordered(order))
    return panel.graph_mode(values.BigValueGraphMode.NONE).color_mode(values.BigValueColorMode.NONE)


def table_panel(title: str, description: str, query: str, order: list[str]) -> table.Panel:
    """A table with headings and with its columns in the order of `order`. A station links to its dashboard."""
    panel = described(table.Panel(), title, description, query).unit(units.NoUnit)
    panel.override_by_regexp("/.*/", properties(noValue=MISSING))  # else each empty cell shows the panel's text
    for name in order:
        panel.override_by_name(name, properties(displayName=heading(name)))
    if "station" in order:
        panel.override_by_name("station", properties(links=link_to_station()))
        panel.override_by_name("station_id", properties(**HIDDEN))
    return panel.show_header(True).filterable(True).with_transformation(ordered(order))


def ranking(title: str, description: str, query: str, name: str) -> bargauge.Panel:
    """One horizontal bar per row (station and field), in the order of the query's result."""
    panel = described(bargauge.Panel(), title, description, query).unit(units.NoUnit).min(0)
    panel.reduce_options(common.ReduceDataOptions().values(True).calcs(["lastNotNull"]))
    panel.orientation(values.VizOrientation.HORIZONTAL).display_mode(values.BarGaugeDisplayMode.GRADIENT)
    panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.CONTINUOUS_BLUES))
    # Without a display name Grafana would show every text of a row, so also the station's number.
    shown = {"displayName": "${__data.fields.station}", "links": link_to_station()}
    return panel.override_by_name(name, properties(unit=FIELD_UNITS[name], decimals=1, **shown))


def text_panel(title: str, description: str, markdown: str) -> text.Panel:
    """A panel of Markdown text."""
    return text.Panel().title(title).description(description).mode(TextMode.MARKDOWN).content(markdown)


def ordered(names: list[str]) -> dashboard.DataTransformerConfig:
    """The transformation that puts the columns into this order."""
    options = {"indexByName": {name: index for index, name in enumerate(names)}}
    return dashboard.DataTransformerConfig(id_val="organize", options=options)


def properties(**settings: object) -> list[dashboard.DynamicConfigValue]:
    """The properties of a field override; `custom__lineWidth` stands for `custom.lineWidth`."""
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return [dashboard.DynamicConfigValue(id_val=name, value=value) for name, value in named.items()]
