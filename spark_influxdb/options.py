"""The options as texts, as `option("name", "value")` passes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spark_influxdb.connection import Connection
from spark_influxdb.errors import OptionError
from spark_influxdb.points import Points
from spark_influxdb.reader import ReadOptions
from spark_influxdb.writer import WriteOptions

OF_SPARK = ("checkpointlocation", "queryname")
"""Options of Spark itself, which it passes on."""
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


@dataclass(frozen=True)
class Option:
    """How a text becomes a value, and of which part it is an argument."""

    of: type
    parse: Callable[[str], Any]
    required: bool = False


def _flag(text: str) -> bool:
    if text.lower() not in TRUE + FALSE:
        raise ValueError("is neither true nor false")
    return text.lower() in TRUE


def _names(text: str) -> tuple[str, ...]:
    """Column names separated by commas, without the spaces around them."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError("is not a positive number")
    return int(text)


def _not_negative(text: str) -> int:
    if int(text) < 0:
        raise ValueError("is negative")
    return int(text)


def _seconds(text: str) -> float:
    if not 0 < float(text) < 86_400:
        raise ValueError("is not a number of seconds between 0 and a day")
    return float(text)


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("is no address that begins with http:// or https://")
    return text


CONNECTION = {
    "url": Option(Connection, _address, required=True),
    "org": Option(Connection, str, required=True),
    "bucket": Option(Connection, str, required=True),
    "token": Option(Connection, str),
    "token_file": Option(Connection, str),
    "timeout": Option(Connection, _seconds),
    "max_retries": Option(Connection, _not_negative),
    "verify": Option(Connection, _flag),
    "ca_file": Option(Connection, str),
}
WRITE = CONNECTION | {
    "measurement": Option(Points, str),
    "measurement_column": Option(Points, str),
    "tags": Option(Points, _names),
    "fields": Option(Points, _names),
    "time": Option(Points, str),
    "precision": Option(Points, str),
    "keep_integers": Option(Points, _flag),
    "booleans_as_floats": Option(Points, _flag),
    "unsigned": Option(Points, _names),
    "missing": Option(Points, str),
    "batch_lines": Option(WriteOptions, _positive),
    "gzip": Option(WriteOptions, _flag),
    "on_refused": Option(WriteOptions, str),
}


def _moment(text: str) -> datetime:
    """A date or a time; without a time zone it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


READ = CONNECTION | {
    "measurement": Option(ReadOptions, str),
    "fields": Option(ReadOptions, _names),
    "start": Option(ReadOptions, _moment),
    "stop": Option(ReadOptions, _moment),
    "partitions": Option(ReadOptions, _positive),
    "query": Option(ReadOptions, str),
}


def read_options(given: Mapping[str, str]) -> ReadOptions:
    """The options of a read. Raise OptionError if one is unknown, missing or malformed."""
    parts = parsed(given, READ)
    return ReadOptions(connection(parts), **parts[ReadOptions])


def write_options(given: WriteOptions | Mapping[str, str]) -> WriteOptions:
    """The options of a write, from texts or as they are. Raise OptionError if one is unknown, missing or malformed."""
    if isinstance(given, WriteOptions):
        return given
    parts = parsed(given, WRITE)
    return WriteOptions(connection(parts), Points(**parts[Points]), **parts[WriteOptions])


def connection(parts: Mapping[type, dict[str, Any]]) -> Connection:
    """The connection of parsed options. Raise OptionError if there is no token, or if there are two."""
    values = parts[Connection]
    if bool(values.get("token")) == bool(values.get("token_file")):
        raise OptionError("give either a `token_file` or a `token`")
    return Connection(**values)


def parsed(given: Mapping[str, str], known: Mapping[str, Option]) -> dict[type, dict[str, Any]]:
    """The values of options by the part that they belong to. Names are not case-sensitive, as in Spark.

    The message of an OptionError never contains the value of a token.
    """
    found: dict[type, dict[str, Any]] = {option.of: {} for option in known.values()}
    for name, text in given.items():
        if name.lower() in OF_SPARK:
            continue
        if (option := known.get(name.lower())) is None:
            raise OptionError(f"unknown option {name!r}; there are {', '.join(known)}")
        try:
            found[option.of][name.lower()] = option.parse(text)
        except ValueError as error:
            shown = "***" if name.lower() == "token" else repr(text)
            raise OptionError(f"option {name}={shown}: {_words(error)}") from None
    missing = [name for name, option in known.items() if option.required and not found[option.of].get(name)]
    if missing:
        raise OptionError(f"option {missing[0]!r} is required")
    return found


def _words(error: ValueError) -> str:
    """Our own words, or what `int` and `float` mean."""
    return "is no number" if "invalid literal" in str(error) or "could not convert" in str(error) else str(error)
