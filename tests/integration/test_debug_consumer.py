"""consumers.debug as a program, with a real broker."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer

from testing.environment import ROOT, eventually
from weather import settings


@pytest.fixture
def printed(kafka: settings.Kafka, tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """The program's output, from when it reads the topic."""
    output, heartbeat = tmp_path / "printed", tmp_path / "polled"
    command = [sys.executable, "-m", "consumers.debug", "--bootstrap-servers", kafka.bootstrap_servers]
    with output.open("wb") as file:
        program = subprocess.Popen(
            [*command, "--topic", kafka.topic, "--heartbeat", str(heartbeat)], cwd=ROOT, stdout=file, stderr=file
        )
    try:
        eventually(heartbeat.exists, "the program polls")
        yield output, program
    finally:
        program.kill()
        program.wait()


def test_it_prints_what_comes_in_and_nothing_older_until_it_is_told_to_end(
    kafka: settings.Kafka, printed: tuple[Path, subprocess.Popen[bytes]]
) -> None:
    output, program = printed
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)

    def sent_and_shown() -> bool:  # what is sent before the broker has assigned the partitions is older than its end
        producer.send(kafka.topic, key=b"29075001", value=b'{"T": 9.4, "NOM_USUEL": "BREST"}', partition=1)
        producer.flush()
        return bool(output.read_text())

    eventually(sent_and_shown, "the message is printed")
    producer.close()
    lines = output.read_text().splitlines()
    assert ast.literal_eval(lines[0]) == {"T": 9.4, "NOM_USUEL": "BREST", "partition": 1, "key": "29075001"}
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0


def test_without_a_broker_it_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "consumers.debug", "--topic", "meteo", "--bootstrap-servers", "127.0.0.1:9"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Kafka at 127.0.0.1:9 does not answer" in done.stderr
