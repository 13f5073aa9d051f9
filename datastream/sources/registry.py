"""The registry of sources: the values of STREAM_SOURCE, and the topics, pace and page of each source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datastream.message import Source, Topic
from datastream.sources import pages, protobuf
from datastream.sources.meteofrance.source import MeteoFrance
from datastream.sources.pages import Page
from datastream.sources.simulated import source as generated
from datastream.sources.sql.source import TemperaturesTable
from datastream.sources.uscrn.source import Uscrn
from weather import settings, topics
from weather.settings import Variables, sources


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
    kafka = settings.Kafka.load(variables)
    return SourceSpec(
        MeteoFrance(sources.MeteoFrance.load(variables).data),
        (Topic(kafka.topic, kafka.partitions),),
        settings.Streamer.load(variables).time_delta,
        pages.METEOFRANCE,
        recreate_refusal=(
            f"topic {kafka.topic} cannot be recreated alone, because Spark's checkpoint holds its offsets: "
            "./clean.sh deletes both"
        ),
    )


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
