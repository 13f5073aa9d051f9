"""What consumers.debug prints of a message."""

from __future__ import annotations

import pytest

from consumers.debug import described
from consumers.kafka_topic import Received


def test_a_json_message_is_shown_with_its_partition_and_key() -> None:
    assert described(Received(2, 7, b"29075001", b'{"T": 9.4}')) == {"T": 9.4, "partition": 2, "key": "29075001"}


def test_a_message_without_key_has_none_shown() -> None:
    assert described(Received(0, 0, None, b'{"T": 1}')) == {"T": 1, "partition": 0}


@pytest.mark.parametrize("value", [b"garbage", b"[1]", b"\xff", b"", None])
def test_anything_else_is_shown_as_it_looks(value: bytes | None) -> None:
    assert described(Received(1, 0, b"\xff", value)) == {"value": repr(value or b""), "partition": 1, "key": "\\xff"}
