"""One stack that streams a month while its parts are killed, hang, or lose their power. The tests are chapters."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from kafka import KafkaProducer

from testing import garbage
from testing.environment import ROOT, eventually
from testing.healing import VICTIMS, Healing, rounds
from testing.kafka_records import read_all
from testing.running_stack import RunningStack, kill
from tests.forecast.test_daily_reports import days_counted, expected, month
from weather import dead_letter, settings
from weather.topics import DAILY

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
SEED = 22
IN_CI = [["broker", "executor"], ["supervisor"]]
ROUNDS = [
    pytest.param(names, id="-".join(names).replace(" ", "_"), marks=() if names in IN_CI else pytest.mark.long)
    for names in [*IN_CI, *(names for names in rounds(SEED, 20) if names not in IN_CI)]
]
SLOW, QUICK = 0.01, 0.002
"""Seconds between two rows."""
HANG, LONG_HANG = 10.0, 90.0
"""Seconds."""


@pytest.fixture(scope="module")
def healing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Healing]:
    stack = RunningStack(tmp_path_factory.mktemp("faults"))
    stack.environment |= {"STREAMING_TIME_DELTA": str(SLOW), "TRAIN_AUTOMATICALLY": "0", "DAILY_SECONDS": "5"}
    stack.must("./build_setup.sh", "--native")
    made = Healing(stack)
    yield made
    for fault, seconds in made.times:
        print(f"{fault}: {seconds:.0f} s")
    stack.run("./clean.sh", "--yes")
    for process in stack.processes():
        process.kill()


@pytest.mark.parametrize("names", ROUNDS)
def test_what_is_killed_comes_back_by_itself(healing: Healing, names: list[str]) -> None:
    healing.kill(names)


@pytest.mark.parametrize("seconds", [HANG, pytest.param(LONG_HANG, marks=pytest.mark.long)])
def test_no_query_dies_while_influxdb_hangs(healing: Healing, seconds: float) -> None:
    drivers = {process.pid for process in healing.stack.processes(VICTIMS["driver"])}
    log = healing.stack.home / "logs" / "spark-app.log"
    before = log.read_text(errors="replace").count("event=query_failed")
    with healing.stopped("InfluxDB", seconds):
        pass
    assert {process.pid for process in healing.stack.processes(VICTIMS["driver"])} == drivers
    assert log.read_text(errors="replace").count("event=query_failed") == before


@pytest.mark.long
@pytest.mark.parametrize("seconds", [HANG, LONG_HANG])
def test_while_the_broker_hangs_the_streamer_says_so_and_keeps_its_position(healing: Healing, seconds: float) -> None:
    with healing.stopped("broker", seconds):
        eventually(lambda: healing.stack.run("./status.sh").returncode == 1, "the status shows it")


def test_garbage_on_the_topics_of_the_job_is_set_aside(healing: Healing) -> None:
    kafka, log = settings.Kafka.load(healing.stack.variables), healing.stack.home / "logs" / "spark-app.log"
    before = log.read_text(errors="replace").count("event=query_failed")
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all")
    for topic in (kafka.topic, DAILY):
        for message in garbage.KINDS:
            producer.send(topic, message)
    producer.close()
    for topic in (kafka.topic, DAILY):
        letters = partial(read_all, kafka, dead_letter.topic_of(topic))
        eventually(lambda letters=letters: len(letters()) >= len(garbage.KINDS), f"{topic}: all are dead letters")  # type: ignore[misc]
        assert sorted(value or b"" for _, _, value, _ in letters()) == sorted(garbage.KINDS)
    assert log.read_text(errors="replace").count("event=query_failed") == before


def cut_the_power(stack: RunningStack) -> None:
    """kill -9 of every process, and of those that one of them has started meanwhile."""
    while victims := stack.processes():
        kill(victims)
        time.sleep(0.2)


@contextlib.contextmanager
def stopped(stack: RunningStack) -> Iterator[None]:
    """Within the block the stack is stopped, with its data kept; then it is set up again."""
    stack.must("./clean.sh", "--keep-data")
    yield
    stack.must("./build_setup.sh", "--native")


def newest(folder: Path) -> Path:
    """The file with the highest number."""
    return max((file for file in folder.iterdir() if file.name.isdigit()), key=lambda file: int(file.name))


def test_after_a_power_cut_that_tears_checkpoints_the_set_up_goes_on(healing: Healing) -> None:
    stack, started = healing.stack, time.monotonic()
    cut_the_power(stack)
    checkpoints = stack.home / "data" / "checkpoints"
    newest(checkpoints / "meteo" / "offsets").write_bytes(b"")
    [daily] = checkpoints.glob("daily-*")
    torn = newest(daily / "offsets")
    torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
    stack.must("./build_setup.sh", "--native")
    healing.heals("power cut, torn checkpoints, ./build_setup.sh", started)
    log = stack.home / "logs" / "spark-app.log"
    for query in ("meteo", "daily"):
        words = f"event=checkpoint_repaired query={query} "
        eventually(lambda words=words: words in log.read_text(errors="replace"), f"{query} is repaired")  # type: ignore[misc]


@pytest.mark.long
def test_rows_that_kafka_has_lost_in_a_power_cut_are_sent_again(healing: Healing) -> None:
    """A broker confirms records before they are on disk: the last blocks of each segment are gone."""
    stack, started = healing.stack, time.monotonic()
    cut_the_power(stack)
    for partition in (stack.home / "data" / "kafka").glob("meteo-*"):
        segment = max(partition.glob("*.log"))
        with segment.open("r+b") as file:
            file.truncate(max(0, segment.stat().st_size - 3_000))
    stack.must("./build_setup.sh", "--native")
    assert "event=kafka_has_lost_rows" in (stack.home / "logs" / "datastream.log").read_text(errors="replace")
    healing.heals("power cut, Kafka has lost its last records, ./build_setup.sh", started)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [600.0])
def test_a_laptop_that_was_asleep_goes_on(healing: Healing, seconds: float) -> None:
    processes = healing.stack.processes()
    for process in processes:
        process.suspend()
    end = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > end, "time passes", within=seconds + 60)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
    healing.heals(f"all processes stopped for {seconds:.0f} s", time.monotonic())


@pytest.mark.long
@pytest.mark.parametrize("torn", [b"", b'{"fingerprint": "'])
def test_a_torn_position_makes_the_stream_begin_at_the_first_row(healing: Healing, torn: bytes) -> None:
    stack = healing.stack
    position = stack.home / "data" / "datastream" / "meteofrance.json"
    with stopped(stack):
        assert position.exists()
        position.write_bytes(torn)
    log = stack.home / "logs" / "datastream.log"
    assert "event=position_unreadable" in log.read_text(errors="replace")
    healing.heals("a torn position", time.monotonic())


@pytest.mark.long
def test_a_checkpoint_that_is_deleted_is_made_again(healing: Healing) -> None:
    stack = healing.stack
    with stopped(stack):
        shutil.rmtree(stack.home / "data" / "checkpoints" / "meteo")
    healing.heals("a deleted checkpoint", time.monotonic())


@pytest.mark.long
def test_of_a_checkpoint_of_another_version_the_status_names_the_command(healing: Healing) -> None:
    stack = healing.stack
    stack.set_delta(QUICK)
    [checkpoint] = (stack.home / "data" / "checkpoints").glob("daily-*")
    eventually(lambda: len(list((checkpoint / "commits").iterdir())) > 2, "there are batches")
    with stopped(stack):
        for file in (checkpoint / "offsets").iterdir():
            if file.name.isdigit():
                file.write_bytes(b"v9" + file.read_bytes()[2:])
    command = f"./submit.sh reset {checkpoint.name}"
    eventually(lambda: command in stack.run("./status.sh").stdout, "the status names the command")
    stack.must("./submit.sh", "reset", checkpoint.name)
    healing.heals("a checkpoint of another version of Spark, ./submit.sh reset", time.monotonic())


@pytest.mark.long
def test_of_a_checkpoint_without_a_whole_batch_the_status_names_the_command_and_the_other_queries_go_on(
    healing: Healing,
) -> None:
    stack = healing.stack
    stack.set_delta(QUICK)
    [checkpoint] = (stack.home / "data" / "checkpoints").glob("stats-*")
    eventually(lambda: len(list((checkpoint / "commits").iterdir())) > 2, "there are batches that could be lost")
    with stopped(stack):
        for file in (checkpoint / "offsets").iterdir():
            file.write_bytes(b"")
    command = f"./submit.sh reset {checkpoint.name}"
    eventually(lambda: command in stack.run("./status.sh").stdout, "the status names the command")
    before = stack.count()
    eventually(lambda: stack.count() > before or healing.is_done(), "readings flow all the same")
    stack.must("./submit.sh", "reset", checkpoint.name)
    healing.heals("a checkpoint without a whole batch, ./submit.sh reset", time.monotonic())


def test_after_all_that_the_store_holds_exactly_what_the_file_holds(healing: Healing) -> None:
    stack = healing.stack
    stack.set_delta(0)
    stack.streams_exactly(SHIPPED)


def test_each_day_is_reported_and_counts_once(healing: Healing) -> None:
    """A report may be in the topic twice, with the same values; the statistics count it once."""
    stack = healing.stack
    days = expected(month(), "Europe/Paris")

    eventually(lambda: days_counted(stack) == Counter(station for station, _ in days), "each day counts once")
    reports: dict[tuple[str, str], set[bytes]] = {}
    for _, key, value, _ in read_all(settings.Kafka.load(stack.variables), DAILY):
        assert value is not None
        if value in garbage.KINDS:
            continue
        date = value.split(b'"date":"')[1][:10].decode()
        reports.setdefault(((key or b"").decode(), date), set()).add(value)
    assert {len(values) for values in reports.values()} == {1}
