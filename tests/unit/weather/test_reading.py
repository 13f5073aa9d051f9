from __future__ import annotations

from datetime import UTC, datetime

import pytest

from weather.reading import FIELDS, MEASURED, MESSAGE_COLUMNS, TAGS, parse_hour


def test_a_message_has_the_source_columns_in_their_order() -> None:
    assert " ".join(MESSAGE_COLUMNS) == "NUM_POSTE NOM_USUEL LAT LON AAAAMMJJHH T TN TX RR1 DRR1 FF DD UN UX PSTAT VV"


def test_each_source_column_has_the_name_that_dashboards_query() -> None:
    assert {field.source: field.name for field in FIELDS} == {
        "LAT": "LAT",
        "LON": "LON",
        "T": "Temperature",
        "TN": "T_min",
        "TX": "T_max",
        "RR1": "Precipitations",
        "DRR1": "Precipitations_dur",
        "FF": "Wind_speed",
        "DD": "Wind_dir",
        "UN": "Humidity_min",
        "UX": "Humidity_max",
        "PSTAT": "Pressure",
        "VV": "Visibility",
    }


def test_names_are_unique_and_each_field_has_a_unit_and_a_meaning() -> None:
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    assert all(field.unit and field.meaning for field in FIELDS)


def test_a_place_is_not_a_measurement() -> None:
    assert {"LAT", "LON"}.isdisjoint(field.source for field in MEASURED)


def test_tags_are_the_station_by_name_and_by_number() -> None:
    assert TAGS == {"station": "NOM_USUEL", "station_id": "NUM_POSTE"}


def test_an_hour_is_utc() -> None:
    assert parse_hour("2014013123") == datetime(2014, 1, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "20140101", "2014010124", "2014023000", "201401010a", " 201401010", "٢٠١٤٠١٠١٠٠", "20140101 1", "+201401010"],
)
def test_other_text_names_no_hour(text: str) -> None:
    with pytest.raises(ValueError):
        parse_hour(text)
