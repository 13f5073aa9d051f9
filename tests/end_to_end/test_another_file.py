"""A native stack of another file: started by hand in any order; a dead letter is corrected and replayed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from kafka import KafkaProducer

from testing.environment import ROOT, eventually
from testing.kafka_records import read_all
from testing.running_stack import RunningStack
from weather import settings
from weather.reading import parse_hour

REAL_ROWS = ROOT / "tests" / "data" / "H_real_rows.csv"


def test_another_file_needs_no_other_change_and_the_scripts_work_in_any_order(tmp_path: Path) -> None:
    data = tmp_path / "H_01_latest.csv.gz"
    data.write_bytes(gzip.compress(REAL_ROWS.read_bytes()))
    stack = RunningStack(tmp_path)
    stack.environment |= {"METEO_DATA": str(data), "STREAMING_TIME_DELTA": "0"}
    try:
        stack.must("./build_setup.sh", "--native", "--no-start")
        assert "waits until its topic exists" in stack.must("./submit.sh")
        stack.must("./start-streaming.sh")
        stack.streams_exactly(data)
        a_dead_letter_is_corrected_and_replayed(stack)
        stack.must("./clean.sh", "--yes")
    finally:
        for process in stack.processes():
            process.kill()


def a_dead_letter_is_corrected_and_replayed(stack: RunningStack) -> None:
    kafka = settings.Kafka.load(stack.variables)
    key, value = next((key, value) for _, key, value, _ in read_all(kafka, kafka.topic) if value and b'"T":' in value)
    reading = json.loads(value) | {"T": "warm"}
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    producer.send(kafka.topic, json.dumps(reading).encode(), key=key)
    producer.close()
    eventually(lambda: "1 open" in stack.run("./dead-letters.sh", "list").stdout, "it is in the dead-letter topic")
    assert "warm" in stack.must("./dead-letters.sh", "show", "--topic", kafka.topic)
    stack.must("./dead-letters.sh", "export", str(stack.folder / "letters.ndjson"))
    [line] = (stack.folder / "letters.ndjson").read_text().splitlines()
    assert json.loads(json.loads(line)["value"]) == reading
    correction = stack.folder / "correction.toml"
    correction.write_text("[values.T]\nwarm = 41.5\n")
    assert "1 dead letters replayed" in stack.must("./dead-letters.sh", "replay", "--correct", str(correction))
    place = reading["NUM_POSTE"], parse_hour(reading["AAAAMMJJHH"])
    eventually(lambda: stack.points().Temperature[place] == 41.5, "the corrected reading is in the store")
    assert "0 dead letters replayed" in stack.must("./dead-letters.sh", "replay", f"--correct={correction}")
    wrong = stack.run("./dead-letters.sh", "replay", "--correct", "nothing.toml")
    assert wrong.returncode == 1 and "the correction cannot be read" in wrong.stderr
