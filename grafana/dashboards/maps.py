"""A map of the stations."""

from __future__ import annotations

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common, geomap
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard, units
from grafana_foundation_sdk.models.geomap import TooltipMode

from grafana.dashboards.panels import described, link_to_station, properties, with_units


def station_map(title: str, description: str, query: str, color_by: str, shown: Iterable[str]) -> geomap.Panel:
    """A map of stations of the hourly files, telling the shown fields; a marker leads to its station's dashboard."""
    panel = marker_map(title, description, query, color_by)
    panel.override_by_name("station", properties(links=link_to_station()))
    return with_units(panel, shown)


def marker_map(title: str, description: str, query: str, color_by: str) -> geomap.Panel:
    """A map with one marker per row, placed by LAT and LON and coloured by a column."""
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
    return panel.override_by_name(color_by, properties(fieldMinMax=True))
