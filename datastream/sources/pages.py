"""What the live page shows of each source: its texts, its metrics and the columns of its table."""

from __future__ import annotations

from dataclasses import dataclass

from weather import uscrn
from weather.description import model as described_table
from weather.description.model import Description
from weather.reading import FIELDS, HOUR, STATION_ID, STATION_NAME

KNOWN = {field.source: field for field in FIELDS}

MOST_COLUMNS = 8
"""Numbers in the table of a described source. Its list of meanings has all of them."""

DELIVERY_COUNTS = (("dead_letters", "Dead letters"), ("rows_waiting", "Rows waiting"), ("rows_failed", "Failed sends"))


@dataclass(frozen=True)
class Column:
    """A column of the table: its heading, and the field that it shows and sorts by."""

    label: str
    field: str
    unit: str = ""
    meaning: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class MapFields:
    """The fields of a row that the map shows: a dot at LAT and LON for each `key`, coloured by a `value`.

    `title` and `unit` are those of the value.
    """

    key: str
    name: str
    value: str
    unit: str
    moment: str
    title: str = "Temperature"


@dataclass(frozen=True)
class Page:
    """The texts of one source. `row_key` is the field that identifies a row of the table, such as the station."""

    about: str
    moment: str
    preparing: str
    table: str
    row_key: str
    row_word: str
    columns: tuple[Column, ...]
    meanings: tuple[Column, ...]
    name: str = "Source"
    map: MapFields | None = None
    counts: tuple[tuple[str, str], ...] = DELIVERY_COUNTS


def _measured(label: str, *sources: str) -> Column:
    """A column of a reading, with unit and meaning from `weather.reading`."""
    known = [KNOWN[source] for source in sources]
    return Column(label, sources[0], known[0].unit, "; ".join(field.meaning for field in known))


METEOFRANCE = Page(
    about="Hourly observations, streamed row by row into",
    moment="Observation hour",
    preparing="sorting the rows by time",
    table="Latest reading of each station",
    row_key=STATION_ID,
    row_word="stations",
    columns=(
        Column("Station", STATION_NAME, numeric=False),
        Column("Hour (UTC)", HOUR),
        _measured("Temp.", "T"),
        _measured("Min.", "TN"),
        _measured("Max.", "TX"),
        _measured("Rain", "RR1"),
        _measured("Wind", "FF", "DD"),
        _measured("Humidity", "UN", "UX"),
        _measured("Pressure", "PSTAT"),
        _measured("Visibility", "VV"),
    ),
    meanings=tuple(Column(field.name, field.source, field.unit, field.meaning) for field in FIELDS),
    name="File",
    map=MapFields(key=STATION_ID, name=STATION_NAME, value="T", unit=KNOWN["T"].unit, moment=HOUR),
    counts=(
        ("rows_skipped", "Rows skipped"),
        ("rows_rejected", "Rows rejected"),
        ("values_doubtful", "Doubtful values"),
        *DELIVERY_COUNTS,
    ),
)

DAY = Column("Day", "date", meaning="the day, as YYYY-MM-DD")
DEGREES = Column("Temp.", "degrees", "°F", "temperature of the day")
RAINING = Column("Rain", "raining", meaning="whether it rains: 1 or 0 in JSON, a boolean in protobuf")
STATION = Column("Station", "station", meaning="the station, and the key of its messages", numeric=False)
STATION_OF_TABLE = Column("Station", "station_id", meaning="the station, and the key of its messages", numeric=False)
MONTH = Column("Month", "month", meaning="the month, and the key of its messages; not in the message", numeric=False)
HIGHEST = Column("Highest", "degrees", "°F", "highest temperature of the day; 1,000,000 marks a duplicate of the day")

STATIONS = Page(
    about="Simulated stations, day by day into",
    moment="Day",
    preparing="generating the first row",
    table="Latest day of each station",
    row_key=STATION.field,
    row_word="stations",
    columns=(STATION, DAY, DEGREES, RAINING),
    meanings=(STATION, DAY, DEGREES, RAINING),
    map=MapFields(key="station", name="station", value="degrees", unit="°F", moment="date"),
)

PLACE = Page(
    about="Simulated daily maxima of one place, with duplicates, into",
    moment="Day",
    preparing="generating the first row",
    table="Latest day of each month",
    row_key=MONTH.field,
    row_word="months",
    columns=(MONTH, DAY, HIGHEST),
    meanings=(MONTH, DAY, HIGHEST),
)

SQL = Page(
    about="Rows of a database table, as they are added, into",
    moment="Day",
    preparing="waiting for the first row of the table",
    table="Latest row of each station",
    row_key=STATION_OF_TABLE.field,
    row_word="stations",
    columns=(STATION_OF_TABLE, DAY, DEGREES),
    meanings=(STATION_OF_TABLE, DAY, DEGREES),
    counts=(
        ("rows_late", "Late rows"),
        ("rows_rolled_back", "Ids rolled back"),
        ("rows_rejected", "Rows rejected"),
        *DELIVERY_COUNTS,
    ),
)

FIVE_MINUTES = {column.name: column for column in uscrn.COLUMNS}


def _sent(label: str, name: str, numeric: bool = True) -> Column:
    """A column of a 5-minute row, with unit and meaning from `weather.uscrn`."""
    return Column(label, name, FIVE_MINUTES[name].unit, FIVE_MINUTES[name].meaning, numeric)


USCRN = Page(
    about="5-minute rows of USCRN stations, as they were sent, into",
    moment="Hour",
    preparing="checking the files",
    table="Latest row of each station",
    row_key=uscrn.STATION,
    row_word="stations",
    columns=(
        _sent("Station", uscrn.STATION, numeric=False),
        _sent("Local date", uscrn.LOCAL_DATE),
        _sent("Local time", uscrn.LOCAL_TIME),
        _sent("Temp.", uscrn.TEMPERATURE),
        _sent("Rain", "PRECIPITATION"),
        _sent("Humidity", "RELATIVE_HUMIDITY"),
        _sent("Wind", "WIND_1_5"),
    ),
    meanings=tuple(_sent(column.name, column.name) for column in uscrn.COLUMNS),
    name="Files",
    counts=(
        ("rows_rejected", "Rows rejected"),
        ("rows_repaired", "Rows repaired"),
        ("rows_skipped", "Rows of other days"),
        *DELIVERY_COUNTS,
    ),
)


def described(description: Description) -> Page:
    """The page of a described table."""
    label = Column("Station", described_table.STATION, meaning="name or key of what is measured", numeric=False)
    time = Column("Time (UTC)", described_table.TIME, meaning="time of the row, in UTC", numeric=False)
    tags = tuple(
        Column(tag, tag, meaning=f"column {column}", numeric=False) for tag, column in description.tags.items()
    )
    numbers = tuple(
        Column(each.title, each.name, each.unit, f"column {each.column}") for each in description.quantities
    )
    shown = description.quantities[0]
    return Page(
        about=f"{description.title}: rows of your files into",
        moment="Time",
        preparing="sorting the rows by time",
        table="Latest row of each key",
        row_key=described_table.STATION_ID,
        row_word="keys",
        columns=(label, time, *tags, *numbers[:MOST_COLUMNS]),
        meanings=(label, time, *tags, *numbers),
        name="Files",
        map=MapFields(
            key=described_table.STATION_ID,
            name=described_table.STATION,
            value=shown.name,
            unit=shown.unit,
            moment=described_table.TIME,
        )
        if description.has_places
        else None,
        counts=METEOFRANCE.counts,
    )
