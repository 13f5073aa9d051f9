"""Which source is streamed, and the settings of the sources beside the hourly files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from weather import topics
from weather.daily import STATISTICS
from weather.errors import SettingsError
from weather.reading import MEASUREMENT
from weather.settings import declare
from weather.settings.declare import Group
from weather.settings.variables import Variables
from weather.uscrn import HOURLY, parse_moment

SOURCES = ("meteofrance", "stations", "place", "sql", "uscrn")
"""What STREAM_SOURCE may name. `datastream.sources.registry` knows how to make each."""

JOBS = ("meteo", "daily", "stats", "rain", "uscrn")
"""What SPARK_JOBS may name. `spark_app.jobs` knows how to start each."""

JOBS_OF = {
    "meteofrance": ("meteo", "daily", "stats", "rain"),
    "stations": ("stats", "rain"),
    "place": (),
    "sql": (),
    "uscrn": ("uscrn",),
}
"""Source → the jobs that its rows are for."""

MAX_STATIONS = 26
MAX_SEED = 2**63 - 1


def chosen(variables: Variables) -> str:
    """The source that STREAM_SOURCE names; SettingsError for an unknown one."""
    name = variables.text("STREAM_SOURCE")
    if name not in SOURCES:
        raise SettingsError(f"STREAM_SOURCE: no source is called {name!r}; there are {', '.join(SOURCES)}")
    return name


def first_topic(variables: Variables) -> str:
    """The topic of the chosen source, or the first of its topics."""
    others = {"stations": topics.STATIONS, "place": topics.TEMPERATURES, "sql": topics.TEMPERATURES}
    if chosen(variables) == "uscrn":
        return Uscrn.load(variables).topic
    return others.get(chosen(variables)) or variables.text("KAFKA_TOPIC")


def jobs(variables: Variables) -> tuple[str, ...]:
    """The jobs of SPARK_JOBS, or those that the chosen source is for; SettingsError for an unknown one."""
    return Source.load(variables).jobs or JOBS_OF[chosen(variables)]


def feeds_the_store(variables: Variables) -> bool:
    """Whether Spark carries the rows of the chosen source, or what it makes of them, into InfluxDB."""
    return bool(JOBS_OF[chosen(variables)])


def first_measurement(variables: Variables) -> str:
    """The measurement in which the rows of the chosen source, or what is made of them, are first seen."""
    of_job = {"meteo": MEASUREMENT, "uscrn": HOURLY}
    return next((of_job[job] for job in jobs(variables) if job in of_job), STATISTICS)


def uses_own_database(variables: Variables) -> bool:
    """Whether the chosen source reads the database that this stack starts, and not another one (SQL_HOST)."""
    return chosen(variables) == "sql" and not variables.optional("SQL_HOST")


@dataclass(frozen=True)
class Source(Group):
    """Which source is streamed, and the jobs of SPARK_JOBS (empty: those that the source is for)."""

    name: str = declare.setting(["STREAM_SOURCE"], chosen, " or ".join(f"`{name}`" for name in SOURCES))
    jobs: tuple[str, ...] = declare.one_of_many("SPARK_JOBS", JOBS, "job", may_be_empty=True)


@dataclass(frozen=True)
class MeteoFrance(Group):
    """The hourly files."""

    data: Path = declare.path("METEO_DATA")


@dataclass(frozen=True)
class Stations(Group):
    """How many simulated stations there are, for how many days (0 = endless), and how long one day takes."""

    count: int = declare.integer("STATIONS_COUNT", 1, MAX_STATIONS)
    seed: int = declare.integer("STATIONS_SEED", 0, MAX_SEED)
    days: int = declare.integer("STATIONS_DAYS", 0, 1_000_000)
    day_seconds: float = declare.seconds("STATIONS_DAY_SECONDS")

    @property
    def time_delta(self) -> float:
        """Seconds between two rows: the stations of a day share its time."""
        return self.day_seconds / self.count


@dataclass(frozen=True)
class Place(Group):
    """The seed of the single place's weather, and how long one of its days takes."""

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
    """Partitions of topic `Partitioned`, at least one for each station."""

    partitions: int = declare.integer("USCRN_PARTITIONS", 1, 1000)


@dataclass(frozen=True)
class Uscrn(UscrnTopic):
    """The 5-minute files, how they are sent, and the one local date that is sent ("" = all of them)."""

    data: str = declare.text("USCRN_DATA")
    mode: str = declare.choice("USCRN_MODE", "sequential", "partitioned")
    date: str = declare.setting(["USCRN_DATE"], _date, "`all` or YYYYMMDD")

    @property
    def topic(self) -> str:
        return topics.PARTITIONED if self.mode == "partitioned" else topics.INPUT_DATA


@dataclass(frozen=True)
class UscrnJob(Group):
    """What the Spark job `uscrn` waits for, and when a temperature is marked as a spike or as stuck."""

    lateness_minutes: int = declare.integer("USCRN_LATENESS_MINUTES", 0, 10_000)
    spike_hours: int = declare.integer("USCRN_SPIKE_HOURS", 1, 48)
    spike_deviations: int = declare.integer("USCRN_SPIKE_DEVIATIONS", 1, 1000)
    stuck_hours: int = declare.integer("USCRN_STUCK_HOURS", 1, 240)
