"""./dead-letters.sh's program: list, show, export, replay and drop, on the topics of a real broker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from kafka import KafkaAdminClient

from consumers.dead_letters import replay as replay_module
from consumers.dead_letters.letters import Wanted
from consumers.kafka.topic_log import Appender, Cluster
from testing.environment import ROOT, eventually
from testing.kafka_records import read_all
from testing.servers import Broker
from weather import settings
from weather.errors import Unavailable
from weather.kafka import DeadLetterWriter

WARM = 'numbers = ["T"]\n[values.T]\nwarm = "20,5"\n'


class Topics:
    """A topic with its dead letters, and the program that looks at them."""

    def __init__(self, kafka: settings.Kafka) -> None:
        self.kafka = kafka
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
        options = {"num_partitions": 2, "replication_factor": 1}
        admin.create_topics({kafka.topic: options, kafka.dead_letter_topic: options}, wait_for_metadata=True)
        admin.close()

    def reject(self, *records: tuple[str, bytes, bytes | None, int], component: str = "spark_app") -> None:
        """Dead letters: reason, value, key and offset of the record in partition 1."""
        writer = DeadLetterWriter(self.kafka.bootstrap_servers, self.kafka.topic, component)
        for reason, value, key, offset in records:
            writer.send(reason, 1, offset, key, value)
        writer.flush()
        writer.close()

    def run(self, command: str, *arguments: str, of_all: bool = False) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers, "PYTHONPATH": str(ROOT)}
        which = [] if of_all else ["--topic", self.kafka.topic]
        return subprocess.run(
            [sys.executable, "-m", "consumers.dead_letters", command, *which, *arguments],
            env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100,
        )  # fmt: skip

    def must(self, command: str, *arguments: str) -> str:
        done = self.run(command, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def states(self) -> dict[str, str]:
        """Value of each dead letter → its state."""
        lines = self.must("export", "--all").splitlines()
        return {each.get("value", each.get("value_base64")): each["state"] for each in map(json.loads, lines)}

    def replayed(self) -> list[tuple[int, bytes | None, bytes | None]]:
        return [record[:3] for record in read_all(self.kafka, self.kafka.topic)]


@pytest.fixture
def topics(broker: Broker) -> Topics:
    made = Topics(broker.topic())
    made.reject(
        ("T='warm' is no number", b'{"T": "warm", "N": 1}', b"29001", 7),
        ("T='cold' is no number", b'{"T": "cold", "N": 2}', b"29001", 8),
        ("it is not JSON", b"\xff\x00", None, 9),
        ("it is not JSON", b"\xff\x00", None, 9),
    )
    made.reject(("13 columns instead of 20", b"1;2;3", None, 0), component="datastream")
    return made


def test_they_are_counted_by_topic_component_and_reason_without_its_values(topics: Topics) -> None:
    lines = topics.must("list").splitlines()
    table = [re.split(r"\s{2,}", line) for line in lines[:-1]]
    assert table[0] == ["topic", "component", "reason", "open", "replayed", "dropped", "repeated", "first", "last"]
    name = topics.kafka.topic
    assert {tuple(row[:7]) for row in table[1:]} == {
        (name, "datastream", "… columns instead of …", "1", "0", "0", "0"),
        (name, "spark_app", "T=… is no number", "2", "0", "0", "0"),
        (name, "spark_app", "it is not JSON", "1", "0", "0", "1"),
    }
    assert lines[-1] == "4 open; times in UTC"


def test_they_are_shown_with_all_that_is_known_of_them(topics: Topics) -> None:
    shown = topics.must("show", "--reason", "WARM")
    assert f"{topics.kafka.topic}.dlq-" in shown and f"origin:    {topics.kafka.topic}-1@7" in shown
    assert 'value:     {"T": "warm", "N": 1}' in shown and "key:       29001" in shown
    assert "cold" not in shown
    assert "\\xff\\x00" in topics.must("show", "--origin", "1@9")
    assert "--limit N shows more than 1" in topics.must("show", "--limit", "1")


def test_they_are_chosen_by_component_and_time(topics: Topics) -> None:
    assert len(topics.must("export", "--component", "datastream").splitlines()) == 1
    assert topics.must("export", "--until", "2026-01-01") == ""
    assert len(topics.must("export", "--since", "2026-01-01T00:00").splitlines()) == 4
    for wrong in (("--since", "soon"), ("--reason", "(")):
        assert topics.run("list", *wrong).returncode == 2
    unknown = topics.run("list", "--topic", "nothing")
    assert unknown.returncode == 1 and "there is no topic nothing.dlq; topics with dead letters: " in unknown.stderr


def test_an_export_has_a_line_of_json_for_each_with_bytes_that_are_no_text_in_base64(topics: Topics) -> None:
    lines = [json.loads(line) for line in topics.must("export").splitlines()]
    assert {line.get("value") for line in lines} == {'{"T": "warm", "N": 1}', '{"T": "cold", "N": 2}', "1;2;3", None}
    [binary] = [line for line in lines if "value_base64" in line]
    assert (binary["value_base64"], binary["key"], binary["origin"]) == ("/wA=", None, f"{topics.kafka.topic}-1@9")


def test_a_correction_is_tried_first_and_then_replayed_once(topics: Topics) -> None:
    assert "1 dead letters would be replayed" in topics.must("replay", "--correct", WARM, "--dry-run")
    assert topics.replayed() == []
    told = topics.must("replay", "--correct", WARM)
    assert "1 dead letters replayed" in told
    assert "1 left open: cannot be corrected: T='cold' is no number" in told
    assert "1 left open: cannot be corrected: it is not JSON" in told
    assert "1 left open: rows of the source's files" in told
    assert [(p, k, json.loads(v or b"")) for p, k, v in topics.replayed()] == [(1, b"29001", {"T": 20.5, "N": 1})]
    assert "0 dead letters replayed" in topics.must("replay", "--correct", WARM)
    assert topics.states()['{"T": "warm", "N": 1}'] == "replayed"


def test_without_a_correction_they_are_replayed_as_they_were_each_record_once(topics: Topics) -> None:
    told = topics.must("replay", "--component", "spark_app")
    assert "3 dead letters replayed" in told and "1 are further dead letters of the same records" in told
    values = [value for _, _, value in topics.replayed()]
    assert sorted(values) == sorted([b'{"T": "warm", "N": 1}', b'{"T": "cold", "N": 2}', b"\xff\x00"])  # type: ignore[type-var]
    topics.reject(("it is not JSON", b"\xff\x00", None, 9))  # a program that was killed has sent it once more
    assert "0 dead letters replayed" in topics.must("replay", "--component", "spark_app")


def test_dropped_ones_are_no_longer_shown_or_replayed(topics: Topics) -> None:
    asked = topics.run("drop", "--reason", "not JSON")
    assert asked.returncode == 1 and "2 dead letters would be dropped; add --yes" in asked.stdout
    assert "2 dead letters dropped" in topics.must("drop", "--reason", "not JSON", "--yes")
    assert "\\xff" not in topics.must("show")
    assert "2 dead letters replayed" in topics.must("replay")


def test_a_topic_that_was_created_again_has_no_replayed_dead_letters(topics: Topics) -> None:
    topics.must("replay")
    admin = KafkaAdminClient(bootstrap_servers=topics.kafka.bootstrap_servers)
    admin.delete_topics([topics.kafka.dead_letter_topic])
    eventually(lambda: topics.kafka.dead_letter_topic not in admin.list_topics(), "it is deleted")
    options = {"num_partitions": 2, "replication_factor": 1}
    admin.create_topics({topics.kafka.dead_letter_topic: options}, wait_for_metadata=True)
    admin.close()
    topics.reject(("T='warm' is no number", b'{"T": "warm", "N": 1}', b"29001", 7))
    assert "1 dead letters replayed" in topics.must("replay")


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_replay_that_is_killed_at_any_step_is_completed_by_the_next_one(
    topics: Topics, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It is killed at each confirmation: before Kafka has the records, or after that and before they are marked."""
    monkeypatch.setattr(replay_module, "AT_ONCE", 2)
    topics.reject(*[("it is cold", b'{"N": %d}' % number, b"%d" % (number % 3), number) for number in range(10, 19)])
    cluster, wanted = Cluster(topics.kafka.bootstrap_servers), Wanted([topics.kafka.topic], component="spark_app")
    confirm, kills = Appender.confirm, 0

    class Killed(Exception):
        pass

    while True:
        confirmations = 0

        def counted(appender: Appender, at: int = kills) -> None:
            nonlocal confirmations
            confirmations += 1
            if confirmations == at + 1 and step == "before":
                raise Killed
            confirm(appender)
            if confirmations == at + 1:
                raise Killed

        monkeypatch.setattr(Appender, "confirm", counted)
        try:
            replay_module.replay(cluster, wanted)
            break
        except Killed:
            kills += 1
            continue
    assert kills > 5
    values = [value for _, _, value in topics.replayed()]
    assert len(values) == len(set(values)) == 12


def test_without_kafka_it_says_so() -> None:
    with pytest.raises(Unavailable, match=r"Kafka at 127\.0\.0\.1:1 "):
        list(Cluster("127.0.0.1:1").topics())
