"""What every dashboard is made of: the variables, a Flux target, and panels that keep the house rules.

House rules: the datasource is a variable, every panel has a title and a description, units come from
`weather.reading`, and a query names neither a bucket nor a datasource.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from grafana_foundation_sdk.builders import common, geomap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, FieldColor, QueryVariable
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard, units
from grafana_foundation_sdk.models.geomap import TooltipMode

from weather.reading import FIELDS, MEASUREMENT

DATASOURCE = dashboard.DataSourceRef(type_val="influxdb", uid="${datasource}")

# Rain keeps a fixed "mm": Grafana's own millimetre rescales 0.2 mm to 200 µm.
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

Panel = TypeVar("Panel", stat.Panel, timeseries.Panel, table.Panel, geomap.Panel)


class FluxTarget(Dataquery, Builder["FluxTarget"]):
    """One Flux query of a panel; the SDK has no InfluxDB query of its own."""

    def __init__(self, ref_id: str, query: str) -> None:
        self.ref_id = ref_id
        self.query = query

    def build(self) -> FluxTarget:
        return self

    def to_json(self) -> dict[str, object]:
        return {"refId": self.ref_id, "datasource": DATASOURCE, "query": self.query}


def datasource_variable() -> DatasourceVariable:
    """The variable that picks the InfluxDB datasource, so a dashboard works wherever it is imported."""
    return DatasourceVariable("datasource").label("Datasource").type("influxdb")


def station_variable() -> QueryVariable:
    """The variable that picks stations: one, several or all.

    `start: 0` because tagValues looks back only 30 days by default; `.*` for all, so that a station which
    appears after the list was read is shown as well.
    """
    query = (
        'import "influxdata/influxdb/schema"\n\n'
        'schema.tagValues(bucket: v.defaultBucket, tag: "station", '
        f'predicate: (r) => r._measurement == "{MEASUREMENT}", start: 0)'
    )
    return (
        QueryVariable("station")
        .label("Station")
        .description("Stations of every panel except the maps")
        .datasource(DATASOURCE)
        .query(query)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def readings(*names: str, every_station: bool = False) -> str:
    """The Flux pipeline of the named fields (all, when none is named) of the chosen stations and time range.

    Repeated where a query needs two of them: InfluxDB pushes filters and aggregates down to its storage
    only for a pipeline of its own, and a stream variable used twice makes the query forty times slower.
    """
    lines = [
        "from(bucket: v.defaultBucket)",
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)",
        f'  |> filter(fn: (r) => r._measurement == "{MEASUREMENT}")',
    ]
    if not every_station:
        lines.append("  |> filter(fn: (r) => r.station =~ /^${station:regex}$/)")
    if names:
        fields = " or ".join(f'r._field == "{name}"' for name in names)
        lines.append(f"  |> filter(fn: (r) => {fields})")
    return "\n".join(lines)


def described(panel: Panel, title: str, description: str, *queries: str) -> Panel:
    """The panel with its title, description, datasource and one target per query."""
    panel.title(title).description(description).datasource(DATASOURCE)
    for ref_id, query in zip("ABCDEFGH", queries, strict=False):
        panel.with_target(FluxTarget(ref_id, query))
    return panel


def spoken(name: str) -> str:
    """A field's or column's name as a heading: `Wind_speed` → `Wind speed`, `_time` → `Time`."""
    words = name.strip("_").replace("_", " ")
    return words[:1].upper() + words[1:]


def with_units(panel: Panel, names: Iterable[str], labels: dict[str, str] | None = None) -> Panel:
    """The panel with each field's unit, and its spoken name or the given label."""
    known = {field.name: UNITS[field.unit] for field in FIELDS}
    for name in names:
        label = (labels or {}).get(name, spoken(name))
        panel.override_by_name(name, _properties(unit=known[name], decimals=1, displayName=label))
    return panel


def count(title: str, description: str, query: str) -> stat.Panel:
    """One whole number."""
    panel = described(stat.Panel(), title, description, query).unit(units.LocaleFormat).no_value("0")
    return panel.graph_mode(values.BigValueGraphMode.NONE).color_mode(values.BigValueColorMode.NONE)


def tiles(title: str, description: str, query: str, order: list[str]) -> stat.Panel:
    """One tile per column of a single row, in the given order."""
    panel = described(stat.Panel(), title, description, query).unit(units.NoUnit)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.text_mode(values.BigValueTextMode.VALUE_AND_NAME).with_transformation(_ordered(order))
    return panel.graph_mode(values.BigValueGraphMode.NONE).color_mode(values.BigValueColorMode.NONE)


def trend(
    title: str, description: str, queries: dict[str, str], colors: dict[str, str] | None = None
) -> timeseries.Panel:
    """Lines over time, one per station, of each field's query; windows are never shorter than a reading's hour.

    With colours, every field is drawn in shades of its own and named in the legend.
    """
    panel = described(timeseries.Panel(), title, description, *queries.values()).unit(units.NoUnit).interval("1h")
    panel.line_width(1).decimals(1)
    panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    legend = common.VizLegendOptions().show_legend(True).display_mode(values.LegendDisplayMode.LIST)
    panel.legend(legend.placement(values.LegendPlacement.BOTTOM).calcs([]))
    tooltip = common.VizTooltipOptions().mode(values.TooltipDisplayMode.MULTI)
    panel.tooltip(tooltip.sort(values.SortOrder.DESCENDING))
    station = "${__field.labels.station}"
    with_units(panel, queries, {name: f"{station} {spoken(name)}" if colors else station for name in queries})
    for name, color in (colors or {}).items():
        panel.override_by_name(name, _properties(color={"mode": "shades", "fixedColor": color}))
    return panel


def figures(title: str, description: str, query: str, order: list[str]) -> table.Panel:
    """A table with its columns in the given order, named in words."""
    panel = described(table.Panel(), title, description, query).unit(units.NoUnit)
    for name in order:
        panel.override_by_name(name, _properties(displayName=spoken(name)))
    return panel.show_header(True).filterable(True).with_transformation(_ordered(order))


def station_map(title: str, description: str, query: str, color_by: str) -> geomap.Panel:
    """A map with one marker per row, placed by LAT and LON and coloured by a field."""
    location = common.FrameGeometrySource().mode(values.FrameGeometrySourceMode.COORDS)
    style = {"size": {"fixed": 7}, "opacity": 0.9, "color": {"field": color_by, "fixed": "gray"}}
    markers = common.MapLayerOptions().type("markers").name("Stations").tooltip(True)
    markers.config({"style": style, "showLegend": True}).location(location.latitude("LAT").longitude("LON"))
    view = geomap.MapViewConfig().id("fit").all_layers(True).padding(10).max_zoom(12)
    # The SDK fills these in, and a `zoom` caps how far "fit" may zoom in: 1 would be the whole world.
    fit = view.build()
    fit.lat = fit.lon = fit.zoom = None

    panel = described(geomap.Panel(), title, description, query).unit(units.NoUnit)
    panel.view(view).layers([markers]).tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    panel.basemap(common.MapLayerOptions().type("default").name("Base map"))
    panel.controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(True).show_attribution(True))
    panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.CONTINUOUS_BL_YL_RD))
    # The colour scale of a field otherwise spans all numbers of the row: latitudes too.
    panel.override_by_name(color_by, _properties(fieldMinMax=True))
    return with_units(panel, [color_by])


def _ordered(names: list[str]) -> dashboard.DataTransformerConfig:
    options = {"indexByName": {name: index for index, name in enumerate(names)}}
    return dashboard.DataTransformerConfig(id_val="organize", options=options)


def _properties(**properties: object) -> list[dashboard.DynamicConfigValue]:
    return [dashboard.DynamicConfigValue(id_val=name, value=value) for name, value in properties.items()]
