"""What the job decides, without Spark: order, kinds, hours, the hottest station. The original's faults are among it."""

from __future__ import annotations

import random

import pytest

from spark_app.uscrn.hourly_means import Hour
from spark_app.uscrn.outliers import beyond_limits
from spark_app.uscrn.reorder_buffer import LATE, REPEATED, Reading, ReorderBuffer
from spark_app.uscrn.station_state import Stations
from weather.settings.sources import UscrnJob

OPTIONS = UscrnJob(lateness_minutes=60, spike_hours=2, spike_deviations=10, stuck_hours=6)
HOUR = 60


def reading(minute: int, temperature: float = 1.0, file: str = "a.txt") -> Reading:
    return Reading(minute, temperature, file, None, None)


class Sent:
    """Readings that are sent to the job, in batches of their own; what it finds."""

    def __init__(self, expect: str = "") -> None:
        self.text = ""
        self.expect = expect
        self.hours: list[tuple[int, int, float, int]] = []
        self.outliers: list[tuple[int, int, str]] = []
        self.hottest: list[tuple[int, float, int]] = []
        self.problems: list[str] = []

    def batch(self, *readings: tuple[int, Reading], last: bool = False, stream: str = "first") -> None:
        """A batch, after which the job remembers nothing but its text."""
        stations = Stations(OPTIONS, self.text)
        if self.expect:
            stations.expect(self.expect, stream)
        for station, one in readings:
            if problem := stations.take(station, one):
                self.problems.append(problem)
            if last and one is [r for s, r in readings if s == station][-1]:
                stations.end(station)
        for station, thing in stations.found():
            if isinstance(thing, Hour):
                self.hours.append((station, thing.hour, thing.mean, thing.readings))
            else:
                self.outliers.append((station, thing[0].minute, thing[1]))
        self.hottest += [(h.hour, h.temperature, h.station) for h in stations.hottest()]
        self.text = stations.to_json()


def test_interleaved_stations_are_not_mixed() -> None:
    sent = Sent()
    rows = [(station, reading(minute, station * 10.0)) for minute in range(0, 120, 5) for station in (1, 2)]
    sent.batch(*rows, last=True)
    assert sorted(sent.hours) == [(1, 0, 10.0, 12), (1, 1, 10.0, 12), (2, 0, 20.0, 12), (2, 1, 20.0, 12)]


def test_an_hour_of_outliers_only_has_no_mean_and_divides_nothing_by_zero() -> None:
    sent = Sent()
    sent.batch(*((1, reading(minute, -9999.0)) for minute in range(0, 60, 5)), (1, reading(65)), last=True)
    assert sent.hours == [(1, 1, 1.0, 1)]
    assert {kind for *_, kind in sent.outliers} == {"missing"} and len(sent.outliers) == 12


def test_the_last_hour_comes_with_the_stations_last_row() -> None:
    sent = Sent()
    sent.batch(*((1, reading(minute)) for minute in range(0, 120, 5)))
    assert [hour for _, hour, *_ in sent.hours] == []
    sent.batch((1, reading(120, 5.0)), last=True)
    assert sent.hours == [(1, 0, 1.0, 12), (1, 1, 1.0, 12), (1, 2, 5.0, 1)]


def test_an_hour_comes_when_the_newest_reading_is_the_lateness_past_its_end() -> None:
    sent = Sent()
    sent.batch(*((1, reading(minute)) for minute in range(0, 120, 5)))
    assert sent.hours == []
    sent.batch((1, reading(120)))
    assert sent.hours == [(1, 0, 1.0, 12)]


def test_what_comes_too_late_is_told_and_what_comes_again_is_not() -> None:
    order = ReorderBuffer(allowed_lateness=60)
    assert [order.take(reading(minute)) for minute in (0, 100, 45, 40, 35, 0, 100)] == [
        "",
        "",
        "",
        "",
        LATE,
        REPEATED,
        REPEATED,
    ]
    assert [r.minute for r in order.pop_ready()] == [0]
    assert order.take(reading(0)) == REPEATED, "also when it was returned long ago"


def test_the_first_of_two_readings_of_one_moment_counts() -> None:
    sent = Sent()
    sent.batch((1, reading(0, 1.0)), (1, reading(0, 9.0)), (1, reading(5, 1.0)), last=True)
    assert sent.hours == [(1, 0, 1.0, 2)]


def test_a_closed_hour_is_never_opened_again() -> None:
    sent = Sent()
    sent.batch((1, reading(0)), (1, reading(30)), last=True)
    sent.batch((1, reading(45)), (1, reading(70, 2.0)), last=True)
    assert sent.problems == [LATE]
    assert sent.hours == [(1, 0, 1.0, 2), (1, 1, 2.0, 1)]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_within_the_lateness_the_batches_and_repetitions_change_nothing(seed: int) -> None:
    dice = random.Random(seed)
    rows = [
        (station, reading(minute, round(dice.gauss(10, 3), 1) if dice.random() > 0.02 else -9999.0))
        for station in (1, 2, 3)
        for minute in range(0, 3 * 24 * HOUR, 5)
        if dice.random() > 0.05
    ]
    straight, mixed = Sent("1 2 3"), Sent("1 2 3")
    straight.batch(*rows, last=True)
    newest = {station: max(r.minute for s, r in rows if s == station) for station in (1, 2, 3)}
    ends = [(s, r) for s, r in rows if r.minute == newest[s]]
    moved = sorted((row for row in rows if row not in ends), key=lambda row: row[1].minute + dice.uniform(0, 59))
    moved = [row for row in moved for _ in range(dice.choice((1, 1, 1, 2)))]
    while moved:
        size = dice.randint(1, 200)
        mixed.batch(*moved[:size])
        moved = moved[size:]
    mixed.batch(*ends, last=True)
    assert sorted(mixed.hours) == sorted(straight.hours)
    assert sorted(mixed.outliers) == sorted(straight.outliers)
    assert mixed.hottest == straight.hottest and len(mixed.hottest) == 72
    assert set(mixed.problems) == {REPEATED}


def test_what_is_remembered_stays_small_however_long_a_station_sends() -> None:
    sent, sizes = Sent("1"), []
    for year in range(5):
        start = year * 365 * 24 * HOUR
        sent.batch(*((1, reading(start + minute, minute % 7)) for minute in range(0, 365 * 24 * HOUR, 5)))
        sizes.append(len(sent.text))
    assert max(sizes) < 60_000 and sizes[-1] == pytest.approx(sizes[2], rel=0.02)


@pytest.mark.parametrize(
    ("temperature", "kind"),
    [(-60.0, ""), (60.0, ""), (-60.1, "limit"), (60.1, "limit"), (-9999.0, "missing"), (-99.0, "missing"),
     (-99999.0, "missing"), (0.0, "")],
)  # fmt: skip
def test_the_limits(temperature: float, kind: str) -> None:
    assert beyond_limits(temperature) == kind


def test_a_spike_is_told_by_the_hours_before_and_counts_for_the_mean() -> None:
    sent = Sent()
    calm = [(1, reading(minute, 10.0 + minute % 15 / 50)) for minute in range(0, 180, 5)]
    sent.batch(*calm, (1, reading(180, 20.0)), (1, reading(185, 10.2)), last=True)
    assert sent.outliers == [(1, 180, "spike")]
    assert sent.hours[-1] == (1, 3, (20.0 + 10.2) / 2, 2)


def test_a_lonely_reading_is_no_spike() -> None:
    sent = Sent()
    sent.batch((1, reading(0, 1.0)), (1, reading(5, 50.0)), (1, reading(10, -50.0)), last=True)
    assert sent.outliers == []


def test_a_sensor_is_stuck_after_hours_without_a_change() -> None:
    sent = Sent()
    sent.batch(*((1, reading(minute, 3.3)) for minute in range(0, 6 * HOUR + 10, 5)), (1, reading(400, 3.4)), last=True)
    assert sent.outliers == [(1, 360, "stuck"), (1, 365, "stuck")]


def test_the_hottest_waits_for_every_station_also_for_those_not_heard_yet() -> None:
    sent = Sent("1 2 3")
    sent.batch(*((1, reading(minute, 5.0)) for minute in range(0, 300, 5)))
    sent.batch(*((2, reading(minute, 7.0)) for minute in range(0, 300, 5)))
    assert sent.hottest == []
    sent.batch((3, reading(10, 6.0)), (3, reading(130, 9.0)))
    assert sent.hottest == [(0, 7.0, 2)]


def test_after_a_gap_a_sensor_is_not_taken_for_stuck() -> None:
    sent = Sent()
    rows = [(1, reading(0, 3.3)), (1, reading(55, 3.3)), (1, reading(115, 3.3))]
    sent.batch(*rows, *((1, reading(minute, -9999.0)) for minute in range(120, 480, 5)), (1, reading(480, 3.3)))
    sent.batch((1, reading(540, 3.3)), last=True)
    assert [kind for *_, kind in sent.outliers if kind != "missing"] == []


def test_a_station_that_ended_in_one_stream_is_waited_for_in_the_next() -> None:
    sent = Sent("1 2")
    for station in (1, 2):
        sent.batch((station, reading(0, 5.0)), last=True)
    sent.batch(*((1, reading(24 * HOUR + minute, 5.0)) for minute in range(0, 300, 5)), stream="second")
    assert sent.hottest == [(0, 5.0, 1)], "the second station comes later"
    sent.batch((2, reading(24 * HOUR, 9.0)), last=True, stream="second")
    assert sent.hottest[1] == (24, 9.0, 2)


def test_the_same_stream_again_changes_nothing_where_all_have_ended() -> None:
    sent = Sent("1 2")
    for _ in range(2):
        for station in (1, 2):
            sent.batch((station, reading(0, 5.0 + station)), last=True)
    assert sent.hottest == [(0, 7.0, 2)] and sent.problems == [REPEATED] * 2


def test_the_hottest_with_fewer_readings_none_or_outliers_only() -> None:
    sent = Sent("1 2 3")
    one = [(1, reading(minute, 5.0)) for minute in range(0, 180, 5)]
    two = [(2, reading(10, 8.0)), (2, reading(130, 4.0))]  # one reading, none, one
    three = [(3, reading(minute, -9999.0 if minute < 120 else 99.0)) for minute in range(0, 180, 5)]
    sent.batch(*one, *two, *three, last=True)
    assert sent.hottest == [(0, 8.0, 2), (1, 5.0, 1), (2, 5.0, 1)]


def test_of_equally_hot_stations_the_lowest_number_is_told_whatever_comes_first() -> None:
    for order in ((1, 2), (2, 1)):
        sent = Sent("1 2")
        for station in order:
            sent.batch((station, reading(0, 5.0)), last=True)
        assert sent.hottest == [(0, 5.0, 1)]


def test_a_station_that_has_ended_holds_no_other_back() -> None:
    sent = Sent("1 2")
    sent.batch((1, reading(0, 9.0)), last=True)
    sent.batch(*((2, reading(minute, 5.0)) for minute in range(0, 24 * HOUR, 5)))
    assert sent.hottest[:2] == [(0, 9.0, 1), (1, 5.0, 2)] and len(sent.hottest) == 22
