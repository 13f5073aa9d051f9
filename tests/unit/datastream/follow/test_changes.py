"""A source that follows files: what is new, changed or withdrawn, each once."""

from __future__ import annotations

from datastream.message import Pause
from testing.file_server import FileServer
from testing.hourly_text import line
from tests.unit.datastream.follow.conftest import HOURS, NAME, OTHER, Follow, day, hourly_file, pause, row, sent, shown
from weather.errors import RejectedRecord
from weather.reading import REPLACES
from weather.settings.locations import Location


def test_history_comes_in_time_order_then_only_what_is_new(server: FileServer, follow: Follow) -> None:
    rows = [*day(0, 1, 2), *(row(hour, **OTHER) for hour in (0, 1))]
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*rows)),)))
    first = follower.next_poll()
    assert [(station, hour[-2:]) for station, hour, *_ in shown(first)] == [
        ("01014002", "00"), ("01071001", "00"), ("01014002", "01"), ("01071001", "01"), ("01014002", "02"),
    ]  # fmt: skip
    assert pause(first) == Pause(300.0) and follower.source.following.live
    assert sent(follower.next_poll()) == []
    server.put(NAME, hourly_file(*rows[:3], row(3), *rows[3:], row(2, **OTHER)))
    assert shown(follower.next_poll()) == [("01071001", HOURS[2], 1.5, 0), ("01014002", HOURS[3], 1.5, 0)]
    assert server.statuses() == [200, 304, 200]


def test_hours_that_arrive_late_come_before_newer_ones_of_the_same_poll(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 2))),)))
    follower.next_poll()
    server.put(NAME, hourly_file(*day(0, 1, 2, 3)))
    assert [hour[-2:] for _, hour, *_ in shown(follower.next_poll())] == ["01", "03"]


def test_a_value_that_is_corrected_is_sent_again_and_a_cell_that_is_never_sent_is_not(
    server: FileServer, follow: Follow
) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1))),)))
    follower.next_poll()
    server.put(NAME, hourly_file(row(0, QT="1", QRR1="9"), row(1, "1.7")))
    assert shown(follower.next_poll()) == [("01014002", HOURS[1], 1.7, 1)]
    assert sent(follower.next_poll()) == []


def test_a_quality_code_that_makes_a_value_doubtful_removes_it(server: FileServer, follow: Follow) -> None:
    rows = [row(0, RR1="0.2"), row(1)]
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*rows)),)))
    follower.next_poll()
    server.put(NAME, hourly_file(row(0, RR1="0.2", QT="2"), row(1)))
    [message] = sent(follower.next_poll())
    assert message["RR1"] == 0.2 and "T" not in message and message[REPLACES] == 1
    server.put(NAME, hourly_file(row(0, RR1="0.2", QT="1"), row(1)))
    assert shown(follower.next_poll()) == [("01014002", HOURS[0], 1.5, 1)]


def test_a_withdrawn_row_is_a_message_without_values(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1, 2))),)))
    follower.next_poll()
    server.put(NAME, hourly_file(*day(0, 2)))
    assert sent(follower.next_poll()) == [
        {"NUM_POSTE": "01014002", "NOM_USUEL": "ARBENT", "AAAAMMJJHH": HOURS[1], REPLACES: 1}
    ]
    assert follower.source.counts["withdrawn"] == 1
    server.put(NAME, hourly_file(*day(0, 1, 2)))
    assert shown(follower.next_poll()) == [("01014002", HOURS[1], 1.5, 0)]


def test_a_row_that_has_lost_its_last_value_is_withdrawn(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1, 2))),)))
    follower.next_poll()
    server.put(NAME, hourly_file(row(0), row(1, ""), row(2)))
    assert shown(follower.next_poll()) == [("01014002", HOURS[1], None, 1)]
    assert sent(follower.next_poll()) == []


def test_hours_that_a_file_no_longer_covers_are_not_withdrawn(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1, 2, 3))),)))
    follower.next_poll()
    server.put(NAME, hourly_file(*day(1, 2)))
    assert sent(follower.next_poll()) == []
    server.put(NAME, hourly_file(*day(0, 1, 2, 3)))
    assert sent(follower.next_poll()) == []


def test_a_file_that_loses_many_rows_at_once_withdraws_none(server: FileServer, follow: Follow) -> None:
    hours = [line(f"202601{day:02}{hour:02}", T="1.0") for day in range(1, 31) for hour in range(24)]
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*hours)),)))
    follower.next_poll()
    server.put(NAME, hourly_file(*hours[:100], *hours[300:]))
    items = follower.next_poll()
    assert sent(items) == []
    assert "200 of 720 rows disappeared at once; they are not withdrawn" in pause(items).problem
    server.put(NAME, hourly_file(*hours, line("2026013100", T="2.0")))
    assert [hour for _, hour, *_ in shown(follower.next_poll())] == ["2026013100"]


def test_a_new_name_or_place_holds_from_now_on(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1))),)))
    follower.next_poll()
    new = {"NOM_USUEL": "ARBENT-SUD", "LAT": "46.3"}
    server.put(NAME, hourly_file(row(0, **new), row(1, "1.8", **new), row(2, **new)))
    messages = sent(follower.next_poll())
    assert [(one["AAAAMMJJHH"], one["NOM_USUEL"], one["LAT"], one.get(REPLACES, 0)) for one in messages] == [
        (HOURS[1], "ARBENT-SUD", 46.3, 1), (HOURS[2], "ARBENT-SUD", 46.3, 0),
    ]  # fmt: skip


def test_of_files_that_hold_the_same_row_the_first_one_counts(server: FileServer, follow: Follow) -> None:
    latest, previous = hourly_file(*day(2, 3)), hourly_file(row(1, "0.1"), row(2, "0.2"))
    locations = [
        Location(addresses=(server.put(name, content),)) for name, content in (("a.gz", latest), ("b.gz", previous))
    ]
    follower = follow(*locations)
    assert [values[1:3] for values in shown(follower.next_poll())] == [
        (HOURS[1], 0.1), (HOURS[2], 1.5), (HOURS[3], 1.5),
    ]  # fmt: skip
    server.put("b.gz", hourly_file(row(1, "0.1"), row(2, "0.9"), row(0, "0.3")))
    assert [values[1:3] for values in shown(follower.next_poll())] == [(HOURS[0], 0.3)]
    server.put("a.gz", hourly_file(*day(1, 3)))
    assert [values[1:3] for values in shown(follower.next_poll())] == [(HOURS[1], 1.5), (HOURS[2], 0.9)]


def test_rows_that_move_to_another_file_in_january_are_not_sent_again(server: FileServer, follow: Follow) -> None:
    old = server.put("latest-2025-2026.csv.gz", hourly_file(*day(0, 1, 2)))
    new, previous = server.address + "latest-2026-2027.csv.gz", server.address + "previous.csv.gz"
    follower = follow(Location(addresses=(new, old)), Location(addresses=(previous,), optional=True))
    assert len(sent(follower.next_poll())) == 3
    server.put("previous.csv.gz", hourly_file(*day(0, 1)))
    server.put("latest-2026-2027.csv.gz", hourly_file(*day(2, 3)))
    assert shown(follower.next_poll()) == [("01014002", HOURS[3], 1.5, 0)]
    assert sent(follower.next_poll()) == []


def test_an_invalid_row_goes_to_the_dead_letters_once_and_its_correction_is_sent(
    server: FileServer, follow: Follow
) -> None:
    address = server.put(NAME, hourly_file(row(0), row(1, "warm")))
    follower = follow(Location(addresses=(address,)))
    first = follower.next_poll()
    [rejected] = [item for item in first if isinstance(item, RejectedRecord)]
    assert "T='warm'" in rejected.reason and "line 3" in rejected.where
    server.put(NAME, hourly_file(row(0), row(1, "warm"), row(2)))
    assert not [item for item in follower.next_poll() if isinstance(item, RejectedRecord)]
    server.put(NAME, hourly_file(*day(0, 1, 2)))
    assert shown(follower.next_poll()) == [("01014002", HOURS[1], 1.5, 0)]
    server.put(NAME, hourly_file(row(0), row(1, "cold"), row(2)))
    items = follower.next_poll()
    assert sent(items) == [] and len(items) == 2, "the row that was good stays"
