"""Corrections of messages: what they change, and what is wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consumers.dead_letters.correction import Correction
from weather.errors import SettingsError


def corrected(text: str, message: dict[str, Any]) -> dict[str, Any] | None:
    found = Correction.parse(text).apply(json.dumps(message).encode())
    return None if found is None else dict(json.loads(found))


@pytest.mark.parametrize(
    ("text", "message", "wanted"),
    [
        ('[rename]\ntemp = "T"', {"temp": 3.5, "X": 1}, {"T": 3.5, "X": 1}),
        ('remove = ["X"]', {"T": 3.5, "X": 1}, {"T": 3.5}),
        ('numbers = ["T"]', {"T": " -3,5 "}, {"T": -3.5}),
        ("[set]\nN = 7", {"T": 1}, {"T": 1, "N": 7}),
        ('[values.T]\nwarm = 20.5\n"-99" = 0', {"T": "warm"}, {"T": 20.5}),
        ('[values.T]\n"-99" = 0', {"T": -99}, {"T": 0}),
        ('numbers = ["T"]\n[rename]\nt = "T"\n[values.T]\nwarm = "20,5"', {"t": "warm"}, {"T": 20.5}),
        ('[rename]\na = "b"\nb = "a"', {"a": 1, "b": 2}, {"b": 1, "a": 2}),
    ],
)
def test_a_message_is_changed_as_described(text: str, message: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert corrected(text, message) == wanted


def test_a_message_that_is_not_concerned_stays() -> None:
    assert corrected('numbers = ["T"]\n[rename]\nt = "T"', {"T": 1.0}) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"garbage", "not JSON"),
        (None, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"T": "warm"}', "T='warm' is no num"),
    ],
)
def test_what_cannot_be_corrected_is_an_error_with_the_reason(value: bytes | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Correction.parse('numbers = ["T"]').apply(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rename = ", "is not TOML"),
        ("", "is empty; known keys: rename, remove"),
        ("[renames]\na = 'b'", "unknown keys: renames; known: rename"),
        ("remove = 'T'", "remove in the correction must be a list"),
        ("rename = ['T']", "rename in the correction must be a table"),
        ("[values]\nT = 1", r"values\.T in the correction must be a table"),
    ],
)
def test_a_wrong_correction_is_told(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Correction.parse(text)
