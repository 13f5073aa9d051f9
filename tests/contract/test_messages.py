"""The generated code of the protobuf messages is what their .proto files say."""

from __future__ import annotations

import shutil
from pathlib import Path

from weather.messages import build, place_report_pb2, report_pb2, station_report_pb2


def test_the_committed_code_is_what_the_proto_files_say() -> None:
    assert build.stale() == []


def test_code_that_is_stale_missing_or_of_no_proto_is_found(tmp_path: Path) -> None:
    for name, text in build.generated(build.FOLDER).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "report_pb2.py").write_text("# older", encoding="utf-8")
    (tmp_path / "place_report_pb2.pyi").unlink()
    shutil.copy(tmp_path / "station_report_pb2.py", tmp_path / "forgotten_pb2.py")
    assert build.stale(tmp_path) == ["forgotten_pb2.py", "place_report_pb2.pyi", "report_pb2.py"]


def test_the_three_messages_live_side_by_side() -> None:
    station_day = report_pb2.Report(date="2000-01-01", station="A", degrees=31.5, raining=True)
    place_day = place_report_pb2.Report(date="1990-01-01", degrees=20.25)
    row = station_report_pb2.Report(date="2000-01-01", degrees=5.0, station_id="StationI")
    for message in (station_day, place_day, row):
        assert type(message).FromString(message.SerializeToString()) == message
