"""Each file of a checkpoint emptied, cut in half, filled with zeros or removed: the query goes on exactly, or says how.

The checkpoint is a real one: five micro-batches, of which the last one was interrupted. A power failure is made by
damaging one file. A few of these are in CI, all of them in ./run_tests.sh long.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import KafkaProducer
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_app.checkpoints.repair import Checkpoint, repair, reset
from spark_app.queries import Query
from testing.servers import Broker
from weather.errors import SetupError
from weather.kafka import admin, create_missing_topics

PER_BATCH, FINISHED, SENT_LATER = 10, 4, 20
KEYS = 3
DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda file: file.write_bytes(b""),
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "removed": lambda file: file.unlink(),
}


class Stream:
    """Numbers in a topic, and a query over them. `rows` are written by it, `counts` are those of its last batch."""

    def __init__(self, spark: SparkSession, broker: Broker, folder: Path, stateful: bool) -> None:
        kafka = broker.topic(partitions=1)
        with admin(kafka.bootstrap_servers) as client:
            create_missing_topics(client, {kafka.topic: 1})
        self.folder = folder
        self.rows: dict[int, int] = {}
        self.counts: dict[int, int] = {}
        self._producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
        self._topic, self._sent = kafka.topic, 0
        self._failing_batch = -1
        records = (
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", kafka.bootstrap_servers)
            .option("subscribe", kafka.topic)
            .option("startingOffsets", "earliest")
            .option("maxOffsetsPerTrigger", PER_BATCH)
        )
        self.send(FINISHED * PER_BATCH)
        numbers = records.load().select(F.col("value").cast("string").cast("int").alias("n"))
        if stateful:
            # Each number is there twice, and counts once: the state of both operators matters.
            twice = numbers.withColumn("at", F.lit("2026-01-01").cast("timestamp")).withWatermark("at", "1 day")
            numbers = twice.dropDuplicates(["n", "at"]).groupBy((F.col("n") % KEYS).alias("key")).count()
        context: Any = SimpleNamespace(
            spark=spark, options=SimpleNamespace(checkpoints=folder, trigger_seconds=0), checkpoints={}
        )
        mode = "complete" if stateful else "append"
        self.query = Query(context, numbers, "torn", "torn", lambda o: o.foreachBatch(self._write), mode=mode)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "torn"

    def _write(self, batch: DataFrame, number: int) -> None:
        rows = batch.collect()
        if number == self._failing_batch:
            raise ValueError("interrupted")
        if batch.columns == ["n"]:
            self.rows |= {row.n: row.n for row in rows}
        else:
            self.counts = {row.key: row["count"] for row in rows}

    def send(self, count: int) -> None:
        """Send so many records: each number twice."""
        for _ in range(count):
            self._producer.send(self._topic, str(self._sent // 2).encode())
            self._sent += 1
        self._producer.flush()

    def run(self) -> None:
        """Process all records."""
        active = self.query.start()
        try:
            active.processAllAvailable()
        finally:
            active.stop()

    def interrupt_the_next_batch(self) -> None:
        self.send(PER_BATCH)
        self._failing_batch = FINISHED
        with pytest.raises(StreamingQueryException, match="interrupted"):
            self.run()
        self._failing_batch = -1

    def is_exact(self) -> bool:
        numbers = range(self._sent // 2)
        return (
            self.rows == {n: n for n in numbers}
            if not self.counts
            else self.counts == Counter(n % KEYS for n in numbers)
        )

    def close(self) -> None:
        self._producer.close()


@pytest.fixture(scope="module", params=[False, True], ids=["stateless", "stateful"])
def stream(request: pytest.FixtureRequest, spark: SparkSession, broker: Broker, tmp_path_factory: Any) -> Any:
    made = Stream(spark, broker, tmp_path_factory.mktemp("checkpoints"), request.param)
    made.run()
    made.interrupt_the_next_batch()
    shutil.copytree(made.checkpoint, made.folder / "whole")
    made.send(SENT_LATER)
    yield made
    made.close()


def files(stream: Stream) -> list[Path]:
    """The files of the checkpoint, relative to its folder."""
    whole = stream.folder / "whole"
    return sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file() and not p.name.startswith("."))


def restore(stream: Stream) -> None:
    shutil.rmtree(stream.checkpoint, ignore_errors=True)
    shutil.copytree(stream.folder / "whole", stream.checkpoint)
    stream.rows, stream.counts = ({n: n for n in range(FINISHED * PER_BATCH // 2)} if stream.rows else {}), {}


def goes_on_exactly(stream: Stream) -> str:
    """Run the query. Return what it said if it could not go on, after a reset, which must help."""
    try:
        stream.run()
        said = ""
    except SetupError as error:
        said = str(error)
        assert "./submit.sh reset torn" in said
        reset(stream.folder, "torn")
        stream.run()
    assert stream.is_exact()
    return said


def test_a_whole_checkpoint_is_left_as_it_is(stream: Stream) -> None:
    restore(stream)
    before = {file: (stream.checkpoint / file).read_bytes() for file in files(stream)}
    assert repair(stream.checkpoint) == []
    assert {file: (stream.checkpoint / file).read_bytes() for file in files(stream)} == before
    assert goes_on_exactly(stream) == ""


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_left_is_whole_and_no_more_than_two_batches_are_repeated(stream: Stream, damage: str) -> None:
    for file in files(stream):
        restore(stream)
        DAMAGES[damage](stream.checkpoint / file)
        repair(stream.checkpoint)
        left = Checkpoint(stream.checkpoint)
        assert list(left.torn()) == [], file
        is_in_the_middle = file.name.partition(".")[0] in ("0", "1", "2")
        least = FINISHED - 2 if not is_in_the_middle else 0
        assert max(left.offsets) >= least and max(left.commits, default=-1) >= least - 1, file
        assert repair(stream.checkpoint) == []


def test_the_query_goes_on_exactly_whichever_file_is_torn(stream: Stream) -> None:
    """A few of all files and damages, another choice than that of a simple pattern."""
    chosen = [(file, damage) for file in files(stream) for damage in DAMAGES]
    for file, damage in random.Random(22).sample(chosen, 6):
        restore(stream)
        DAMAGES[damage](stream.checkpoint / file)
        assert goes_on_exactly(stream) == "", (file, damage)


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGES)
def test_the_query_goes_on_exactly_for_every_file(stream: Stream, damage: str) -> None:
    for file in files(stream):
        restore(stream)
        DAMAGES[damage](stream.checkpoint / file)
        assert goes_on_exactly(stream) == "", (file, damage)


@pytest.mark.parametrize("folder", ["offsets", "commits", "state"])
def test_several_torn_files_at_once_are_repaired_or_told(stream: Stream, folder: str) -> None:
    restore(stream)
    for file in (stream.checkpoint / folder).rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    said = goes_on_exactly(stream)
    assert ("no micro-batch in the checkpoint" in said) == (folder == "offsets")


def test_the_first_batch_starts_over(stream: Stream) -> None:
    restore(stream)
    for kind in ("offsets", "commits"):
        for file in (stream.checkpoint / kind).iterdir():
            if file.name != "0":
                file.unlink()
    (stream.checkpoint / "offsets" / "0").write_bytes(b"")
    (stream.checkpoint / "commits" / "0").unlink()
    for file in stream.checkpoint.rglob("*.delta"):
        if file.stem != "1":
            file.unlink()
    assert goes_on_exactly(stream) == ""


def test_only_a_checkpoint_can_be_reset(tmp_path: Path) -> None:
    (tmp_path / "meteo" / "offsets").mkdir(parents=True)
    for name in ("", "nothing", "../meteo/../nothing"):
        with pytest.raises(SetupError, match="there are meteo"):
            reset(tmp_path, name)
    assert reset(tmp_path, "meteo") == tmp_path / ".meteo.1"
