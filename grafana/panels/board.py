"""What all dashboards share: the time range, links to the others, the annotation, rows of panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, Dashboard, DashboardLink, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationTarget, DashboardCursorSync, DashboardLinkType

from grafana.panels.basic import DATASOURCE, AnyPanel
from grafana.panels.flux import readings
from grafana.titles import TITLES

OF_THE_PRESENT = {"pipeline"}
"""The dashboards that show the last minutes. The others show the time of the readings."""

OF_FIVE_MINUTES = {"uscrn"}
"""The dashboards of the 5-minute files. The others show the hourly files, which cover other days."""

LAST_HALF_HOUR = ("now-30m", "now")


def default_range() -> tuple[str, str]:
    """The time range that every dashboard of readings opens with: the shipped month."""
    return "2014-01-01T00:00:00Z", "2014-02-01T00:00:00Z"


def five_minute_range() -> tuple[str, str]:
    """The time range that the dashboard of 5-minute files opens with: the shipped sample."""
    return "2017-12-31T00:00:00Z", "2018-04-01T00:00:00Z"


def board(uid: str, description: str) -> Dashboard:
    """An empty dashboard with the settings that all dashboards share."""
    dashboard = (
        Dashboard(TITLES[uid])
        .uid(uid)
        .description(description)
        .tags(["weather"])
        .readonly()
        .timezone("utc")
        .time(*_opening_range(uid))
        .refresh("10s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .annotations([] if uid in OF_THE_PRESENT | OF_FIVE_MINUTES else [_newest_reading()])
    )
    return dashboard.links([_link(uid, other) for other in TITLES if other != uid])


def with_sections(
    dashboard: Dashboard, sections: Mapping[str, Sequence[AnyPanel]], *, repeat: str | None = None
) -> Dashboard:
    """Add a row per section. `repeat` names a variable; every row is repeated for each of its values."""
    number = 0
    for title, panels in sections.items():
        number += 1
        row = Row(title).id(number)
        dashboard.with_row(row.repeat(repeat) if repeat else row)
        for panel in panels:
            number += 1
            dashboard.with_panel(panel.id(number))
    return dashboard


def _opening_range(uid: str) -> tuple[str, str]:
    if uid in OF_THE_PRESENT:
        return LAST_HALF_HOUR
    return five_minute_range() if uid in OF_FIVE_MINUTES else default_range()


class _FluxEvents(AnnotationTarget, Builder["_FluxEvents"]):
    """The Flux query of an annotation. The SDK supports only Grafana's own annotations."""

    def __init__(self, query: str) -> None:
        super().__init__()
        self._query = query

    def build(self) -> _FluxEvents:
        return self

    def to_json(self) -> dict[str, object]:
        return {"refId": "Anno", "datasource": DATASOURCE, "query": self._query}


def _newest_reading() -> AnnotationQuery:
    query = (
        f"{readings('LAT', every_station=True)}\n"
        "  |> group()\n"
        "  |> last()\n"
        '  |> map(fn: (r) => ({_time: r._time, text: "Newest reading of all stations"}))'
    )
    return events("Newest reading", "orange", query)


def events(name: str, color: str, query: str) -> AnnotationQuery:
    """An annotation: marks in all charts of a dashboard. The query returns `_time` and `text`."""
    return AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(color).target(_FluxEvents(query))


def _link(here: str, there: str) -> DashboardLink:
    """The link from one dashboard to another. It keeps the time range if both show the same kind of time."""
    keeps = all((here in kind) == (there in kind) for kind in (OF_THE_PRESENT, OF_FIVE_MINUTES))
    link = DashboardLink(TITLES[there]).type(DashboardLinkType.LINK).url(f"/d/{there}").keep_time(keeps)
    return link.icon("dashboard").tooltip(f"{TITLES[there]}, same time range" if keeps else TITLES[there])
