"""What the files must hold after the first messages of a partition, by pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from testing.reports_sent import Sent


def rows(sent: list[Sent]) -> pd.DataFrame:
    """Each day of each key once, the first that came."""
    frame = pd.DataFrame(sent, columns=["key", "date", "degrees", "value"])
    return frame.drop(columns="value").drop_duplicates(["key", "date"])


def statistics(frame: pd.DataFrame) -> dict[str, Any]:
    """Statistics of some rows."""
    return {
        "count": len(frame),
        "sum": pytest.approx(frame["degrees"].sum(), rel=1e-12),
        "avg": pytest.approx(frame["degrees"].mean(), rel=1e-12),
        "start": frame["date"].min(),
        "end": frame["date"].max(),
    }


def stations(partition: int, sent: list[Sent]) -> dict[str, Any]:
    """`partition-N.json` of station_stats."""
    groups = {str(station): statistics(group) for station, group in rows(sent).groupby("key")}
    return {"partition": partition, "offset": len(sent), **groups}


def months(partition: int, sent: list[Sent]) -> dict[str, Any]:
    """`partition-N.json` of month_stats."""
    document: dict[str, Any] = {"partition": partition, "offset": len(sent)}
    frame = rows(sent)
    for (month, year), group in frame.groupby([frame["key"], frame["date"].str[:4]]):
        document.setdefault(str(month), {})[str(year)] = statistics(group)
    return document
