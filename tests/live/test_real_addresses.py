"""The real addresses, if `LIVE=1` is set: they exist, and their files have the expected format.

The tests ask the internet otherwise never.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datastream.sources.downloads.download import Downloads, Limits, Way
from datastream.sources.follow import versions
from datastream.sources.follow.format import Format
from datastream.sources.meteofrance import departments
from datastream.sources.meteofrance.hourly_format import HourlyFormat
from datastream.sources.uscrn import noaa_files
from datastream.sources.uscrn.five_minute_format import FiveMinuteFormat
from testing.environment import settings_environment
from weather import settings
from weather.settings import Variables, sources
from weather.settings.locations import Location

pytestmark = pytest.mark.skipif(os.environ.get("LIVE") != "1", reason="asks the internet: set LIVE=1")

YEAR = datetime.now(UTC).year


@pytest.fixture
def variables() -> Variables:
    return Variables(settings_environment())


def first_rows(folder: Path, variables: Variables, locations: Iterable[Location], form: Format) -> list[str]:
    """The event times of the first valid rows of each file."""
    options = settings.Downloads.load(variables)
    copies = Downloads(folder, Limits(options.max_mb * 10**6, options.max_seconds), Way(options.proxy, options.ca_file))
    found = versions.find(list(locations), form, copies, lambda: False)
    assert not found.problems
    times = []
    for version in found.versions:
        opened = form.open(version.path, Counter())
        times += [
            row.key[1] for _, (_, line) in zip(range(100), opened.lines(), strict=False) if (row := opened.row(line))
        ]
    return times


def test_a_department_has_files_of_the_last_two_years(tmp_path: Path, variables: Variables) -> None:
    address = sources.MeteoFrance.load(variables).address
    times = first_rows(tmp_path, variables, departments.files(["31"], YEAR, YEAR, address), HourlyFormat())
    assert min(times) >= f"{YEAR - 2}010100"


def test_a_station_of_noaa_has_a_file_of_this_year_or_the_last(tmp_path: Path, variables: Variables) -> None:
    options = sources.Uscrn.load(variables)
    files = noaa_files.files(["TX_Austin_33_NW"], YEAR, YEAR, options.address)
    times = first_rows(tmp_path, variables, files, FiveMinuteFormat(options))
    assert min(times) >= f"{YEAR - 1}01010000"
