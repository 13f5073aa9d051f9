"""What is started beside the stack, by the settings, in each mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.common import profiles
from stack.native.components import Components
from stack.native.install import Installation
from stack.native.jars import hadoop_folder, kafka_folder
from stack.native.servers import hdfs_servers
from weather.settings import Consumers, Variables

Environment = dict[str, str]


@pytest.mark.parametrize(
    ("source", "program"), [("stations", "station-stats"), ("place", "month-stats"), ("sql", "parquet")]
)
def test_the_profile_of_the_consumers_starts_the_one_that_the_source_is_for(
    environment: Environment, source: str, program: str
) -> None:
    chosen = Variables(environment | {"STACK_PROFILES": "consumers", "STREAM_SOURCE": source})
    assert profiles.consumers(chosen) == ["debug", program]


def test_the_readings_are_shown_but_kept_by_no_consumer(environment: Environment) -> None:
    assert profiles.consumers(Variables(environment | {"STACK_PROFILES": "consumers"})) == ["debug"]


def test_a_mode_leaves_out_what_it_cannot_start(environment: Environment) -> None:
    asked = {"STACK_PROFILES": "consumers,hdfs", "STREAM_SOURCE": "stations", "KAFKA_MONITOR": "1"}
    variables = Variables(environment | asked)
    assert profiles.started(variables, "docker") == ["debug", "station-stats", "namenode", "datanode", "kafka-ui"]
    assert profiles.started(variables, "native") == ["debug", "station-stats", "namenode", "datanode"]


def test_servers_are_healthy_before_their_clients_start(environment: Environment) -> None:
    variables = Variables(environment | {"STACK_PROFILES": "consumers,hdfs", "STREAM_SOURCE": "sql"})
    assert profiles.stages(profiles.started(variables, "docker")) == [
        ["database", "namenode", "datanode"],
        ["debug", "parquet", "weather-generator"],
    ]
    assert profiles.stages(["debug"]) == [["debug"]]
    assert profiles.stages([]) == []


def test_the_archive_is_in_the_stack_s_own_hdfs_where_there_is_one(environment: Environment) -> None:
    with_hdfs = environment | {"STACK_PROFILES": "consumers, hdfs", "HDFS_WEB_PORT": "19870"}
    assert Consumers.load(Variables(with_hdfs)).archive == "webhdfs://127.0.0.1:19870/"
    in_a_container = with_hdfs | {"WEBHDFS_URL": "webhdfs://hadoop@namenode:9870/"}
    assert Consumers.load(Variables(in_a_container)).archive == "webhdfs://hadoop@namenode:9870/"
    elsewhere = in_a_container | {"ARCHIVE_URI": "webhdfs://boss:9870/"}
    assert Consumers.load(Variables(elsewhere)).archive == "webhdfs://boss:9870/"


def test_native_mode_runs_a_consumer_with_its_topic_and_its_archive(environment: Environment, tmp_path: Path) -> None:
    chosen = environment | {"STACK_PROFILES": "consumers,hdfs", "STREAM_SOURCE": "sql"}
    components = Components(Variables(chosen), Installed(Variables(chosen), tmp_path / "log"))
    assert components.consumer("debug").command[-3:] == ["consumers.debug", "--topic", "temperatures"]
    parquet = components.consumer("parquet")
    assert parquet.command[-2:] == ["-m", "consumers.parquet"]
    assert Consumers.load(Variables(parquet.environment)).archive == "webhdfs://127.0.0.1:9870/"
    assert parquet.environment["CONSUMERS_DIR"] == chosen["CONSUMERS_DIR"]


class Installed(Installation):
    """As if everything were installed."""

    def python(self, files: tuple[str, ...] = ()) -> Path:
        return Path("python3")


def test_hdfs_listens_where_the_settings_say_and_is_reached_there(environment: Environment, tmp_path: Path) -> None:
    values = hdfs_servers.configuration(Variables(environment | {"HOST": "0.0.0.0", "HDFS_PORT": "19000"}), tmp_path)
    assert values["fs.defaultFS"] == "hdfs://127.0.0.1:19000"
    assert values["dfs.namenode.http-address"] == "0.0.0.0:9870"
    assert values["dfs.namenode.name.dir"] == f"file://{tmp_path}/namenode"


def test_hadoop_s_jars_are_kept_beside_kafka_s(variables: Variables) -> None:
    assert hadoop_folder(variables).parent == kafka_folder(variables).parent
    assert hadoop_folder(variables).name.startswith(f"hadoop-{variables.text('HADOOP_VERSION')}-")
