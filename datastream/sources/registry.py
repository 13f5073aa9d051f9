"""The registry of sources: the values of STREAM_SOURCE, and the topics, pace and page of each source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from datastream.message import Source, Topic
from datastream.sources import pages, protobuf
from datastream.sources.downloads.download import Downloads, Limits, Way
from datastream.sources.follow.source import Followed
from datastream.sources.meteofrance import departments
from datastream.sources.meteofrance.hourly_format import HourlyFormat
from datastream.sources.meteofrance.source import MeteoFrance
from datastream.sources.pages import Page
from datastream.sources.simulated import source as generated
from datastream.sources.sql.source import TemperaturesTable
from datastream.sources.uscrn.source import Uscrn
from weather import settings, topics
from weather.settings import Variables, sources
from weather.settings.locations import Location


@dataclass(frozen=True)
class SourceSpec:
    """A source, the topics that it feeds, its initial time delta in seconds, and what the live page shows of it.

    `recreate_refusal` says why its topics must not be recreated; empty if they may be.
    """

    source: Source
    topics: tuple[Topic, ...]
    time_delta: float
    page: Page
    recreate_refusal: str = ""


def meteofrance(variables: Variables) -> SourceSpec:
    """Hourly files of Météo-France as JSON, for Spark."""
    kafka, streamer = settings.Kafka.load(variables), settings.Streamer.load(variables)
    options = sources.MeteoFrance.load(variables)
    followed = bool(options.follow) or options.has_addresses
    at_once = options.has_addresses and streamer.asked_time_delta is None
    return SourceSpec(
        _followed(options, streamer, variables) if followed else MeteoFrance(*options.local),
        (Topic(kafka.topic, kafka.partitions),),
        0.0 if at_once else streamer.time_delta,
        pages.METEOFRANCE,
        recreate_refusal=(
            f"topic {kafka.topic} cannot be recreated alone, because Spark's checkpoint holds its offsets: "
            "./clean.sh deletes both"
        ),
    )


def _followed(options: sources.MeteoFrance, streamer: settings.Streamer, variables: Variables) -> Followed:
    """Hourly files that are downloaded or polled. The names of a department's files depend on the year."""

    def locations() -> list[Location]:
        if not options.departments:
            return list(options.data)
        year = datetime.now(UTC).year
        return list(departments.files(options.departments, options.since or year, year, options.address))

    downloads = settings.Downloads.load(variables)
    limits, way = Limits(downloads.max_mb * 10**6, downloads.max_seconds), Way(downloads.proxy, downloads.ca_file)
    copies = Downloads(downloads.folder, limits, way)
    return Followed(locations, HourlyFormat(), copies, streamer.positions / "meteofrance", options.follow)


def stations(variables: Variables) -> SourceSpec:
    """Simulated stations, as protobuf and as JSON."""
    options = sources.Stations.load(variables)
    fed = (
        Topic(topics.STATIONS, topics.PARTITIONS[topics.STATIONS], protobuf.station_day),
        Topic(topics.STATIONS_JSON, topics.PARTITIONS[topics.STATIONS_JSON]),
    )
    return SourceSpec(generated.stations(options), fed, options.time_delta, pages.STATIONS)


def place(variables: Variables) -> SourceSpec:
    """One simulated place as protobuf, keyed by month."""
    options = sources.Place.load(variables)
    topic = Topic(topics.TEMPERATURES, topics.PARTITIONS[topics.TEMPERATURES], protobuf.place_day)
    return SourceSpec(generated.place(options), (topic,), options.day_seconds, pages.PLACE)


def sql(variables: Variables) -> SourceSpec:
    """The rows of a database table as protobuf, keyed by station."""
    table = TemperaturesTable(settings.Database.load(variables))
    topic = Topic(topics.TEMPERATURES, topics.PARTITIONS[topics.TEMPERATURES], protobuf.table_row)
    return SourceSpec(table, (topic,), settings.Streamer.load(variables).time_delta, pages.SQL)


def uscrn(variables: Variables) -> SourceSpec:
    """USCRN's 5-minute files as JSON, for Spark: file after file, or all stations merged by time."""
    options = sources.Uscrn.load(variables)
    partitions = topics.PARTITIONS[options.topic] if options.mode == "sequential" else options.partitions
    return SourceSpec(
        Uscrn(options),
        (Topic(options.topic, partitions),),
        settings.Streamer.load(variables).time_delta,
        pages.USCRN,
        recreate_refusal=(
            f"topic {options.topic} cannot be recreated alone, because Spark's checkpoint holds its offsets: "
            "./clean.sh deletes both"
        ),
    )


SOURCES: dict[str, Callable[[Variables], SourceSpec]] = {
    "meteofrance": meteofrance,
    "stations": stations,
    "place": place,
    "sql": sql,
    "uscrn": uscrn,
}


def chosen(variables: Variables) -> SourceSpec:
    """The source that STREAM_SOURCE names. Raise SettingsError if it is unknown or one of its settings is invalid."""
    return SOURCES[sources.chosen(variables)](variables)
