"""Corrections of JSON messages before they are replayed, described in a small TOML file.

```toml
remove = ["X"]              # fields that are left out
numbers = ["T"]             # fields whose text becomes a number; a decimal comma is allowed

[rename]                    # wrong name = right name
temp = "T"

[set]                       # fields with the same value in every message
NUM_POSTE = "29075001"

[values.NOM_USUEL]          # of one field: wrong value = right value
"BREST-GUIPAVA" = "BREST-GUIPAVAS"
```

They apply in this order: rename, remove, values, numbers, set.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from typing import Any

from weather.errors import SettingsError

_KEYS = {"rename": dict, "remove": list, "values": dict, "numbers": list, "set": dict}


@dataclass(frozen=True)
class Correction:
    """What is changed in a message."""

    rename: dict[str, str] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    set: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Correction:
        """The correction in a TOML text. Raise SettingsError with the key that is wrong."""
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"the correction is not TOML: {error}") from error
        if unknown := sorted(set(given) - set(_KEYS)):
            raise SettingsError(f"the correction has unknown keys: {', '.join(unknown)}; known: {', '.join(_KEYS)}")
        for key, value in given.items():
            if not isinstance(value, _KEYS[key]):
                form = "a list of fields" if _KEYS[key] is list else "a table"
                raise SettingsError(f"{key} in the correction must be {form}")
        if wrong := [name for name, values in given.get("values", {}).items() if not isinstance(values, dict)]:
            raise SettingsError(f"values.{wrong[0]} in the correction must be a table: wrong value = right value")
        if not given:
            raise SettingsError(f"the correction is empty; known keys: {', '.join(_KEYS)}")
        return cls(**given)

    def apply(self, value: bytes | None) -> bytes | None:
        """The corrected message; None if nothing changes. Raise ValueError if it cannot be corrected."""
        try:
            given: dict[str, Any] = json.loads(value or b"")
        except ValueError:
            raise ValueError("it is not JSON") from None
        if not isinstance(given, dict):
            raise ValueError("it is not a JSON object")
        message = {self.rename.get(name, name): content for name, content in given.items()}
        message = {name: content for name, content in message.items() if name not in self.remove}
        for name, right in self.values.items():
            if name in message:
                message[name] = right.get(str(message[name]), message[name])
        for name in self.numbers:
            if isinstance(text := message.get(name), str):
                message[name] = _number(name, text)
        message.update(self.set)
        return None if message == given else json.dumps(message, ensure_ascii=False).encode()


def _number(name: str, text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise ValueError(f"{name}={text!r} is no number") from None
