"""What the job `uscrn` finds in a month of the sample, as pandas finds it: tables, and the points of the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from spark_app.uscrn.batches import name_of
from tests.uscrn import expected, files
from weather import uscrn


class Month:
    """What the sample holds, as tables with a `time` in UTC's clothes, and a station's name."""

    def __init__(self) -> None:
        rows = expected.read(sorted(files.SAMPLE.iterdir()))
        rows = rows[rows.time < "2018-02-01"]
        files_of = rows.groupby("station").source_file.first().to_dict()
        self.names = {int(str(number)): name_of(int(str(number)), file) for number, file in files_of.items()}
        self.hours = table(
            (self.names[s], s, f"{day} {hour}:00", mean, float(count))
            for (s, day, hour), (mean, count) in expected.hourly_means(rows).items()
        ).set_axis(["station", "id", "time", "mean_temp", "readings"], axis=1)
        self.outliers = table(
            (self.names[s], s, f"{day} {time}", temp, kind)
            for (s, day, time), (temp, kind) in expected.outliers(rows).items()
        ).set_axis(["station", "id", "time", "temp", "kind"], axis=1)
        self.hottest = table(
            (self.names[s], s, f"{day} {hour}:00", temp) for (day, hour), (temp, s, _) in expected.hottest(rows).items()
        ).set_axis(["station", "id", "time", "max_temp"], axis=1)
        self.places = rows.groupby("station")[["LATITUDE", "LONGITUDE"]].first()

    def lines(self) -> Iterator[str]:
        """The points that the job would write."""
        for row in expected.records(self.hours):
            place = self.places.loc[row["id"]]
            fields = f"mean_temp={row['mean_temp']},count={row['readings']},LAT={place.LATITUDE},LON={place.LONGITUDE}"
            yield f"{uscrn.HOURLY},{tags(row)} {fields} {row['time'].timestamp():.0f}"
        for row in expected.records(self.outliers):
            yield f"{uscrn.OUTLIERS},kind={row['kind']},{tags(row)} temp={row['temp']} {row['time'].timestamp():.0f}"
        for row in expected.records(self.hottest):
            fields = f'max_temp={row["max_temp"]},station="{row["station"]}",station_id="{row["id"]}"'
            yield f"{uscrn.HOTTEST} {fields} {row['time'].timestamp():.0f}"


def tags(row: dict[str, Any]) -> str:
    return f"station={row['station'].replace(' ', chr(92) + ' ')},station_id={row['id']}"


def table(rows: Iterator[tuple[Any, ...]]) -> pd.DataFrame:
    made = pd.DataFrame(rows)
    made[2] = pd.to_datetime(made[2], utc=True)
    return made
