"""Charts over time, heatmaps and bar charts."""

from __future__ import annotations

from grafana_foundation_sdk.builders import barchart, common, heatmap, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard, units
from grafana_foundation_sdk.models import heatmap as heat

from grafana.panels.basic import described, heading, properties, with_units

BAND_POINTS = 80
MANY_STATIONS_POINTS = 150
"""Windows of a panel that reads every station: six hours each over a month, a day each from five months on."""


def over_time(title: str, description: str, *queries: str) -> timeseries.Panel:
    """A line chart with one line per series. By default a window is at least an hour, as readings are hourly."""
    panel = described(timeseries.Panel(), title, description, *queries).unit(units.NoUnit).interval("1h")
    panel.line_width(1).decimals(1)
    panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC))
    legend = common.VizLegendOptions().show_legend(True).display_mode(values.LegendDisplayMode.LIST)
    panel.legend(legend.placement(values.LegendPlacement.BOTTOM).calcs([]))
    tooltip = common.VizTooltipOptions().mode(values.TooltipDisplayMode.MULTI)
    return panel.tooltip(tooltip.sort(values.SortOrder.DESCENDING))


def trend(title: str, description: str, queries: dict[str, str], dashed: str = "") -> timeseries.Panel:
    """A line chart with one line per station and field. `queries` maps fields to queries.

    If there are several fields, the legend names them, and the line of the field `dashed` is dashed.
    """
    panel = over_time(title, description, *queries.values())
    station = "${__field.labels.station}"
    several = len(queries) > 1
    with_units(panel, queries, {name: f"{station} {heading(name)}" if several else station for name in queries})
    if dashed:
        panel.override_by_name(dashed, properties(custom__lineStyle={"fill": "dash", "dash": [6, 4]}))
    return panel


def band(
    title: str, description: str, unit: str, low: tuple[str, str], high: tuple[str, str], *middle: tuple[str, str]
) -> timeseries.Panel:
    """The area between two series, and lines in it. Each is a pair (field, query).

    It works for one station at a time, because Grafana fills down to the first series of a name. The windows are wide:
    the extremes of a single hour are so close together that the area would be invisible.
    """
    panel = over_time(title, description, *(query for _, query in (low, high, *middle))).unit(unit)
    panel.max_data_points(BAND_POINTS)
    edge = {"custom__lineWidth": 0, "color": {"mode": "fixed", "fixedColor": "orange"}}
    panel.override_by_name(low[0], properties(displayName=heading(low[0]), **edge))
    filled = {"custom__fillBelowTo": heading(low[0]), "custom__fillOpacity": 25}
    panel.override_by_name(high[0], properties(displayName=heading(high[0]), **edge, **filled))
    for name, _ in middle:
        line = {"custom__lineWidth": 2, "color": {"mode": "fixed", "fixedColor": "red"}}
        panel.override_by_name(name, properties(displayName=heading(name), **line))
    return panel


def bars_with_total(
    title: str, description: str, bars: tuple[str, str], total: tuple[str, str], unit: str
) -> timeseries.Panel:
    """Bars of one series, and a line of another on the right axis. Each is a pair (field, query)."""
    panel = over_time(title, description, bars[1], total[1]).unit(unit)
    drawn = {"custom__drawStyle": "bars", "custom__fillOpacity": 80, "color": {"mode": "fixed", "fixedColor": "blue"}}
    panel.override_by_name(bars[0], properties(displayName=heading(bars[0]), **drawn))
    line = {"custom__axisPlacement": "right", "custom__lineWidth": 2}
    line_color = {"mode": "fixed", "fixedColor": "dark-blue"}
    return panel.override_by_name(total[0], properties(displayName=heading(total[0]), color=line_color, **line))


def distribution(title: str, description: str, query: str, unit: str) -> heatmap.Panel:
    """A heatmap: how many stations are in each bin at each time. A bin is a column, named by its lower bound."""
    panel = described(heatmap.Panel(), title, description, query).unit(units.NoUnit).interval("1h")
    panel.max_data_points(MANY_STATIONS_POINTS)
    panel.calculate(False).rows_frame(
        heatmap.RowsHeatmapOptions().layout(values.HeatmapCellLayout.GE).value("Stations")
    )
    color = heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Blues").fill("blue")
    panel.color(color.scale(heat.HeatmapColorScale.LINEAR).exponent(0.5).steps(32).reverse(False))
    panel.y_axis(heatmap.YAxisConfig().unit(unit).decimals(0).axis_placement(values.AxisPlacement.LEFT))
    return panel.cell_gap(0).show_legend().mode(values.TooltipDisplayMode.SINGLE).show_color_scale(True)


def bars(title: str, description: str, query: str, x: str, y: str, unit: str) -> barchart.Panel:
    """One bar per row, with its value above it."""
    panel = described(barchart.Panel(), title, description, query).unit(unit).decimals(0).x_field(x)
    panel.show_value(values.VisibilityMode.ALWAYS).color_scheme(
        FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color("blue")
    )
    panel.legend(common.VizLegendOptions().show_legend(False).display_mode(values.LegendDisplayMode.LIST).calcs([]))
    return panel.override_by_name(y, properties(displayName=heading(y)))
