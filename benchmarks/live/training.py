"""`./run_benchmarks.sh live.training [--years 1,5,10]`: seconds and memory to train on years of one department.

The dataset has as many days of stations as the years of a department with the shipped month's stations would have: the
days of that month again and again, at later dates. The training is the command that the application runs by itself,
with the default settings. Its accuracy says nothing here.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.time_order import SHIPPED
from spark_app.rain.features import RAIN_DATASET, TEMPERATURE_DATASET
from testing.environment import settings_environment
from weather.daily import RAINY_FROM

MONTHS = 12
DAYS = 31
FLOATS = ("sub1degrees", "sub2degrees")
INTEGERS = ("raining", "month", "sub1raining", "sub2raining")


def month() -> pd.DataFrame:
    """The days of the shipped month with the weather of the two days before them."""
    columns = ["NUM_POSTE", "AAAAMMJJHH", "T", "TN", "TX", "RR1"]
    hours = pd.read_csv(SHIPPED, sep=";", usecols=columns, dtype={"NUM_POSTE": str, "AAAAMMJJHH": str})
    hours["day"] = pd.to_datetime(hours["AAAAMMJJHH"].str[:8], format="%Y%m%d")
    named = hours.rename(columns={"NUM_POSTE": "station_id"}).groupby(["station_id", "day"])
    days = named.agg(degrees=("T", "mean"), minimum=("TN", "min"), maximum=("TX", "max"), rain=("RR1", "sum"))
    days["raining"] = (days.pop("rain") > RAINY_FROM).astype(int)
    days = days.dropna(subset=["degrees"]).reset_index()
    for number in (1, 2):
        before = days.drop(columns=["minimum", "maximum"] if number == 2 else []).copy()
        before["day"] += pd.Timedelta(days=number)
        names = {name: f"sub{number}{name}" for name in before.columns if name not in ("station_id", "day")}
        days = days.merge(before.rename(columns=names), on=["station_id", "day"])
    return days


def write(folder: Path, years: int) -> int:
    """Write both datasets, a file for each month. Return the number of days of stations."""
    made, written = month(), 0
    for number in range(MONTHS * years):
        days = made.assign(
            date=(made["day"] + pd.Timedelta(days=DAYS * number)).dt.date, month=number % MONTHS + 1
        ).astype(dict.fromkeys(FLOATS, np.float32) | dict.fromkeys(INTEGERS, np.int32))
        for name, columns in (("rain", RAIN_DATASET), ("rain-temperatures", TEMPERATURE_DATASET)):
            (folder / name).mkdir(exist_ok=True)
            table = pa.Table.from_pandas(days[columns], preserve_index=False)
            pq.write_table(table, folder / name / f"made-{number:06d}.parquet")
        written += len(days)
    return written


def main() -> int:
    """Print a line for each number of years."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", default="1,5,10", help="numbers of years, separated by commas (default: 1,5,10)")
    options = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for years in map(int, options.years.split(",")):
        with tempfile.TemporaryDirectory(prefix="weather-") as name:
            folder = Path(name)
            rows = write(folder, years)
            seconds, memory = train(folder)
            size = sum(file.stat().st_size for file in folder.glob("rain*/*")) / 2**20
            print(
                f"{years} years: {rows:,} days of stations, {size:.0f} MB of files; "
                f"{seconds:.0f} s, peak {memory / 2**20:,.0f} MiB",
                flush=True,
            )
    return 0


def train(folder: Path) -> tuple[float, float]:
    """Train on the datasets in a folder. Return the seconds, and the peak of the memory (PSS) of its processes."""
    command = [sys.executable, "-m", "spark_app.rain.training.train", "--automatic", "--dataset", str(folder / "rain")]
    environment = settings_environment(STACK_HOME=str(folder / "home"))
    started, peak = time.monotonic(), 0.0
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--models", str(folder / "models")], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(0.5)
    if process.returncode:
        raise SystemExit((folder / "log").read_text())
    return time.monotonic() - started, peak


def _memory(pid: int) -> float:
    try:
        root = psutil.Process(pid)
        return float(sum(one.memory_full_info().pss for one in (root, *root.children(recursive=True))))
    except psutil.Error:  # one of them has just ended
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
