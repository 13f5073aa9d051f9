"""Sends dead letters to their topics again, each record once, even if the command is killed and run again.

The steps: 1. the ends of the topics are stored, with the note that a replay has begun. 2. Records are sent, with the
dead letter's place in a header. 3. When Kafka has confirmed them, their dead letters are marked; 2 and 3 are repeated.
4. The end is noted. A replay that was killed between 2 and 3 is completed by the next one: it reads what the topics got
since 1, and marks the dead letters that it finds there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from consumers.dead_letters.correction import Correction
from consumers.dead_letters.letters import Letter, Wanted, read
from consumers.dead_letters.marks import OPEN, REPLAYED, TOPIC, Marks, Repetitions
from consumers.kafka.topic_log import Appender, Cluster
from weather.errors import SetupError

REPLAYED_FROM = "replayed_from"
"""Header of a replayed record: the id of its dead letter."""
AT_ONCE = 500


@dataclass
class Report:
    """What a replay has done: the number of dead letters replayed, and of those left open by the reason."""

    replayed: int = 0
    repeated: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def leave(self, reason: str) -> None:
        self.left[reason] = self.left.get(reason, 0) + 1


def replay(
    cluster: Cluster,
    wanted: Wanted,
    correction: Correction | None = None,
    *,
    dry_run: bool = False,
    progress: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Replay the wanted dead letters that are open. With `dry_run`, only count them. Raise Unavailable if Kafka fails,
    SetupError if a topic does not exist any more.
    """
    report = Report()
    if dry_run:
        report.replayed = sum(1 for _ in _records(read(cluster, wanted), Marks(cluster), correction, report))
        return report
    cluster.create_compacted(TOPIC)
    marks = Marks(cluster)
    with cluster.appender() as appender:
        complete(cluster, marks, appender)
        targets = sorted({letter.topic for letter in read(cluster, wanted) if marks.state(letter) == OPEN})
        run = marks.begin(appender, {name: _present(cluster, name) for name in targets})
        appender.confirm()
        records = _records(read(cluster, wanted), marks, correction, report)
        while chunk := list(itertools.islice(records, AT_ONCE)):
            for letter, value in chunk:
                headers = [(REPLAYED_FROM, letter.id.encode())]
                appender.send(letter.topic, letter.key, value, headers, letter.partition_of_record)
            appender.confirm()
            marks.put(appender, (letter for letter, _ in chunk), REPLAYED)
            appender.confirm()
            report.replayed += len(chunk)
            progress(report)
        marks.end(appender, run)
        appender.confirm()
    return report


def complete(cluster: Cluster, marks: Marks, appender: Appender) -> None:
    """Mark what interrupted replays have sent."""
    for run, topics in list(marks.unfinished()):
        sent: set[str] = set()
        for name, before in topics.items():
            topic = cluster.topic(name)
            if topic is not None and topic.id == before["id"]:
                starts = {int(partition): offset for partition, offset in before["ends"].items()}
                for record in cluster.records(topic, starts):
                    sent |= {value.decode() for header, value in record.headers if header == REPLAYED_FROM}
        if sent:
            marks.put(
                appender, (letter for letter in read(cluster, Wanted(list(topics))) if letter.id in sent), REPLAYED
            )
        marks.end(appender, run)
        appender.confirm()


def _present(cluster: Cluster, name: str) -> dict[str, Any]:
    """Id and ends of a topic."""
    topic = cluster.topic(name)
    if topic is None:
        raise SetupError(f"topic {name} does not exist: ./start-streaming.sh creates the topics of the source")
    return {"id": topic.id, "ends": cluster.ends(topic)}


def _records(
    letters: Iterable[Letter], marks: Marks, correction: Correction | None, report: Report
) -> Iterator[tuple[Letter, bytes | None]]:
    """Open dead letters with the value to send. The others are counted in the report."""
    repetitions = Repetitions()
    for letter in letters:
        if marks.state(letter) != OPEN:
            continue
        if not repetitions.is_new(letter):
            report.repeated += 1
        elif not letter.is_message:
            report.leave("rows of the source's files: correct the file, and stream it again")
        elif letter.is_truncated:
            report.leave("truncated: the whole record is at its origin only")
        elif correction is None:
            yield letter, letter.value
        else:
            try:
                value = correction.apply(letter.value)
            except ValueError as error:
                report.leave(f"cannot be corrected: {error}")
                continue
            if value is None:
                report.leave("not changed by the correction")
            else:
                yield letter, value
