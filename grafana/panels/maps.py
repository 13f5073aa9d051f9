"""Maps of the stations."""

from __future__ import annotations

from collections.abc import Iterable

from grafana_foundation_sdk.builders import common, geomap
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard, units
from grafana_foundation_sdk.models.geomap import TooltipMode

from grafana.panels.basic import described, link_to_station, properties, with_units

MARKERS = "Stations"
"""The name of the marker layer."""

CLOSEST = 12
"""The highest zoom of a map of few stations: about ten kilometres."""

COUNTRIES = "public/maps/countries.geojson"
OUTLINE_COLOR = "#808080"
"""Visible in both themes of Grafana, light and dark."""

TRANSPARENT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def station_map(title: str, description: str, query: str, color_by: str, shown: Iterable[str]) -> geomap.Panel:
    """A map of the hourly files' stations, with the units of the fields `shown`. A marker links to its station."""
    panel = marker_map(title, description, query, color_by)
    panel.override_by_name("station", properties(links=link_to_station()))
    panel.override_by_name("station_id", properties(displayName="Number"))
    return with_units(panel, shown)


def marker_map(title: str, description: str, query: str, color_by: str) -> geomap.Panel:
    """A map with one marker per row, at LAT and LON, coloured by column `color_by`, above the countries."""
    panel = described(geomap.Panel(), title, description, query).unit(units.NoUnit)
    panel.view(_view_of_the_markers()).layers([_outlines(), _markers(color_by)])
    panel.basemap(_no_tiles()).tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    panel.controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(True).show_attribution(True))
    panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.CONTINUOUS_BL_YL_RD))
    # Without this the colour scale spans all numbers of a row, including latitudes.
    return panel.override_by_name(color_by, properties(fieldMinMax=True))


def _view_of_the_markers() -> geomap.MapViewConfig:
    """The view that fits the markers, not the outlines of the whole world.

    `zoom` limits how far "fit" may zoom in. If it is missing, Grafana uses 1, which is the whole world.
    """
    view = geomap.MapViewConfig().id("fit").all_layers(False).layer(MARKERS).last_only(False)
    view.padding(10).zoom(CLOSEST).max_zoom(CLOSEST)
    fit = view.build()
    fit.lat = fit.lon = None  # the SDK fills these in
    return view


def _outlines() -> common.MapLayerOptions:
    """The countries that Grafana ships, so that a map needs no other server."""
    style = {"color": {"fixed": OUTLINE_COLOR}, "opacity": 0.15, "lineWidth": 1}
    layer = common.MapLayerOptions().type("geojson").name("Countries").tooltip(False)
    return layer.config({"src": COUNTRIES, "rules": [], "style": style})


def _markers(color_by: str) -> common.MapLayerOptions:
    location = common.FrameGeometrySource().mode(values.FrameGeometrySourceMode.COORDS)
    style = {"size": {"fixed": 7}, "opacity": 0.9, "color": {"field": color_by, "fixed": "gray"}}
    layer = common.MapLayerOptions().type("markers").name(MARKERS).tooltip(True)
    return layer.config({"style": style, "showLegend": True}).location(location.latitude("LAT").longitude("LON"))


def _no_tiles() -> common.MapLayerOptions:
    """A base map that draws nothing and sends no request to a server.

    Grafana 9.4 has no such type, and `xyz` without a URL requests tiles from a public server. So the tile is a
    transparent pixel, and it is shown from a zoom on that no view reaches.
    """
    return common.MapLayerOptions().type("xyz").name("Base map").config({"url": TRANSPARENT, "minZoom": 30})
