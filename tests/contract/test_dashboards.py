"""The dashboards against the vocabulary, the settings and the rules that let every Grafana load them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models import units

from grafana import build, queries
from grafana.panels.board import default_range
from grafana.panels.daily_flux import COMING
from grafana.panels.variables import FULLEST_STATION
from grafana.titles import TITLES
from spark_app.uscrn.results import KINDS
from testing.environment import ROOT
from weather import daily, uscrn
from weather.reading import DAILY_MEASUREMENT, FIELDS, MEASUREMENT, TAGS

PROVISIONING = Path(queries.__file__).parent / "provisioning"
BOARDS = queries.load(PROVISIONING / "dashboards" / "json")
ALL_PANELS = {f"{board['uid']}-{panel['title']}": panel for board in BOARDS.values() for panel in queries.panels(board)}
ALL_QUERIES = [query for board in BOARDS.values() for query in queries.collect(board)]
DATASOURCE = {"type": "influxdb", "uid": "${datasource}"}

OF_THE_READINGS = [board for board in BOARDS.values() if board["uid"] not in ("pipeline", "uscrn")]
OF_FIVE_MINUTES = {panel["title"] for panel in queries.panels(BOARDS["uscrn.json"])}
SCRAPED = {
    *("datastream_rate", "datastream_rows_waiting", "datastream_disk_free_ratio", "datastream_rows_sent_total"),
    *("datastream_rows_rejected_total", "datastream_rows_failed_total", "datastream_values_doubtful_total"),
    *("datastream_rows_skipped_total", "datastream_process_resident_memory_bytes"),
    *("go_memstats_sys_bytes", "datastream_kafka_answers"),
    *(f"metrics_executor_ProcessTree{part}RSSMemory_bytes" for part in ("JVM", "Python")),
}
MEASUREMENTS = {MEASUREMENT, DAILY_MEASUREMENT, "pipeline", daily.STATISTICS, daily.FORECAST} | SCRAPED
MEASUREMENTS |= {daily.TRAINING, daily.MODELS}
MEASUREMENTS |= {uscrn.HOURLY, uscrn.OUTLIERS, uscrn.HOTTEST}
FIGURES = set(re.findall(r"`(\w+)`", (ROOT / "influxdb" / "README.md").read_text().split("Measurement `pipeline`")[1]))
"""The fields of measurement `pipeline`, as the store's document names them."""
FIVE_MINUTE_FIELDS = {name for kind in KINDS.values() for name in (*kind.points.fields, *kind.points.tags)}
"""What the points of the job `uscrn` hold."""
FIELD_NAMES = {*daily.STATISTICS_FIELDS, *daily.PREDICTED_FIELDS, *daily.OBSERVED_FIELDS, *FIVE_MINUTE_FIELDS}
FIELD_NAMES |= {*daily.TRAINING_FIELDS, *daily.MODEL_FIELDS}
FIELD_NAMES |= {field.name for field in FIELDS} | FIGURES | {"gauge", "counter", "sum", "value"}
COLUMNS = FIELD_NAMES | set(TAGS) | {"_measurement", "_field", "_time", "_value", "_start", "_stop"}
COMPUTED = {
    *("lower_bound", "le", "colour", "silent", "row", "lowest", "median", "highest"),  # overview
    *(
        "partition",
        "reason",
        "Records",
        "lag",
        "executor_id",
        "Streamer",
        "Kafka",
        "Spark",
        "InfluxDB",
        "retries",
    ),  # pipeline
    *("statistic", "quantity", "unit", "latest", "mean", "total", "sector", "hours", "Rain_so_far"),  # station
    *("never_rain", "as_yesterday", "days", "day", "part", "said", "rainy", "came", "predicted_dry", "predicted_rainy"),
    *("wrong", "name", "month", "column", "degrees", "minimum", "maximum", "right", "since"),  # predictions
    *("name", "reading"),  # uscrn
}
"""Columns and series that queries make themselves."""
WHENEVER = {"Training", "Trained models"}
"""Panels of what happens now, on a dashboard of the readings' days."""
OF_NO_STATION = {"Dead letters by reason", "Model in use", "Confusion matrix", "Accuracy by model", *WHENEVER}
RANGES = ("v.timeRangeStart", "date.sub(d: 23h, from: newest)", "date.sub(d: 1m, from: v.timeRangeStop)")
STOPS = ("v.timeRangeStop", COMING)
PLACEHOLDERS = {"station": "${station:regex}", "quantity": "${quantity}"}
UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}
STATION_PANELS = {"geomap", "table", "bargauge"}
STATION_TILES = {"Coldest", "Warmest", "Wettest", "Windiest"}
UNITS |= {"suffix:mm", "suffix:h", "suffix: rows/s", "time:YYYY-MM-DD", "time:YYYY-MM-DD HH:mm"}
SETTINGS = {
    "INFLUXDB_URL", "INFLUXDB_ORG", "INFLUXDB_BUCKET", "INFLUXDB_MONITORING_BUCKET", "INFLUXDB_TOKEN",
    "GRAFANA_DASHBOARDS",
}  # fmt: skip

each_dashboard = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
each_weather_dashboard = pytest.mark.parametrize("board", OF_THE_READINGS, ids=[b["uid"] for b in OF_THE_READINGS])
each_panel = pytest.mark.parametrize("panel", ALL_PANELS.values(), ids=ALL_PANELS)
each_text = pytest.mark.parametrize(
    "panel", [panel for board in BOARDS.values() for panel in queries.all_panels(board) if panel["type"] == "text"]
)
each_query = pytest.mark.parametrize(
    "query", ALL_QUERIES, ids=[f"{q.dashboard}-{q.owner}-{q.ref_id}" for q in ALL_QUERIES]
)


def datasources(part: Any) -> list[Any]:
    """Every datasource that any part of a dashboard names."""
    if isinstance(part, list):
        return [found for item in part for found in datasources(item)]
    if not isinstance(part, dict):
        return []
    own = [part["datasource"]] if "datasource" in part else []
    return own + [found for item in part.values() for found in datasources(item)]


def test_there_are_dashboards_of_the_readings() -> None:
    titles = {name: board["title"] for name, board in BOARDS.items()}
    assert titles == {f"{uid}.json": title for uid, title in TITLES.items()}


def test_no_two_dashboards_share_a_uid_or_a_title() -> None:
    for key in ("uid", "title"):
        values = [board[key] for board in BOARDS.values()]
        assert len(set(values)) == len(values)
    assert {f"{board['uid']}.json" for board in BOARDS.values()} == set(BOARDS)


@each_dashboard
def test_a_dashboard_can_be_provisioned_and_not_edited(board: dict[str, Any]) -> None:
    assert "id" in board and board["id"] is None and board["editable"] is False
    assert "__inputs" not in board and "${DS_" not in json.dumps(board)
    assert board["schemaVersion"] <= 41 and board["timezone"] == "utc"


@each_weather_dashboard
def test_a_dashboard_of_readings_opens_with_the_one_default_range(board: dict[str, Any]) -> None:
    assert (board["time"]["from"], board["time"]["to"]) == default_range()


def test_the_dashboard_of_the_pipeline_shows_the_present_from_the_monitoring_bucket() -> None:
    board = BOARDS["pipeline.json"]
    assert board["time"] == {"from": "now-30m", "to": "now"}
    sources = [
        source["name"]
        for file in (PROVISIONING / "datasources").glob("*.yml")
        for source in yaml.safe_load(file.read_text())["datasources"]
        if re.search(board["templating"]["list"][0]["regex"].strip("/"), source["name"])
    ]
    assert sources == ["InfluxDB monitoring"]


@each_dashboard
def test_links_lead_to_dashboards_that_exist(board: dict[str, Any]) -> None:
    uids = set(re.findall(r"/d/(\w+)", json.dumps(board)))
    assert uids <= {other["uid"] for other in BOARDS.values()}
    assert all(re.fullmatch(r"/d/\w+", link["url"]) for link in board["links"])
    kept = {link["url"][3:] for link in board["links"] if link["keepTime"]}
    own_time = {"pipeline", "uscrn"}
    assert kept == (set(TITLES) - {*own_time, board["uid"]} if board["uid"] not in own_time else set())
    assert {other["uid"] for other in BOARDS.values()} - {board["uid"]} == {link["url"][3:] for link in board["links"]}


@each_panel
def test_a_panel_that_names_stations_leads_to_the_one_clicked_at_the_same_time(panel: dict[str, Any]) -> None:
    changes = [change for override in panel["fieldConfig"]["overrides"] for change in override["properties"]]
    links = [link["url"] for change in changes if change["id"] == "links" for link in change["value"]]
    names_stations = panel["type"] in STATION_PANELS and panel["title"] not in OF_NO_STATION | OF_FIVE_MINUTES
    assert bool(links) == (names_stations or panel["title"] in STATION_TILES)
    name = "__field.name" if panel["type"] == "stat" else "__data.fields.station"
    assert set(links) <= {f"/d/station?var-station=${{{name}:percentencode}}&${{__url_time_range}}"}


@each_weather_dashboard
def test_an_annotation_says_where_the_replay_stands(board: dict[str, Any]) -> None:
    (event,) = board["annotations"]["list"]
    assert event["enable"] is True and event["name"] and event["iconColor"]
    assert event["target"].keys() == {"query", "refId", "datasource"}
    assert "text: " in event["target"]["query"]


@each_dashboard
def test_the_datasource_is_a_variable_everywhere(board: dict[str, Any]) -> None:
    first = board["templating"]["list"][0]
    assert (first["type"], first["name"], first["query"]) == ("datasource", "datasource", "influxdb")
    assert "current" not in first
    panels = list(queries.panels(board))
    targets = [target for panel in panels for target in panel["targets"]]
    assert all(part["datasource"] == DATASOURCE for part in [*panels, *targets, *queries.variables(board)])
    assert all(found == DATASOURCE for found in datasources(board))


@each_dashboard
def test_a_station_variable_offers_several_and_stations_of_any_age(board: dict[str, Any]) -> None:
    for variable in queries.variables(board):
        assert variable["multi"] and variable["refresh"] == 2 and variable["sort"] == 1
        if variable["includeAll"]:
            assert variable["allValue"] == ".*" and variable["current"]["value"] == ["$__all"]
        else:
            assert variable["current"]["value"] == [FULLEST_STATION], "where there is none, the first of the list"
        assert "start: 0)" in variable["query"], "tagValues looks back only 30 days by default"


def test_the_map_offers_quantities_that_exist_with_their_units() -> None:
    (variable,) = (item for item in BOARDS["overview.json"]["templating"]["list"] if item["type"] == "custom")
    unit_of = {field.name: field.unit for field in FIELDS}
    offered = [(option["text"], option["value"]) for option in variable["options"]]
    assert variable["query"] == ", ".join(f"{text} : {name}" for text, name in offered)
    assert len(offered) == 6 and all(text.endswith(f" ({unit_of[name]})") for text, name in offered)
    assert [option["value"] for option in variable["options"] if option["selected"]] == ["Temperature"]
    assert variable["current"]["value"] == "Temperature" and variable["multi"] is False


@each_dashboard
def test_panels_have_their_own_title_and_number_and_do_not_overlap(board: dict[str, Any]) -> None:
    titles = [panel["title"] for panel in queries.all_panels(board)]
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(titles)) == len(titles) and len(set(numbers)) == len(numbers)
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, two in combinations(places, 2):
        beside = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= two["y"] or two["y"] + two["h"] <= one["y"]


@each_panel
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    assert panel["targets"] and panel["title"].strip() and panel["description"].strip().endswith(".")


@each_text
def test_a_text_says_what_it_is_for(panel: dict[str, Any]) -> None:
    assert panel["title"].strip() and panel["description"].strip().endswith(".")
    assert panel["options"]["mode"] == "markdown" and panel["options"]["content"].strip()


@each_panel
def test_a_panel_has_valid_units(panel: dict[str, Any]) -> None:
    changes = [change for override in panel["fieldConfig"]["overrides"] for change in override["properties"]]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert {change["value"] for change in changes if change["id"] == "unit"} <= UNITS


@each_panel
def test_a_panel_configures_only_columns_that_exist(panel: dict[str, Any]) -> None:
    matchers = [override["matcher"] for override in panel["fieldConfig"]["overrides"]]
    named = {matcher["options"] for matcher in matchers if matcher["id"] == "byName"}
    assert {matcher["id"] for matcher in matchers if matcher["options"] != "/.*/"} <= {"byName", "byType"}
    for step in panel.get("transformations", []):
        named |= set(step["options"]["indexByName"])
    for layer in panel["options"].get("layers", []):
        if layer["type"] == "markers":
            assert layer["location"] == {"mode": "coords", "latitude": "LAT", "longitude": "LON"}
            named.add(layer["config"]["style"]["color"]["field"])
    assert named <= COLUMNS | COMPUTED
    fluxes = "".join(target["query"] for target in panel["targets"])
    assert all(re.search(rf"\b{name}\b", fluxes) for name in named & COMPUTED)


@each_query
def test_a_query_names_only_what_the_store_holds(query: queries.Query) -> None:
    flux = query.flux.replace("${quantity}", "Temperature")
    known = COLUMNS | COMPUTED
    assert set(re.findall(r'_measurement == "([^"]*)"', flux)) <= MEASUREMENTS
    chosen = re.findall(r'^points = if .* then "([^"]*)" else "([^"]*)"', flux, re.MULTILINE)
    assert {name for names in chosen for name in names} <= MEASUREMENTS
    assert set(re.findall(r'_field == "([^"]*)"', flux)) <= FIELD_NAMES
    assert set(re.findall(r"\br\.(\w+)", flux)) <= known
    assert set(re.findall(r'(?:tag|column): "([^"]*)"', flux)) <= known
    lists = re.findall(r"(?:columns|rowKey|columnKey): \[([^\]]*)\]", flux)
    assert {name for names in lists for name in re.findall(r'"([^"]*)"', names)} <= known


@each_query
def test_a_query_names_no_bucket_and_no_time_of_its_own(query: queries.Query) -> None:
    buckets = re.findall(r"bucket: *([^,)]+)", query.flux)
    assert buckets and set(buckets) == {"v.defaultBucket"}
    ranges = [query.flux.count(f"range(start: {start}, stop: {stop})") for start in RANGES for stop in STOPS]
    whenever = query.flux.count("range(start: 0)") if query.owner in WHENEVER else 0
    assert query.flux.count("range(") == sum(ranges) + whenever
    variables = {item["name"] for item in BOARDS[f"{query.dashboard}.json"]["templating"]["list"]}
    offered = {PLACEHOLDERS[name] for name in variables & PLACEHOLDERS.keys()}
    assert set(re.findall(r"\$\{[^}]*\}", query.flux)) <= offered
    assert query.flux.count("r.station =~") == query.flux.count("r.station =~ /^${station:regex}$/")


@each_query
def test_a_trend_follows_the_window_and_rain_is_summed(query: queries.Query) -> None:
    windows = re.findall(r"aggregateWindow\(every: v\.windowPeriod, fn: (\w+), createEmpty: false", query.flux)
    assert len(windows) == query.flux.count("aggregateWindow(")
    assert bool(windows) == (query.kind in ("timeseries", "heatmap"))
    assert query.flux.count("aggregateWindow(") == query.flux.count('createEmpty: false, timeSrc: "_start")')
    if windows and '"Precipitations"' in query.flux:
        assert windows == ["sum"]


@each_query
def test_a_wind_direction_is_never_averaged_nor_ranked(query: queries.Query) -> None:
    pipelines = [part for part in query.flux.split("\n\n") if '_field == "Wind_dir"' in part]
    assert not [part for part in pipelines if re.search(r"\b(mean|min|max|sum)\(|aggregateWindow", part)]


def test_a_single_choice_is_inserted_as_it_is() -> None:
    now, hour = datetime(2014, 1, 1, tzinfo=UTC), timedelta(hours=1)
    chosen = {"quantity": queries.Single("T_min")}
    flux = queries.interpolate("r.${quantity}", start=now, stop=now, window=hour, bucket="b", variables=chosen)
    assert flux == "r.T_min"


@pytest.mark.parametrize("flux", ["v.windowperiod", "${city:regex}", "${station}", "$INFLUXDB_BUCKET", "$$station"])
def test_a_placeholder_that_grafana_would_leave_behind_is_an_error(flux: str) -> None:
    now, hour = datetime(2014, 1, 1, tzinfo=UTC), timedelta(hours=1)
    with pytest.raises(ValueError, match=re.escape(flux)):
        queries.interpolate(flux, start=now, stop=now, window=hour, bucket="b", variables={"station": "A"})


def provisioned(file: str, kind: str) -> dict[str, Any]:
    """The only entry of a provisioning file."""
    (entry,) = yaml.safe_load((PROVISIONING / file).read_text(encoding="utf-8"))[kind]
    return dict(entry)


def test_provisioning_reads_only_known_settings() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(PROVISIONING.rglob("*.yml")))
    assert set(re.findall(r"\$\{?(\w+)", text)) == SETTINGS


def test_the_datasource_is_read_by_flux_with_a_token_from_the_environment() -> None:
    source = provisioned("datasources/influxdb.yml", "datasources")
    assert (source["uid"], source["type"], source["url"]) == ("influxdb", "influxdb", "$INFLUXDB_URL")
    assert source["isDefault"] is True and source["editable"] is False
    settings = {"version": "Flux", "organization": "$INFLUXDB_ORG", "defaultBucket": "$INFLUXDB_BUCKET"}
    assert settings.items() <= source["jsonData"].items()
    assert source["secureJsonData"] == {"token": "$INFLUXDB_TOKEN"}


def test_grafana_may_not_change_provisioned_dashboards() -> None:
    provider = provisioned("dashboards/dashboards.yml", "providers")
    assert provider["disableDeletion"] is True and provider["allowUiUpdates"] is False
    assert (provider["type"], provider["folder"]) == ("file", "Weather")
    assert provider["options"] == {"path": "$GRAFANA_DASHBOARDS"}


def test_the_committed_json_is_what_the_code_builds() -> None:
    assert build.stale() == []
    assert build.main(["--check"]) == 0


def test_the_check_notices_missing_changed_and_foreign_files(tmp_path: Path) -> None:
    assert build.main(["--check", "--folder", str(tmp_path)]) == 1
    assert build.main(["--folder", str(tmp_path)]) == 0
    assert build.main(["--check", "--folder", str(tmp_path)]) == 0
    built = tmp_path / "dashboards" / "json" / "meteo.json"
    built.write_text(built.read_text(encoding="utf-8").replace("Readings", "Counts"), encoding="utf-8")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert build.stale(tmp_path) == ["dashboards/json/meteo.json", "other.json"]
    assert build.main(["--check", "--folder", str(tmp_path)]) == 1


@each_panel
def test_a_panel_without_data_says_in_words_what_it_waits_for(panel: dict[str, Any]) -> None:
    words = panel["fieldConfig"]["defaults"]["noValue"]
    assert words and "No data" not in words
    assert (
        panel["type"] != "table"
        or {"id": "noValue", "value": "–"} in panel["fieldConfig"]["overrides"][0]["properties"]
    )
