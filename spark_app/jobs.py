"""The jobs: the names for SPARK_JOBS, the topics that each one waits for, and its queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spark_app.context import Context
from spark_app.daily import job as daily_reports
from spark_app.daily import report_stream, statistics_job
from spark_app.queries import Query
from spark_app.rain import job as rain
from spark_app.readings import job as meteo
from spark_app.uscrn import job as uscrn
from weather.settings import Variables, sources


@dataclass(frozen=True)
class Job:
    """`topics` must exist before `queries` is called. The job itself creates the topics that it writes to."""

    topics: Callable[[Variables], Sequence[str]]
    queries: Callable[[Context], Sequence[Query]]


JOBS = {
    "meteo": Job(meteo.topics, meteo.queries),
    "daily": Job(daily_reports.topics, daily_reports.queries),
    "stats": Job(report_stream.topics, statistics_job.queries),
    "rain": Job(report_stream.topics, rain.queries),
    "csv": Job(meteo.topics_of_table, meteo.queries_of_table),
    "uscrn": Job(uscrn.needed_topics, uscrn.queries),
}
"""Name → job, for each of `sources.JOBS`."""


def chosen(variables: Variables) -> list[Job]:
    """The jobs that this application runs. Raise SettingsError for an unknown job."""
    return [JOBS[name] for name in sources.jobs(variables)]
