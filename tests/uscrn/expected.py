"""What the requirement asks of 5-minute files, in pandas and without any of the project's own code."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

NAMES = [
    "WBANNO", "UTC_DATE", "UTC_TIME", "LST_DATE", "LST_TIME", "CRX_VN", "LONGITUDE", "LATITUDE", "AIR_TEMPERATURE",
    "PRECIPITATION", "SOLAR_RADIATION", "SR_FLAG", "SURFACE_TEMPERATURE", "ST_TYPE", "ST_FLAG", "RELATIVE_HUMIDITY",
    "RH_FLAG", "SOIL_MOISTURE_5", "SOIL_TEMPERATURE_5", "WETNESS", "WET_FLAG", "WIND_1_5", "WIND_FLAG",
]  # fmt: skip
LIMITS = ("missing", "limit")


def read(files: Iterable[Path], date: str = "") -> pd.DataFrame:
    """The rows of the files, each moment of a station once, in order of station and local time."""
    tables = [
        pd.read_csv(file, sep=r"\s+", names=NAMES, dtype={"LST_DATE": str, "LST_TIME": str}).assign(
            source_file=file.name
        )
        for file in files
    ]
    rows = pd.concat(tables, ignore_index=True)
    rows = rows[rows.LST_DATE.str.startswith(date)].copy()
    rows["time"] = pd.to_datetime(rows.LST_DATE + rows.LST_TIME.str.zfill(4), format="%Y%m%d%H%M")
    rows["lst_date"], rows["lst_hour"] = rows.time.dt.strftime("%Y-%m-%d"), rows.time.dt.strftime("%H")
    rows["lst_time"] = rows.time.dt.strftime("%H:%M")
    rows = rows.rename(columns={"WBANNO": "station", "AIR_TEMPERATURE": "temp"})
    return rows.drop_duplicates(["station", "time"]).sort_values(["station", "time"]).reset_index(drop=True)


def within_limits(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that count for a mean."""
    return rows[rows.temp.between(-60, 60)]


def hourly_means(rows: pd.DataFrame) -> dict[tuple[int, str, str], tuple[float, int]]:
    """Station, date and hour → mean and number of readings."""
    hours = within_limits(rows).groupby(["station", "lst_date", "lst_hour"]).temp.agg(["mean", "count"])
    return {
        (row["station"], row["lst_date"], row["lst_hour"]): (row["mean"], row["count"])
        for row in records(hours.reset_index())
    }


def hottest(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[float, int, str]]:
    """Date and hour → highest reading, its station (of equals the lowest number) and file."""
    ordered = within_limits(rows).sort_values(["temp", "station", "time"], ascending=[False, True, True])
    first = ordered.drop_duplicates(["lst_date", "lst_hour"])
    return {(r["lst_date"], r["lst_hour"]): (r["temp"], r["station"], r["source_file"]) for r in records(first)}


def outliers(
    rows: pd.DataFrame, spike_hours: int = 2, deviations: int = 10, stuck_hours: int = 6
) -> dict[tuple[int, str, str], tuple[float, str]]:
    """Station, date and time → temperature and kind."""
    found = {}
    for _, one in rows.groupby("station"):
        good = within_limits(one).set_index("time")
        kinds = pd.Series("", index=one.time)
        kinds[one.time[~one.temp.between(-60, 60)]] = "limit"
        kinds[one.time[one.temp.isin([-9999.0, -99999.0, -99.0])]] = "missing"
        kinds[good.index[_stuck(good.temp, stuck_hours)]] = "stuck"
        kinds[good.index[_spikes(good.temp, spike_hours, deviations)]] = "spike"
        for row, kind in zip(records(one), kinds, strict=True):
            if kind:
                found[row["station"], row["lst_date"], row["lst_time"]] = (row["temp"], kind)
    return found


def records(of: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in of.to_dict("records")]


def _spikes(temperatures: pd.Series, hours: int, deviations: int) -> pd.Series:
    before = temperatures.rolling(f"{hours}h", closed="both")
    # "both" holds the reading itself and the one exactly so many hours before; the reading itself is taken out.
    judged = before.apply(lambda v: _is_spike(v[-1], v[:-1], hours, deviations), raw=True)
    return judged.fillna(0).astype(bool)


def _is_spike(value: float, before: np.ndarray, hours: int, deviations: int) -> bool:
    if len(before) < hours * 12 / 2:
        return False
    middle = np.median(before)
    scaled = max(1.4826 * np.median(np.abs(before - middle)), 0.5)
    return bool(abs(value - middle) > deviations * scaled)


def _stuck(temperatures: pd.Series, hours: int) -> pd.Series:
    times = temperatures.index.to_series()
    runs = ((temperatures != temperatures.shift()) | (times.diff() > pd.Timedelta(hours=1))).cumsum()
    return times - times.groupby(runs).transform("first") >= pd.Timedelta(hours=hours)
