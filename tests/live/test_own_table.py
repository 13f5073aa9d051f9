"""A table of your own, with one command: its points, its dashboard, its corrections, another one. Chapters."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack

GREENHOUSE = ROOT / "examples" / "own_data" / "greenhouse.csv"
AUSTIN = ROOT / "data" / "uscrn" / "CRNH0203-2018-TX_Austin_33_NW.txt.gz"
FIELDS = {"Temperatur": "temperature", "Feuchte": "humidity", "CO2": "co2"}


class Greenhouse:
    """The stack, and the file that a logger writes."""

    def __init__(self, folder: Path) -> None:
        self.stack = RunningStack(folder)
        self.file = folder / "log" / "greenhouse.csv"
        self.file.parent.mkdir()
        shutil.copy(GREENHOUSE, self.file)
        self.stack.environment |= {
            "STREAM_SOURCE": "csv", "CSV_DATA": str(self.file), "STREAMING_FOLLOW": "0.5", "STREAMING_TIME_DELTA": "0",
            "SPARK_TRIGGER_SECONDS": "0.2",
        }  # fmt: skip

    def expected(self) -> pd.DataFrame:
        """The points that the file should give, computed with pandas only."""
        rows = pd.read_csv(self.file, sep=";", decimal=",", na_values=["n/a", "-99,9"])
        rows.loc[rows.Feuchte_ok != 1, "Feuchte"] = None
        local = pd.to_datetime(rows.Datum + rows.Uhrzeit, format="%d.%m.%Y%H:%M").dt.tz_localize("Europe/Berlin")
        rows["time"] = local.dt.tz_convert("UTC")
        rows = rows.rename(columns={"Sensor": "station_id", "Ort": "station", "Tisch": "bench", **FIELDS})
        rows = rows.dropna(subset=[*FIELDS.values()], how="all").set_index(["station_id", "time"]).sort_index()
        return rows[["station", "bench", *FIELDS.values()]].astype(dict.fromkeys(FIELDS.values(), float))

    def is_exact(self) -> None:
        """Return when the store holds what the file holds."""
        wanted = self.expected()

        def equal() -> bool:
            found = self.stack.table("greenhouse").reindex(columns=wanted.columns)
            return bool(found.astype(wanted.dtypes).equals(wanted))

        eventually(equal, "the points are those of the file")


@pytest.fixture(scope="module")
def greenhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Greenhouse]:
    made = Greenhouse(tmp_path_factory.mktemp("greenhouse"))
    yield made
    made.stack.run("./clean.sh", "--yes")
    for process in made.stack.processes():
        process.kill()


def board(stack: RunningStack, uid: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stack.home / "run" / "dashboards" / f"{uid}.json").read_text())
    return found


def test_one_command_streams_the_rows_into_a_measurement_of_their_own(greenhouse: Greenhouse) -> None:
    greenhouse.stack.must("./build_setup.sh", "--native")
    greenhouse.is_exact()
    assert "greenhouse" in greenhouse.stack.must("./status.sh")


def test_each_panel_of_the_dashboard_that_was_made_is_filled(greenhouse: Greenhouse) -> None:
    made = board(greenhouse.stack, "own-greenhouse")
    made["time"] = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    assert greenhouse.stack.empty_panels(made) == []


def test_rows_that_are_added_corrected_and_withdrawn_reach_the_store(greenhouse: Greenhouse) -> None:
    text = greenhouse.file.read_text()
    text = text.replace("14:00;s1;Door;A;23,0;53,4;1;397\n", "14:00;s1;Door;A;n/a;53,4;0;400\n")
    text = text.replace("01.03.2026;09:00;s2;Far end;B;19,2;64,1;1;n/a\n", "")
    greenhouse.file.write_text(text + "01.03.2026;16:00;s1;Door;A;18,0;61,0;1;431\nnonsense\n")
    assert len(greenhouse.expected()) == 19
    eventually(lambda: greenhouse.stack.status()["rows_rejected"] == 1, "the invalid row is set aside")
    greenhouse.file.write_text(greenhouse.file.read_text().removesuffix("nonsense\n"))
    greenhouse.is_exact()


def test_another_table_takes_its_place_with_another_description(greenhouse: Greenhouse) -> None:
    stack = greenhouse.stack
    stack.environment |= {
        "CSV_DESCRIPTION": str(stack.folder / "examples" / "own_data" / "uscrn_hourly.toml"),
        "CSV_DATA": str(AUSTIN), "STREAMING_FOLLOW": "0",
    }  # fmt: skip
    stack.must("./build_setup.sh", "--native")
    rows = pd.read_csv(
        AUSTIN, sep=r"\s+", dtype={"UTC_DATE": str, "UTC_TIME": str, "WBANNO": str}, na_values=["-9999.0"]
    )
    rows["time"] = pd.to_datetime(rows.UTC_DATE + rows.UTC_TIME, format="%Y%m%d%H%M", utc=True)
    wanted = rows.set_index(["WBANNO", "time"]).T_HR_AVG.dropna()
    eventually(lambda: len(stack.table("uscrn_hourly").temperature.dropna()) == len(wanted), "all rows are points")
    found = stack.table("uscrn_hourly").temperature.dropna()
    assert list(found.index) == list(wanted.index) and (found.to_numpy() == wanted.to_numpy()).all()
    assert stack.empty_panels(board(stack, "own-uscrn_hourly")) == []
    greenhouse.is_exact()
