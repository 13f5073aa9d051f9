"""The registry of sources: the values of STREAM_SOURCE, and the topics, pace and page of each source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from datastream.message import Source, Topic
from datastream.sources import pages, protobuf
from datastream.sources.described.described_format import DescribedFormat
from datastream.sources.downloads.download import Downloads, Limits, Way
from datastream.sources.follow.format import Format
from datastream.sources.follow.source import Followed
from datastream.sources.meteofrance import departments
from datastream.sources.meteofrance.hourly_format import HourlyFormat
from datastream.sources.meteofrance.source import MeteoFrance
from datastream.sources.pages import Page
from datastream.sources.simulated import source as generated
from datastream.sources.sql.source import TemperaturesTable
from datastream.sources.uscrn import noaa_files
from datastream.sources.uscrn.five_minute_format import FiveMinuteFormat
from datastream.sources.uscrn.source import Uscrn
from weather import settings, topics
from weather.settings import Variables, sources
from weather.settings.files import Files
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
    source: Source = MeteoFrance(*options.local)
    if not options.is_replay:
        source = _followed(
            "meteofrance", variables, options, HourlyFormat(), lambda: _locations(options, departments.files)
        )
    return SourceSpec(
        source,
        (Topic(kafka.topic, kafka.partitions),),
        streamer.time_delta_of(options.has_addresses),
        pages.METEOFRANCE,
        recreate_refusal=_refusal(kafka.topic),
    )


def _locations(
    options: sources.MeteoFrance | sources.Uscrn, official: Callable[..., Iterable[Location]]
) -> Sequence[Location]:
    """The files to stream. `official` lists the official ones, which depend on the year."""
    if not options.official:
        return options.data
    year = datetime.now(UTC).year
    return list(official(options.official, options.since or year, year, options.address))


def _followed(
    name: str, variables: Variables, options: Files, form: Format, locations: Callable[[], Sequence[Location]]
) -> Followed:
    """Files that are downloaded or polled."""

    downloads = settings.Downloads.load(variables)
    limits, way = Limits(downloads.max_mb * 10**6, downloads.max_seconds), Way(downloads.proxy, downloads.ca_file)
    copies = Downloads(downloads.folder, limits, way)
    folder = settings.Streamer.load(variables).positions / name
    return Followed(locations, form, copies, folder, options.follow)


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
    streamer = settings.Streamer.load(variables)
    table = TemperaturesTable(settings.Database.load(variables), streamer.positions / "sql")
    topic = Topic(topics.TEMPERATURES, topics.PARTITIONS[topics.TEMPERATURES], protobuf.table_row)
    return SourceSpec(table, (topic,), streamer.time_delta, pages.SQL)


def uscrn(variables: Variables) -> SourceSpec:
    """USCRN's 5-minute files as JSON, for Spark: file after file, or all stations merged by time."""
    options = sources.Uscrn.load(variables)
    partitions = topics.PARTITIONS[options.topic] if options.mode == "sequential" else options.partitions
    source: Source = Uscrn(options)
    if not options.is_replay:
        source = _followed(
            f"uscrn-{options.mode}",
            variables,
            options,
            FiveMinuteFormat(options),
            lambda: _locations(options, noaa_files.files),
        )
    return SourceSpec(
        source,
        (Topic(options.topic, partitions),),
        settings.Streamer.load(variables).time_delta_of(options.has_addresses),
        pages.USCRN,
        recreate_refusal=_refusal(options.topic),
    )


def described(variables: Variables) -> SourceSpec:
    """CSV or NDJSON files of your own as JSON, for Spark."""
    options, kafka = sources.DescribedFiles.load(variables), settings.Kafka.load(variables)
    description = options.description
    return SourceSpec(
        _followed(
            f"csv-{description.measurement}", variables, options, DescribedFormat(description), lambda: options.data
        ),
        (Topic(description.topic, kafka.partitions),),
        settings.Streamer.load(variables).time_delta_of(options.has_addresses),
        pages.described(description),
        recreate_refusal=_refusal(description.topic),
    )


def _refusal(topic: str) -> str:
    return (
        f"topic {topic} cannot be recreated alone, because Spark's checkpoint holds its offsets: "
        "./clean.sh deletes both"
    )


SOURCES: dict[str, Callable[[Variables], SourceSpec]] = {
    "meteofrance": meteofrance,
    "stations": stations,
    "place": place,
    "sql": sql,
    "uscrn": uscrn,
    "csv": described,
}


def chosen(variables: Variables) -> SourceSpec:
    """The source that STREAM_SOURCE names. Raise SettingsError if it is unknown or one of its settings is invalid."""
    return SOURCES[sources.chosen(variables)](variables)
