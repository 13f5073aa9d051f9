"""What consumers.debug prints of a message."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from consumers.debug import described
from testing.doubles import Came
from weather.messages import place_report_pb2, report_pb2, station_report_pb2


def test_a_json_message_is_shown_with_its_partition_and_key() -> None:
    assert described(Came(2, 7, b"29075001", b'{"T": 9.4}')) == {"T": 9.4, "partition": 2, "key": "29075001"}


def test_a_message_without_key_has_none_shown() -> None:
    assert described(Came(0, 0, None, b'{"T": 1}')) == {"T": 1, "partition": 0}


@pytest.mark.parametrize("value", [b"garbage", b"[1]", b"\xff", b"", None])
def test_anything_else_is_shown_as_it_looks(value: bytes | None) -> None:
    assert described(Came(1, 0, b"\xff", value)) == {"value": repr(value or b""), "partition": 1, "key": "\\xff"}


@pytest.mark.parametrize(
    "message",
    [
        report_pb2.Report(date="2000-01-01", station="A", degrees=31.5, raining=False),
        report_pb2.Report(date="2000-01-01", station="A", degrees=0.0, raining=True),
        place_report_pb2.Report(date="1990-01-01", degrees=20.25),
        station_report_pb2.Report(date="2000-01-01", degrees=0.0, station_id="StationJ"),
    ],
)
def test_a_protobuf_message_of_ours_is_shown_with_all_its_fields(message: Message) -> None:
    fields = {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}
    assert described(Came(3, 0, None, message.SerializeToString())) == fields | {"partition": 3}
