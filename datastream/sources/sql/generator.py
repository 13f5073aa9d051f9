"""`python -m datastream.sources.sql.generator`: fills table `temperatures` with simulated daily temperatures.

The rows are those of the course exercise (docs/data-formats.md): ten stations a day from 2000-01-01, seeded, so that
row number n is always the same. After a stop at any moment it resumes with the row after the table's last one.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import random
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import SQLAlchemyError

from datastream.sources.sql.table import TEMPERATURES, connect, create_table, unavailable
from weather import logs, settings
from weather.ending import shutdown_event
from weather.errors import StackError
from weather.logs import facts

log = logging.getLogger("weather_generator")

SEED = 544
FIRST_DAY = date(2000, 1, 1)
RANDOM_STATIONS = "ABCDEFGH"
MEAN, DEVIATION = 30.0, 15.0


class Row(NamedTuple):
    """One station's temperature of one day, in degrees Fahrenheit."""

    station_id: str
    date: date
    degrees: float


def rows() -> Iterator[Row]:
    """Endless rows: stations A to H random, I always 5, J the number of the day modulo 10."""
    source = random.Random(SEED)
    for day in itertools.count():
        today = FIRST_DAY + timedelta(days=day)
        for letter in RANDOM_STATIONS:
            yield Row(f"Station{letter}", today, source.gauss(MEAN, DEVIATION))
        yield Row("StationI", today, 5.0)
        yield Row("StationJ", today, float(day % 10))


def fill(connection: Connection, pause: float, stop: threading.Event, done: Callable[[], None]) -> None:
    """Add the missing rows, one per transaction, every `pause` seconds, until `stop` is set. Call `done` after each."""
    last = connection.execute(select(TEMPERATURES.c.id).order_by(TEMPERATURES.c.id.desc()).limit(1)).scalar() or 0
    connection.commit()
    log.info(facts("filling", table=TEMPERATURES.name, rows=last, pause=pause))
    for number, row in enumerate(itertools.islice(rows(), last, None), start=last + 1):
        connection.execute(insert(TEMPERATURES).values(id=number, **row._asdict()))
        connection.commit()
        done()
        if stop.wait(pause):
            return


def main(arguments: list[str]) -> int:
    """Fill the table until SIGTERM. Return 1 if the database does not answer or refuses."""
    parser = argparse.ArgumentParser(prog="python -m datastream.sources.sql.generator", description="Fill the table.")
    parser.add_argument("--heartbeat", type=Path, help="file to touch after each row")
    heartbeat = parser.parse_args(arguments).heartbeat
    logs.configure()
    stop = shutdown_event()
    try:
        database = settings.Database.load(settings.Variables())
        with connect(database) as connection:
            create_table(connection)
            fill(connection, database.row_delta, stop, heartbeat.touch if heartbeat else lambda: None)
    except SQLAlchemyError as error:
        log.error(facts("cannot_fill", error=unavailable(database, error)))
        return 1
    except StackError as error:
        log.error(facts("cannot_fill", error=error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
