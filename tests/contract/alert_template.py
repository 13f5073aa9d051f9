"""Fills in the summary of an alert rule as Grafana does, as far as our rules go: Go's templates, a few functions.

The functions are among those that Grafana's documentation lists for labels and annotations in 9.4 and in 13, and
`printf` of Go's templates; results follow the examples there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping


def _duration(seconds: float) -> str:
    """Seconds as `1d 2h 3m 4s`, without leading zeros; below a second as they are."""
    if seconds < 1:
        return f"{seconds:.4g}s"
    whole = int(seconds)
    parts = {"d": whole // 86400, "h": whole // 3600 % 24, "m": whole // 60 % 60, "s": whole % 60}
    first = next(at for at, number in enumerate(parts.values()) if number)
    return " ".join(f"{number}{unit}" for unit, number in list(parts.items())[first:])


FUNCTIONS: dict[str, Callable[..., str]] = {
    "humanizeDuration": _duration,
    "humanizePercentage": lambda ratio: f"{ratio * 100:.4g}%",
    "printf": lambda form, *values: str(form) % values,
}
_ACTION = re.compile(r"\{\{(.*?)\}\}")


def filled_in(template: str, labels: Mapping[str, str], value: float) -> str:
    """The text for a series with these labels and this last value; raise ValueError if Grafana would not fill it in."""
    text = _ACTION.sub(lambda action: _evaluated(action.group(1), labels, value), template)
    if left := re.search(r"\$\S*|\{\{|\}\}", text):
        raise ValueError(f"{left.group()!r} is left behind in {text!r}")
    return text


def _evaluated(action: str, labels: Mapping[str, str], value: float) -> str:
    words = shlex.split(action)
    if len(words) > 1 and words[0] in FUNCTIONS:
        return FUNCTIONS[words[0]](*(_argument(word, labels, value) for word in words[1:]))
    if len(words) != 1:
        raise ValueError(f"{{{{{action}}}}}: one variable, or one of {', '.join(FUNCTIONS)} of one")
    return str(_argument(words[0], labels, value))


def _argument(word: str, labels: Mapping[str, str], value: float) -> str | float:
    if word == "$values.B.Value":
        return value
    if found := re.fullmatch(r"\$labels\.(\w+)", word):
        return labels[found.group(1)]
    if "$" in word:
        raise ValueError(f"{word} is no variable of an alert rule")
    return word
