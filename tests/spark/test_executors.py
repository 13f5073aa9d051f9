"""When an application without executors gives up."""

from __future__ import annotations

from pyspark.sql import SparkSession

from spark_app.monitoring import executors
from spark_app.monitoring.executors import FIRST_EXECUTOR_TIMEOUT, LOST_AFTER, Executors


class Cluster:
    """A number of executors and a clock, both moved by hand."""

    def __init__(self) -> None:
        self.executors = 0
        self.seconds = 0.0
        self.watch = Executors(lambda: self.executors, lambda: self.seconds)

    def are_lost_after(self, seconds: float) -> bool:
        self.seconds += seconds
        return self.watch.lost()


def test_the_first_executor_may_take_its_time() -> None:
    cluster = Cluster()
    assert not cluster.are_lost_after(FIRST_EXECUTOR_TIMEOUT)
    assert cluster.are_lost_after(1)


def test_executors_that_left_are_lost_when_none_comes_back() -> None:
    cluster = Cluster()
    cluster.executors = 2
    assert not cluster.are_lost_after(10 * FIRST_EXECUTOR_TIMEOUT)
    cluster.executors = 0
    assert not cluster.are_lost_after(LOST_AFTER)
    assert cluster.are_lost_after(1)


def test_a_replaced_executor_is_no_loss() -> None:
    cluster = Cluster()
    for number in (1, 0, 1, 0, 1):
        cluster.executors = number
        assert not cluster.are_lost_after(LOST_AFTER * 0.9)


def test_without_a_cluster_the_driver_counts(spark: SparkSession) -> None:
    assert not executors.of(spark.sparkContext).lost()
    assert executors.of(spark.sparkContext)._count() == 1
