"""`STREAM_SOURCE=uscrn ./build_setup.sh` natively: the dashboard fills, also where streamer and job are killed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from grafana import queries
from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack
from tests.uscrn import expected, files
from weather import uscrn


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    made = RunningStack(tmp_path_factory.mktemp("uscrn"))
    made.environment |= {"STREAM_SOURCE": "uscrn", "STREAMING_TIME_DELTA": "0.1", "SPARK_WORKER_CORES": "1"}
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


def stored(stack: RunningStack, measurement: str, field: str) -> dict[tuple[str, str, str], float | str]:
    """Station's number ("" where it is no tag), date and time → the field."""
    query = (
        f'from(bucket: "meteo") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{measurement}" and '
        f'r._field == "{field}")'
    )
    with stack.influxdb() as client:
        return {
            (row.values.get("station_id", ""), f"{row.get_time():%Y-%m-%d}", f"{row.get_time():%H:%M}"): row.get_value()
            for table in client.query_api().query(query)
            for row in table.records
        }


def test_one_command_brings_points_and_a_dashboard_of_the_days_of_the_sample(stack: RunningStack) -> None:
    assert "wait for the first points in InfluxDB" in stack.must("./build_setup.sh", "--native")
    assert stored(stack, uscrn.HOURLY, "mean_temp")
    assert stack.status()["topic"] == "Partitioned"
    board = json.loads((stack.home / "run" / "dashboards" / "uscrn.json").read_text())
    built = json.loads((ROOT / "grafana" / "provisioning" / "dashboards" / "json" / "uscrn.json").read_text())
    assert board["time"] == built["time"], "the code's own range is that of the sample"


@pytest.mark.long
def test_all_of_the_sample_is_in_the_store_though_streamer_and_application_are_killed(stack: RunningStack) -> None:
    rows = expected.read(sorted(files.SAMPLE.iterdir()))
    before = int(stack.status()["position"])
    assert before < len(rows) // 2, "most of it is still to come"
    stack.kill("-m datastream")
    eventually(lambda: int(stack.status().get("position", 0)) > before + 50, "rows flow again")
    stack.set_delta(0)
    stack.kill("spark_app")
    eventually(lambda: stack.status()["state"] == "finished", "all rows are sent")
    hottest = {("", day, f"{hour}:00"): found[0] for (day, hour), found in expected.hottest(rows).items()}
    eventually(lambda: stored(stack, uscrn.HOTTEST, "max_temp") == hottest, "every hour has its hottest")
    means = {(str(s), day, f"{hour}:00"): found[0] for (s, day, hour), found in expected.hourly_means(rows).items()}
    eventually(lambda: len(stored(stack, uscrn.HOURLY, "mean_temp")) >= len(means), "every hour has its mean")
    assert stored(stack, uscrn.HOURLY, "mean_temp") == pytest.approx(means, abs=1e-9)
    outliers = {(str(s), day, time): found[0] for (s, day, time), found in expected.outliers(rows).items()}
    eventually(lambda: len(stored(stack, uscrn.OUTLIERS, "temp")) >= len(outliers), "every outlier is there")
    assert stored(stack, uscrn.OUTLIERS, "temp") == outliers


@pytest.mark.long
def test_every_panel_of_the_dashboard_is_filled(stack: RunningStack) -> None:
    [board] = [b for b in queries.load(stack.home / "run" / "dashboards").values() if b["uid"] == "uscrn"]
    assert stack.empty_panels(board) == []
