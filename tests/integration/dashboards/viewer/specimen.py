"""A dashboard with one of each kind of panel and variable that the provisioned ones leave out."""

from __future__ import annotations

from typing import Any

from weather.reading import MEASUREMENT

CHOICES = {"specimen": "var-places=DINARD&var-places=AURAY"}


def panel(number: int, kind: str, query: str = "", **more: Any) -> dict[str, Any]:
    place = {"x": number % 3 * 8, "y": 1 + number // 3 * 7, "w": 8, "h": 7}
    targets = [{"refId": "A", "query": query}] if query else []
    return {"id": number, "type": kind, "title": f"{kind} {number}", "gridPos": place, "targets": targets} | more


def specimen() -> dict[str, Any]:
    """One of each kind that the provisioned dashboards leave out."""
    read = f'from(bucket: v.defaultBucket) |> range(start: v.timeRangeStart, stop: v.timeRangeStop) |> filter(fn: (r) => r._measurement == "{MEASUREMENT}" and r._field == "Temperature" and r.station =~ /^${{places:regex}}$/)'  # noqa: E501
    daily = f'{read} |> aggregateWindow(every: 1d, fn: mean, timeSrc: "_start") |> keep(columns: ["_time", "_value", "_field", "station"])'  # noqa: E501
    means = f'{read} |> mean() |> group() |> keep(columns: ["station", "_value"])'
    cold = {"type": "range", "options": {"to": 8, "result": {"text": "cold", "color": "blue"}}}
    mild = {"type": "range", "options": {"from": 8, "result": {"text": "mild", "color": "green"}}}
    rows = {
        "collapsed": True,
        "type": "row",
        "title": "Folded",
        "id": 90,
        "gridPos": {"x": 0, "y": 90, "w": 24, "h": 1},
    }
    panels = [
        panel(0, "gauge", daily, fieldConfig={"defaults": {"unit": "celsius", "min": 0, "max": 20}, "overrides": []}),
        panel(1, "state-timeline", daily, fieldConfig={"defaults": {"mappings": [cold, mild]}, "overrides": []}),
        panel(2, "barchart", means, options={"orientation": "horizontal", "xField": "station"}),
        panel(3, "heatmap", daily, options={"calculate": True}),
        panel(
            4, "text", options={"mode": "markdown", "content": "**$greeting** to ${who} from ${places}, safely<script>"}
        ),
        panel(5, "nodeGraph"),
        panel(6, "stat", daily, title="At $places", repeat="places", gridPos={"x": 0, "y": 20, "w": 24, "h": 5}),
        world_map(),
        rows | {"panels": [panel(91, "stat", means, title="Hidden at first")]},
    ]
    stations = {"type": "custom", "name": "places", "query": "DINARD,AURAY,QUIMPER", "multi": True, "includeAll": True}
    constant = {"type": "constant", "name": "greeting", "query": "Hello", "hide": 2}
    box = {"type": "textbox", "name": "who", "query": "everyone"}
    time = {"from": "2014-01-01T00:00:00Z", "to": "2014-02-01T00:00:00Z"}
    variables = {"list": [stations, constant, box]}
    return {
        "uid": "specimen",
        "title": "Specimen",
        "time": time,
        "timezone": "utc",
        "templating": variables,
        "panels": panels,
    }


def world_map() -> dict[str, Any]:
    """A map around 0° N 0° E, the world 1024 pixels wide, with the outlines and no marker."""
    view = {"id": "coords", "lat": 0, "lon": 0, "zoom": 2}
    layers = [{"type": "geojson", "name": "Countries", "config": {"src": "public/maps/countries.geojson"}}]
    options = {"view": view, "basemap": {"type": "xyz", "config": {"url": "data:,"}}, "layers": layers}
    words = {"defaults": {"noValue": "No station stands here"}, "overrides": []}
    place = {"x": 0, "y": 60, "w": 12, "h": 12}
    return panel(7, "geomap", title="The world", options=options, gridPos=place, fieldConfig=words)
