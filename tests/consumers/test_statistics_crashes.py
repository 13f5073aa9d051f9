"""The JSON statistics when their program is killed at any step of a commit, on real topics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testing.reports_sent import Sent, SentTopic, place_days, station_days
from testing.servers import Broker
from tests.consumers import expected
from tests.consumers.killed import CHECKPOINT_POINTS
from tests.consumers.programs import KILLED, Program, load, offset, texts

PROGRAMS: dict[str, tuple[int, Callable[[], list[Sent]], Callable[[int, list[Sent]], dict[str, Any]], list[str]]] = {
    "station_stats": (6, lambda: station_days(180), expected.stations, [str(number) for number in range(6)]),
    "month_stats": (4, lambda: place_days(1500), expected.months, []),
}
"""Program → partitions of its topic, what is sent, what its files must hold, its arguments."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_killed_at_every_step_of_a_commit_the_files_end_as_those_of_an_undisturbed_run(
    broker: Broker, tmp_path: Path, name: str
) -> None:
    partitions, sent, expectation, arguments = PROGRAMS[name]
    topic = SentTopic(broker, partitions, sent())
    undisturbed = Program(name, topic, tmp_path / "undisturbed", *arguments)
    disturbed = Program(name, topic, tmp_path / "disturbed", *arguments)
    undisturbed.run_to_the_end()
    for point in CHECKPOINT_POINTS:
        before = disturbed.offsets()
        code, errors = disturbed.ran(point=point, commits=2)
        assert code == KILLED, f"{point} was not reached:\n{errors}"
        assert disturbed.offsets() != before, "a killed run keeps what it has committed"
        check_all(disturbed.out, topic, expectation, f"killed at {point}")
    disturbed.run_to_the_end()
    check_all(disturbed.out, topic, expectation, "at the end")
    assert disturbed.offsets() == topic.ends
    assert texts(disturbed.out) == texts(undisturbed.out)


def check_all(out: Path, topic: SentTopic, expectation: Callable[[int, list[Sent]], dict[str, Any]], when: str) -> None:
    """Every file counts the messages up to its offset, and nothing else."""
    for number, messages in topic.log.items():
        if document := load(out, number):
            assert document == expectation(number, messages[: offset(out, number)]), when
