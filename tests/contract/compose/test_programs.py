"""A container gets the settings, addresses, volumes and data that its program asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.docker import environment as compose_environment
from stack.docker.mode import ComposeMode
from stack.native.mode import PORTS as NATIVE_PORTS
from testing.environment import settings_environment
from tests.contract.compose.files import MAIN, OURS, Service, in_container, names_in_settings, read
from weather import settings
from weather.settings import programs

LOADED = {name: groups for name, groups in programs.PROGRAMS.items() if name != "viewer"}
"""Service of ours → the settings that its program loads."""


@pytest.mark.parametrize("name", LOADED)
def test_a_container_has_every_setting_that_its_program_reads(services: dict[str, Service], name: str) -> None:
    variables = in_container(services, name)
    assert [problem for group in LOADED[name] for problem in group.problems(variables)] == []


@pytest.mark.parametrize("name", LOADED)
def test_a_container_gets_no_setting_that_its_program_does_not_read(services: dict[str, Service], name: str) -> None:
    read_there = {setting for group in LOADED[name] for setting in group.names()}
    extra = set(services[name]["environment"]) - read_there - {"NO_PROXY", "no_proxy", "TMPDIR"}
    assert extra == set()


@pytest.mark.parametrize(
    ("name", "missing"), [("datastream", "STREAMING_LOOP"), ("setup", "INFLUXDB_USER"), ("spark-app", "TRAIN_MEMORY")]
)
def test_that_check_notices_a_setting_that_is_missing(services: dict[str, Service], name: str, missing: str) -> None:
    without = {k: v for k, v in services[name]["environment"].items() if k != missing}
    variables = in_container(services | {name: services[name] | {"environment": without}}, name)
    assert any(missing in problem for group in LOADED[name] for problem in group.problems(variables))


def test_a_setting_means_in_a_container_what_it_means_outside() -> None:
    # a container has its own address, ports and folders
    inside = {
        "HOST",
        "STACK_HOME",
        "METEO_DATA",
        "USCRN_DATA",
        "CSV_DATA",
        "CSV_DESCRIPTION",
        "DOWNLOAD_CA",
        "SQL_HOST",
        "SQL_PORT",
        "CONSUMERS_DIR",
        *NATIVE_PORTS,
    }
    inside |= {"RAIN_DATASET_DIR", "MODELS_DIR", "DOWNLOAD_CA"}
    numbers = {name: str(7 + n) for n, name in enumerate(("KAFKA_PARTITIONS", "INFLUXDB_BATCH_LINES"))}
    words = {name: name.lower() for name in ("KAFKA_TOPIC", "INFLUXDB_ORG", "INFLUXDB_BUCKET", "INFLUXDB_USER")}
    changed = settings_environment(**numbers, **words, STREAMING_LOOP="1", SPARK_SHUFFLE_PARTITIONS="9")
    for name, service in read(changed, MAIN)["services"].items():
        given = {k: v for k, v in service["environment"].items() if k in names_in_settings() - inside}
        assert given == {k: changed[k] for k in given}, name


def test_programs_find_each_other_by_service_name_and_container_port(services: dict[str, Service]) -> None:
    kafka = settings.Kafka.load(in_container(services, "datastream"))
    assert kafka.bootstrap_servers == "broker:29092"
    assert "CONTAINERS://broker:29092" in services["broker"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert settings.Kafka.load(in_container(services, "spark-app")) == kafka
    spark = settings.Spark.load(in_container(services, "spark-app"))
    assert (spark.master_url, spark.driver_host) == ("spark://spark-master:7077", "spark-app")
    assert spark.master_url in services["spark-worker"]["command"]
    assert str(spark.jars) in OURS["spark-master"].read_text()
    for name in ("spark-app", "setup"):
        assert settings.InfluxDB.load(in_container(services, name)).url == "http://influxdb:8086"
    assert services["grafana"]["environment"]["INFLUXDB_URL"] == "http://influxdb:8086"


def test_what_the_stack_keeps_lies_on_volumes(services: dict[str, Service]) -> None:
    def volumes(name: str) -> set[str]:
        return {mount["target"] for mount in services[name]["volumes"] if mount["type"] == "volume"}

    positions = settings.Streamer.load(in_container(services, "datastream")).positions
    checkpoints = settings.Spark.load(in_container(services, "spark-app")).checkpoints
    scratch = services["spark-worker"]["environment"]["SPARK_LOCAL_DIRS"]
    assert volumes("datastream") == {str(positions)}
    assert volumes("spark-app") == volumes("spark-worker") == {str(checkpoints), scratch}
    assert volumes("broker") == {services["broker"]["environment"]["KAFKA_LOG_DIRS"]}
    assert volumes("influxdb") == {"/var/lib/influxdb2"}
    assert volumes("grafana") == {"/var/lib/grafana"}
    for name, kept in (("namenode", "namenode.name.dir"), ("datanode", "datanode.data.dir")):
        [volume] = volumes(name)
        assert services[name]["environment"][f"HDFS-SITE.XML_dfs.{kept}"].startswith(f"file://{volume}/")


def test_the_folders_of_volumes_are_made_for_the_user_of_the_image() -> None:
    assert "/state/data/datastream" in OURS["datastream"].read_text()
    assert "/state/data/checkpoints" in OURS["spark-master"].read_text()
    for dockerfile in OURS.values():
        assert "--owner app" in dockerfile.read_text()


def test_several_five_minute_files_keep_their_names_below_the_folder_that_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose_environment, "container_user", lambda: (1000, 1000))
    files = [tmp_path / "a" / "one.txt", tmp_path / "b" / "two.txt"]
    given = settings.Variables(settings_environment(USCRN_DATA=" ".join(map(str, files))))
    streamer = read(ComposeMode(given).environment(), MAIN)["services"]["datastream"]
    assert streamer["environment"]["USCRN_DATA"] == " ".join(f"/data{file}" for file in files)
    [mount] = [one for one in streamer["volumes"] if one.get("source") == str(tmp_path)]
    assert (mount["target"], mount["read_only"]) == (f"/data{tmp_path}", True)


def test_the_data_keep_their_name_in_the_container(tmp_path: Path) -> None:
    data = tmp_path / "some folder" / "H_29_previous.csv.gz"
    data.parent.mkdir()
    data.touch()
    streamer = read(settings_environment(METEO_DATA=str(data)), MAIN)["services"]["datastream"]
    mount = next(m for m in streamer["volumes"] if m["type"] == "bind")
    assert mount["source"] == str(data)
    assert mount["target"] == streamer["environment"]["METEO_DATA"]
    assert Path(mount["target"]).name == data.name
    assert mount["read_only"]
