"""Settings declared once: a field of a settings class names its variable, its type and its range.

The preflight check, the environment of each component, the test of the Compose file and docs/settings.md all read
these declarations. A class may add `contradictions`: errors between values that are each valid alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, cast

from weather.errors import SettingsError
from weather.settings.variables import Variables, client_host

Read = Callable[[Variables], Any]

PORT = "port, 1 to 65,535"
"""The `kind` of a port."""


@dataclass(frozen=True)
class Setting:
    """How one field is read. `names` are the variables that it reads, `kind` describes their valid values.

    The variables of `instead` are set only in containers and replace the others: addresses in the containers' network.
    """

    names: tuple[str, ...]
    read: Read
    kind: str
    instead: tuple[str, ...] = ()


class Group:
    """Base class of the settings: dataclasses whose fields are declared with the functions of this module."""

    @classmethod
    def declared(cls) -> dict[str, Setting]:
        """Field → its declaration."""
        return {each.name: each.metadata["setting"] for each in fields(cast(Any, cls))}

    @classmethod
    def names(cls) -> list[str]:
        """The variables that this class reads, each once."""
        return list(dict.fromkeys(name for setting in cls.declared().values() for name in setting.names))

    @classmethod
    def load(cls, variables: Variables) -> Self:
        """Load the values from the environment. Raise SettingsError for the first one that is missing or invalid."""
        loaded = cls(**{name: setting.read(variables) for name, setting in cls.declared().items()})
        for problem in loaded.contradictions():
            raise SettingsError(problem)
        return loaded

    def contradictions(self) -> Iterator[str]:
        """Errors between values that are each valid alone, one sentence each."""
        yield from ()

    @classmethod
    def problems(cls, variables: Variables) -> Iterator[str]:
        """Every missing or invalid value; if there is none, every contradiction."""
        values, found = {}, []
        for name, setting in cls.declared().items():
            try:
                values[name] = setting.read(variables)
            except SettingsError as error:
                found.append(str(error))
        yield from found or cls(**values).contradictions()


def setting(names: Sequence[str], read: Read, kind: str, instead: Sequence[str] = ()) -> Any:
    """A field with a custom declaration."""
    return field(metadata={"setting": Setting(tuple(names), read, kind, tuple(instead))})


def text(name: str) -> Any:
    """Any non-empty text."""
    return setting([name], lambda variables: variables.text(name), "text")


def optional(name: str) -> Any:
    """Any text; "" if the variable is not set."""
    return setting([name], lambda variables: variables.optional(name), "text or empty")


def path(name: str) -> Any:
    return setting([name], lambda variables: Path(variables.text(name)), "path")


def integer(name: str, low: int, high: int) -> Any:
    kind = f"whole number, {low:,} to {high:,}"
    return setting([name], lambda variables: variables.integer(name, low, high), kind)


def port(name: str) -> Any:
    return setting([name], lambda variables: variables.port(name), PORT)


def flag(name: str) -> Any:
    return setting([name], lambda variables: variables.flag(name), "0 or 1")


def seconds(name: str) -> Any:
    """Seconds, zero or more, such as 0.05."""
    return setting([name], lambda variables: variables.seconds(name), "seconds, 0 or more")


def memory(name: str) -> Any:
    """The size of a Java heap or of a worker, as text such as 512m."""
    return setting([name], lambda variables: variables.memory(name), "size such as 512m or 1g")


def choice(name: str, *values: str) -> Any:
    def read(variables: Variables) -> str:
        if (given := variables.text(name)) not in values:
            raise SettingsError(f"{name}={given!r} is neither {' nor '.join(values)}")
        return given

    return setting([name], read, " or ".join(f"`{value}`" for value in values))


def one_of_many(name: str, values: Sequence[str], noun: str, may_be_empty: bool = False) -> Any:
    """A tuple of names, from a comma-separated list."""

    def read(variables: Variables) -> tuple[str, ...]:
        given = variables.optional(name) if may_be_empty else variables.text(name)
        names = tuple(word.strip() for word in given.split(",") if word.strip())
        if unknown := ", ".join(sorted(set(names) - set(values))):
            raise SettingsError(f"{name}: no {noun} is called {unknown}; there are {', '.join(values)}")
        return names

    return setting([name], read, f"of {', '.join(f'`{value}`' for value in values)}, separated by commas")


def address(given: str, port_name: str, form: str) -> Any:
    """A server's address for clients: the variable `given` (in containers), else `form` with `host` and `port`."""

    def read(variables: Variables) -> str:
        if found := variables.optional(given):
            return found
        return form.format(host=client_host(variables.host()), port=variables.port(port_name))

    return setting([given, "HOST", port_name], read, "address", instead=[given])


def under_home(*parts: str) -> Any:
    """A folder or file of the stack's data."""
    return setting(["STACK_HOME"], lambda variables: Path(variables.text("STACK_HOME"), *parts), "path")


def secrets(*parts: str) -> Any:
    """The folder of the secret files, or a file in it."""
    return setting(
        ["SECRETS_DIR", "STACK_HOME"], lambda variables: Path(variables.secrets(), *parts), "path", ["SECRETS_DIR"]
    )
