"""Which source is streamed, and the settings of each source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weather import topics
from weather.daily import STATISTICS
from weather.description import toml
from weather.description.model import Description
from weather.errors import SettingsError
from weather.reading import MEASUREMENT
from weather.settings import declare, files, locations
from weather.settings.declare import Group
from weather.settings.files import Files
from weather.settings.locations import Location
from weather.settings.variables import Variables
from weather.uscrn import HOURLY, parse_moment

SOURCES = ("meteofrance", "stations", "place", "sql", "uscrn", "csv")
"""The valid values of STREAM_SOURCE. `datastream.sources.registry` creates each source."""

JOBS = ("meteo", "daily", "stats", "rain", "uscrn", "csv")
"""The valid values of SPARK_JOBS. `spark_app.jobs` starts each job."""

JOBS_OF = {
    "meteofrance": ("meteo", "daily", "stats", "rain"),
    "stations": ("stats", "rain"),
    "place": (),
    "sql": (),
    "uscrn": ("uscrn",),
    "csv": ("csv",),
}
"""Source → the jobs that process its rows."""

FIRST_YEAR, FIRST_USCRN_YEAR = 1780, 2006
"""The first years of Météo-France's hourly files and of NOAA's 5-minute files."""

MAX_STATIONS = 26
MAX_SEED = 2**63 - 1


def chosen(variables: Variables) -> str:
    """The source that STREAM_SOURCE names. Raise SettingsError if it is unknown."""
    name = variables.text("STREAM_SOURCE")
    if name not in SOURCES:
        raise SettingsError(f"STREAM_SOURCE: no source is called {name!r}; there are {', '.join(SOURCES)}")
    return name


def first_topic(variables: Variables) -> str:
    """The topic of the chosen source; the first one if it has several."""
    others = {"stations": topics.STATIONS, "place": topics.TEMPERATURES, "sql": topics.TEMPERATURES}
    if chosen(variables) == "uscrn":
        return Uscrn.load(variables).topic
    if chosen(variables) == "csv":
        return Described.load(variables).description.topic
    return others.get(chosen(variables)) or variables.text("KAFKA_TOPIC")


def jobs(variables: Variables) -> tuple[str, ...]:
    """The jobs of SPARK_JOBS, or those of the chosen source. Raise SettingsError if one is unknown."""
    source = Source.load(variables)
    return source.jobs or JOBS_OF[source.name]


def feeds_the_store(variables: Variables) -> bool:
    """Whether Spark writes the rows of the chosen source, or results from them, to InfluxDB."""
    return bool(JOBS_OF[chosen(variables)])


def first_measurement(variables: Variables) -> str:
    """The measurement in which the rows of the chosen source, or results from them, appear first."""
    of_job = {"meteo": MEASUREMENT, "uscrn": HOURLY}
    if "csv" in jobs(variables):
        return Described.load(variables).description.measurement
    return next((of_job[job] for job in jobs(variables) if job in of_job), STATISTICS)


def uses_own_database(variables: Variables) -> bool:
    """Whether the chosen source reads the database that this stack starts, not another one (SQL_HOST)."""
    return chosen(variables) == "sql" and not variables.optional("SQL_HOST")


@dataclass(frozen=True)
class Source(Group):
    """Which source is streamed, and the jobs of SPARK_JOBS (empty: those of the source)."""

    name: str = declare.setting(["STREAM_SOURCE"], chosen, " or ".join(f"`{name}`" for name in SOURCES))
    jobs: tuple[str, ...] = declare.one_of_many("SPARK_JOBS", JOBS, "job", may_be_empty=True)


def _departments(variables: Variables) -> tuple[str, ...]:
    names = tuple(variables.optional("METEO_DEPARTMENT").split())
    for name in names:
        if name.upper() in ("2A", "2B"):
            raise SettingsError(f"METEO_DEPARTMENT: the files of Corsica have the number 20, not {name}")
        if not re.fullmatch(r"0[1-9]|[1-8]\d|9[0-5]|97[1-9]|98[4-8]", name):
            raise SettingsError(
                f"METEO_DEPARTMENT: {name} is not a department: 01 to 95 (Corsica is 20), or 971 to 988"
            )
    return names


@dataclass(frozen=True)
class MeteoFrance(Files):
    """The hourly files: their locations, or the departments whose official files are downloaded."""

    data: tuple[Location, ...] = locations.setting("METEO_DATA")
    official: tuple[str, ...] = declare.setting(["METEO_DEPARTMENT"], _departments, "numbers of departments")
    since: int = files.year("METEO_SINCE", FIRST_YEAR)
    address: str = files.base_address("METEO_ADDRESS")


@dataclass(frozen=True)
class Stations(Group):
    """The number of simulated stations, their seed, the number of days (0 = endless) and the seconds per day."""

    count: int = declare.integer("STATIONS_COUNT", 1, MAX_STATIONS)
    seed: int = declare.integer("STATIONS_SEED", 0, MAX_SEED)
    days: int = declare.integer("STATIONS_DAYS", 0, 1_000_000)
    day_seconds: float = declare.seconds("STATIONS_DAY_SECONDS")

    @property
    def time_delta(self) -> float:
        """Seconds between two rows: the stations share the seconds of a day."""
        return self.day_seconds / self.count


@dataclass(frozen=True)
class Place(Group):
    """The seed of the single place's weather, and the seconds per day."""

    seed: int = declare.integer("PLACE_SEED", 0, MAX_SEED)
    day_seconds: float = declare.seconds("PLACE_DAY_SECONDS")


def _date(variables: Variables) -> str:
    date = variables.text("USCRN_DATE").replace("all", "")
    try:
        if date:
            parse_moment(date, "0000")
    except ValueError:
        raise SettingsError(f"USCRN_DATE={date!r} is neither all nor a day such as 20210101") from None
    return date


@dataclass(frozen=True)
class UscrnTopic(Group):
    """The number of partitions of topic `Partitioned`, at least one per station."""

    partitions: int = declare.integer("USCRN_PARTITIONS", 1, 1000)


def _uscrn_stations(variables: Variables) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(variables.optional("USCRN_STATIONS").split()))
    for name in names:
        if not re.fullmatch(r"[A-Z]{2}(_[A-Za-z0-9.'-]+)+", name):
            raise SettingsError(
                f"USCRN_STATIONS: {name} is not the name of a station in NOAA's file names, such as TX_Austin_33_NW"
            )
    return names


@dataclass(frozen=True)
class Uscrn(Files, UscrnTopic):
    """The 5-minute files, the mode in which they are sent, and the local date that is sent ("" = all dates).

    `official` are stations whose files are downloaded.
    """

    data: tuple[Location, ...] = locations.setting("USCRN_DATA")
    mode: str = declare.choice("USCRN_MODE", "sequential", "partitioned")
    date: str = declare.setting(["USCRN_DATE"], _date, "`all` or YYYYMMDD")
    official: tuple[str, ...] = declare.setting(["USCRN_STATIONS"], _uscrn_stations, "stations in NOAA's file names")
    since: int = files.year("USCRN_SINCE", FIRST_USCRN_YEAR)
    address: str = files.base_address("USCRN_ADDRESS")

    @property
    def topic(self) -> str:
        return topics.PARTITIONED if self.mode == "partitioned" else topics.INPUT_DATA

    def contradictions(self) -> Iterator[str]:
        if self.mode == "partitioned" and len(self.official) > self.partitions:
            yield (
                f"USCRN_PARTITIONS={self.partitions}: the {len(self.official)} stations of USCRN_STATIONS need a "
                "partition each; set it before the first set-up, or set USCRN_MODE=sequential"
            )


@dataclass(frozen=True)
class Described(Group):
    """The description of files of your own."""

    description: Description = declare.setting(
        ["CSV_DESCRIPTION"], lambda variables: toml.load(Path(variables.text("CSV_DESCRIPTION"))), "path of a TOML file"
    )


@dataclass(frozen=True)
class DescribedFiles(Files, Described):
    """Files of your own, and their description."""

    data: tuple[Location, ...] = locations.setting("CSV_DATA")
    official: tuple[str, ...] = declare.setting([], lambda variables: (), "")


@dataclass(frozen=True)
class UscrnJob(Group):
    """How long the Spark job `uscrn` waits for late rows, and when it marks a temperature as a spike or as stuck."""

    lateness_minutes: int = declare.integer("USCRN_LATENESS_MINUTES", 0, 10_000)
    spike_hours: int = declare.integer("USCRN_SPIKE_HOURS", 1, 48)
    spike_deviations: int = declare.integer("USCRN_SPIKE_DEVIATIONS", 1, 1000)
    stuck_hours: int = declare.integer("USCRN_STUCK_HOURS", 1, 240)
