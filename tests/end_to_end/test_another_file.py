"""A native stack of another file, whose streaming and application are started by hand, in any order."""

from __future__ import annotations

import gzip
from pathlib import Path

from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack, assert_same_points, expected_points

REAL_ROWS = ROOT / "tests" / "data" / "H_real_rows.csv"


def test_another_file_needs_no_other_change_and_the_scripts_work_in_any_order(tmp_path: Path) -> None:
    data = tmp_path / "H_01_latest.csv.gz"
    data.write_bytes(gzip.compress(REAL_ROWS.read_bytes()))
    stack = RunningStack(tmp_path)
    stack.environment |= {"METEO_DATA": str(data), "STREAMING_TIME_DELTA": "0"}
    try:
        stack.must("./build_setup.sh", "--native", "--no-start")
        assert "waits until its topic exists" in stack.must("./submit.sh")
        stack.must("./start-streaming.sh")
        expected = expected_points(data)
        eventually(lambda: stack.count() == len(expected), "every point is written")
        assert_same_points(stack.points(), expected)
        stack.must("./clean.sh", "--yes")
    finally:
        for process in stack.processes():
            process.kill()
