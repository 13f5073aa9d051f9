from __future__ import annotations

import pytest

from spark_app.uscrn.batches import name_of


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("CRNS0101-05-2021-TX_Austin_33_NW.txt", "TX Austin 33 NW"),
        ("CRNS0101-05-2021-TX_Austin_33_NW.txt.gz", "TX Austin 33 NW"),
        ("another.txt", "23907"),
        ("CRNS0101-05-2021-TX\\.txt", "23907"),
        ("CRNS0101-05-2021-TX\nAustin.txt", "23907"),
        ("CRNS0101-05-2021-_.txt", "23907"),
        (f"CRNS0101-05-2021-{'x' * 16_001}.txt", "23907"),
    ],
)
def test_a_station_is_called_as_its_file_says_unless_influxdb_would_refuse_the_name(file: str, name: str) -> None:
    assert name_of(23907, file) == name
