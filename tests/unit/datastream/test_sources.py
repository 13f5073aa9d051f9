"""The table of sources, and what the made-up ones send."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from datastream.message import Message, Pause
from datastream.sources import protobuf, registry
from datastream.sources.backoff import ATTEMPTS, wait_before_attempt
from datastream.sources.simulated import source as generated
from datastream.sources.simulated.single_place import PlaceDay
from datastream.sources.simulated.stations import StationDay
from datastream.sources.sql.source import TemperaturesTable
from testing.environment import free_port
from weather import settings
from weather.errors import SettingsError, SourceError
from weather.messages import place_report_pb2, report_pb2, station_report_pb2
from weather.secrets import write_secret
from weather.settings import Variables, programs, sources


def messages(source: generated.Generated[StationDay] | generated.Generated[PlaceDay], skip: int = 0) -> list[Message]:
    return list(source.messages(skip))


def stations(count: int = 2, days: int = 3) -> generated.Generated[StationDay]:
    return generated.stations(sources.Stations(count, seed=1, days=days, day_seconds=1.0))


def test_every_source_that_may_be_chosen_can_be_made_and_no_other() -> None:
    assert tuple(registry.SOURCES) == sources.SOURCES


@pytest.mark.parametrize("name", sources.SOURCES)
def test_native_mode_hands_the_streamer_all_settings_of_every_source(environment: dict[str, str], name: str) -> None:
    handed = {setting: environment[setting] for setting in programs.of_program("datastream") if setting in environment}
    assert registry.chosen(Variables(handed | {"STREAM_SOURCE": name})).topics


def test_an_unknown_source_is_told_with_those_there_are(environment: dict[str, str]) -> None:
    with pytest.raises(
        SettingsError, match="no source is called 'station'; there are meteofrance, stations, place, sql"
    ):
        registry.chosen(Variables(environment | {"STREAM_SOURCE": "station"}))


@pytest.mark.parametrize(
    ("name", "topics"),
    [
        ("meteofrance", [("meteo", 4)]),
        ("stations", [("stations", 6), ("stations-json", 6)]),
        ("place", [("temperatures", 4)]),
        ("sql", [("temperatures", 4)]),
        ("uscrn", [("Partitioned", 3)]),
        ("csv", [("greenhouse", 4)]),
    ],
)
def test_each_source_has_its_topics(environment: dict[str, str], name: str, topics: list[tuple[str, int]]) -> None:
    spec = registry.chosen(Variables(environment | {"STREAM_SOURCE": name}))
    assert [(topic.name, topic.partitions) for topic in spec.topics] == topics


@pytest.mark.parametrize("name", sources.SOURCES)
def test_the_first_topic_of_a_source_is_known_without_making_the_source(environment: dict[str, str], name: str) -> None:
    variables = Variables(environment | {"STREAM_SOURCE": name})
    assert sources.first_topic(variables) == registry.chosen(variables).topics[0].name


def test_only_the_topic_with_sparks_checkpoint_must_stay(environment: dict[str, str]) -> None:
    reasons = {
        name: registry.chosen(Variables(environment | {"STREAM_SOURCE": name})).recreate_refusal
        for name in sources.SOURCES
    }
    for name in ("meteofrance", "uscrn", "csv"):
        assert "Spark's checkpoint" in reasons.pop(name)
    assert set(reasons.values()) == {""}


@pytest.mark.parametrize(
    ("name", "changes", "delta"),
    [
        ("meteofrance", {"STREAMING_TIME_DELTA": "0.25"}, 0.25),
        ("stations", {"STATIONS_COUNT": "10"}, 0.1),
        ("stations", {"STATIONS_COUNT": "10", "STATIONS_DAY_SECONDS": "0"}, 0.0),
        ("place", {}, 0.1),
        ("sql", {"STREAMING_TIME_DELTA": "0.25"}, 0.25),
    ],
)
def test_a_simulated_day_takes_the_seconds_of_its_setting_whatever_the_number_of_stations(
    environment: dict[str, str], name: str, changes: dict[str, str], delta: float
) -> None:
    spec = registry.chosen(Variables(environment | {"STREAM_SOURCE": name, **changes}))
    assert spec.time_delta == pytest.approx(delta)


@pytest.mark.parametrize("delta", ["-1", "nan", "fast"])
def test_a_bad_first_time_delta_names_its_setting(environment: dict[str, str], delta: str) -> None:
    environment["STREAMING_TIME_DELTA"] = delta
    with pytest.raises(SettingsError, match=r"^STREAMING_TIME_DELTA: "):
        registry.chosen(Variables(environment))


def test_each_source_keeps_a_position_of_its_own(variables: Variables) -> None:
    options = settings.Streamer.load(variables)
    files = {options.position_file(name) for name in sources.SOURCES}
    assert len(files) == len(sources.SOURCES)
    assert {file.parent for file in files} == {Path(variables.text("STACK_HOME")) / "data" / "datastream"}


def test_a_station_is_the_key_of_its_days_and_raining_is_a_number_in_json() -> None:
    dry = generated.station_message(StationDay("2000-01-01", "A", 31.5, False, 45.0, -100.0))
    wet = generated.station_message(StationDay("2000-01-02", "B", 41.5, True, 45.0, -97.0))
    assert (dry.key, dry.event_time) == (b"A", "2000-01-01")
    row = {"date": "2000-01-01", "station": "A", "degrees": 31.5, "raining": 0, "LAT": 45.0, "LON": -100.0}
    assert orjson.loads(dry.value) == row
    assert wet.value == b'{"date":"2000-01-02","station":"B","degrees":41.5,"raining":1,"LAT":45.0,"LON":-97.0}'


def test_a_station_in_protobuf_is_what_it_is_in_json() -> None:
    for message in messages(stations(5, 200)):
        row = orjson.loads(message.value)
        report = report_pb2.Report.FromString(protobuf.station_day(message.value))
        assert (report.date, report.station, report.degrees) == (row["date"], row["station"], row["degrees"])
        assert report.raining is bool(row["raining"])


def test_the_name_of_the_month_is_the_key_of_the_places_days() -> None:
    message = generated.place_message(PlaceDay("1990-12-31", 20.125))
    assert message.key == b"December"
    report = place_report_pb2.Report.FromString(protobuf.place_day(message.value))
    assert (report.date, report.degrees) == ("1990-12-31", 20.125)
    assert generated.place_message(PlaceDay("1991-01-01", 0.0)).key == b"January"


def test_a_row_of_the_table_keeps_every_digit_in_protobuf() -> None:
    value = orjson.dumps({"date": "2000-01-01", "degrees": 23.851454295532143, "station_id": "StationA"})
    report = station_report_pb2.Report.FromString(protobuf.table_row(value))
    assert (report.date, report.degrees, report.station_id) == ("2000-01-01", 23.851454295532143, "StationA")


def test_made_up_rows_begin_where_one_left_off() -> None:
    assert messages(stations(), skip=4) == messages(stations())[4:]


def test_a_number_of_days_ends_the_stations_and_none_does_not() -> None:
    assert (stations(2, 3).total, len(messages(stations(2, 3)))) == (6, 6)
    assert stations(2, 0).total is None


def test_made_up_rows_end_when_that_is_asked_for_even_while_they_are_skipped() -> None:
    asked = iter([False, False, True])
    assert list(stations(2, 0).messages(10**9, lambda: next(asked))) == []


def test_another_seed_is_other_data_and_another_number_of_days_is_not() -> None:
    def fingerprint(seed: int, days: int) -> str:
        return generated.stations(sources.Stations(2, seed, days, 1.0)).fingerprint

    assert fingerprint(1, 0) == fingerprint(1, 9) != fingerprint(2, 0)


@pytest.fixture
def nobody(environment: dict[str, str], tmp_path: Path) -> TemperaturesTable:
    """The source of a database that is not there."""
    database = settings.Database.load(Variables(environment | {"SQL_PORT": str(free_port())}))
    write_secret(database.password_file, "x")
    return TemperaturesTable(database, tmp_path)


def test_a_database_that_is_away_is_told_and_given_up_after_a_number_of_attempts(nobody: TemperaturesTable) -> None:
    pauses: list[Pause] = []
    with pytest.raises(SourceError, match=r"gave up after \d+ attempts: database CS544 at .* check that it is running"):
        for item in nobody.messages():
            assert isinstance(item, Pause)
            pauses.append(item)
    assert len(pauses) == ATTEMPTS - 1
    assert all("as user weather" in pause.problem for pause in pauses)
    assert 60 < sum(pause.seconds for pause in pauses) < 300


def test_attempts_come_ever_more_rarely_up_to_a_limit_and_out_of_step() -> None:
    waits = [[wait_before_attempt(failures) for _ in range(50)] for failures in (1, 2, 5, 30)]
    assert [max(some) > min(some) for some in waits] == [True] * 4
    assert max(waits[0]) < 0.7 and max(waits[1]) < 1.3 and max(waits[3]) <= 25
