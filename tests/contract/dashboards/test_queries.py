"""Each query names only what the store holds, the dashboard's own time range and no bucket."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from grafana import queries
from grafana.panels.daily_flux import COMING
from tests.contract.dashboards.boards import BOARDS, each_query
from tests.contract.dashboards.vocabulary import COLUMNS, COMPUTED, FIELD_NAMES, MEASUREMENTS, WHENEVER

RANGES = ("v.timeRangeStart", "date.sub(d: 23h, from: newest)", "date.sub(d: 1m, from: v.timeRangeStop)")
STOPS = ("v.timeRangeStop", COMING)
PLACEHOLDERS = {"station": "${station:regex}", "quantity": "${quantity}"}


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
    assert query.flux.count(" =~ ") == query.flux.count("r.station_id =~ /^${station:regex}$/")


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
