"""The whole stack as a user runs it, in Docker: up, streaming, disturbed, complete, scaled, up again, gone.

The tests of this file are chapters of one story and run in their order.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from kafka import KafkaProducer

from datastream.sources.sql import generator
from stack.common import dashboards
from stack.docker import mode as compose
from testing.docker.docker_stack import IMAGES, DockerStack
from testing.environment import ROOT, eventually
from testing.running_stack import assert_same_points, expected_points
from tests.consumers import expected
from tests.docker.kept_files import archived, checkpoints, files_in_hdfs, rows_of_the_table, sent, table
from weather import settings
from weather.trained_models import RAIN, ModelFolder

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
SERVICES = tuple(compose.COMPONENTS)
IN_CI = ("broker", "datastream")
"""The services that every run kills; ./run_tests.sh docker kills and restarts each."""
HEALS_WITHIN = 180.0


def long(service: str) -> Any:
    """A parameter that only the whole suite takes."""
    return pytest.param(service, marks=pytest.mark.long)


def test_one_command_brings_everything_up_and_points_arrive(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", "--docker")
    assert stack.count() > 0
    assert stack.status()["state"] == "running"
    for component in ("kafka", "influxdb", "spark-master", "spark-workers", "datastream", "spark-app", "grafana"):
        assert f"\n{component} " in output
    assert "unhealthy" not in output
    assert {found["State"]["Health"]["Status"] for found in stack.containers()} == {"healthy"}
    assert requests.get(stack.streamer("/"), timeout=5).status_code == 200


def test_what_was_chosen_at_set_up_is_what_the_scripts_and_the_next_set_up_use(stack: DockerStack) -> None:
    started = stack.started()
    assert f"127.0.0.1:{stack.environment['KAFKA_PORT']}" in stack.must_with_its_home_only("./status.sh")
    assert "settings of the last set-up: " in stack.must_with_its_home_only("./build_setup.sh")
    assert stack.started() == started


def test_grafana_is_given_what_it_provisions(stack: DockerStack) -> None:
    port = stack.environment["GRAFANA_PORT"]
    answer = requests.get(f"http://127.0.0.1:{port}/api/health", timeout=5).json()
    assert answer["database"] == "ok"
    uids = set(dashboards.offered(stack.variables))
    if answer.get("viewer"):  # its container has looked at all that Grafana would be given before it answers
        print("\nno Grafana was run: the dashboard viewer answered in its place")
        shown = requests.get(f"http://127.0.0.1:{port}/api/dashboards", timeout=5).json()
        assert {board["uid"] for board in shown} == uids
        return
    password = (stack.home / "secrets" / "grafana_password").read_text().strip()
    signed_in = ("admin", password)
    found = requests.get(f"http://127.0.0.1:{port}/api/search?type=dash-db", auth=signed_in, timeout=5).json()
    assert {board["uid"] for board in found} == uids


def test_only_ports_on_the_host_of_the_settings_are_published(stack: DockerStack) -> None:
    published = {
        binding["HostIp"] + ":" + binding["HostPort"]
        for found in stack.containers()
        for bindings in found["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    }
    assert published == {f"127.0.0.1:{stack.environment[name]}" for name in compose.PORTS}


def test_nobody_is_root_has_more_rights_than_it_needs_or_takes_all_the_memory(stack: DockerStack) -> None:
    assert_confined(stack)


def assert_confined(stack: DockerStack) -> None:
    """Every container that runs now is."""
    for found in stack.containers():
        name, limits = found["Name"], found["HostConfig"]
        users = {line.strip() for line in stack.inside(found, "cat /proc/[0-9]*/status | grep Uid:").splitlines()}
        assert not [user for user in users if "\t0" in user], name
        assert limits["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in limits["SecurityOpt"], name
        assert 0 < limits["Memory"] <= 2 * 2**30, name
        assert limits["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}, name
        if stack.image("") in found["Config"]["Image"]:
            assert limits["ReadonlyRootfs"], name


def test_no_secret_is_in_an_image_or_in_what_docker_tells(stack: DockerStack) -> None:
    secrets = {file.read_text().strip() for file in (stack.home / "secrets").iterdir()} - {"admin"}
    assert len(secrets) >= 4
    told = json.dumps(stack.containers()) + "".join(
        stack.engine.docker("image", "inspect", stack.image(name))
        + stack.engine.docker("history", "--no-trunc", stack.image(name))
        for name in IMAGES
    )
    logs = stack.compose("logs", "--no-color")
    assert not [secret for secret in secrets if secret in told or secret in logs]
    for name in IMAGES:
        assert not secrets_in_layers(stack, stack.image(name), secrets)


def secrets_in_layers(stack: DockerStack, image: str, secrets: set[str]) -> list[str]:
    """The secrets in an image's layers; those, too, that a later layer removes."""
    found: set[str] = set()
    scanned = 0
    save = subprocess.Popen(["docker", "save", image], env=stack.engine.all(), stdout=subprocess.PIPE)
    with tarfile.open(fileobj=save.stdout, mode="r|") as archive:
        for blob in (file for member in archive if (file := archive.extractfile(member))):
            start = blob.read(1 << 22)
            unpack = zlib.decompressobj(wbits=31).decompress if start.startswith(b"\x1f\x8b") else bytes
            last = b""
            for packed in itertools.chain([start], iter(lambda blob=blob: blob.read(1 << 22), b"")):  # type: ignore[misc]
                text = unpack(packed)
                found |= {secret for secret in secrets if secret.encode() in last + text}
                last = text[-200:]
                scanned += len(text)
    assert save.wait() == 0
    assert scanned > 100_000_000
    return sorted(found)


def test_images_say_what_they_are(stack: DockerStack) -> None:
    for name in IMAGES:
        [image] = json.loads(stack.engine.docker("image", "inspect", stack.image(name)))
        assert image["Config"]["User"] == "app"
        assert image["Config"]["Labels"]["org.opencontainers.image.licenses"] == "MIT"
        assert image["Config"]["Labels"]["org.opencontainers.image.title"].startswith("weather-stack")


def test_the_rate_is_changed_live(stack: DockerStack) -> None:
    assert "0.01" in stack.must("./modify_streaming_timedelta.sh", "0.01")
    eventually(lambda: 90 <= stack.status()["rate"] <= 110, "100 rows/s")


def test_run_again_it_leaves_alone_what_runs(stack: DockerStack) -> None:
    before = stack.started()
    stack.must("./build_setup.sh")
    assert stack.started() == before
    assert stack.status()["state"] == "running"


def test_garbage_from_a_program_of_this_machine_is_set_aside_and_shown(stack: DockerStack) -> None:
    send(stack, b"garbage")
    send(stack, b"[]")
    eventually(lambda: " 2 dead letters" in stack.run("./status.sh").stdout, "status.sh counts the letters")


def test_a_change_of_source_is_a_matter_of_one_layer_and_one_container(stack: DockerStack) -> None:
    changed = stack.folder / "datastream" / "app.py"
    changed.write_text(changed.read_text() + "\n# a change\n")
    before = stack.started()
    packages = layers(stack, "datastream")[:-3]
    stack.must("./build_setup.sh")
    after = stack.started()
    assert layers(stack, "datastream")[: len(packages)] == packages
    assert layers(stack, "datastream")[-1] != packages[-1]
    changed_containers = {name for name in after if after[name] != before.get(name)}
    assert changed_containers == {stack.container("datastream")["Name"]}
    eventually(lambda: stack.status()["state"] == "running", "the new streamer goes on")


def layers(stack: DockerStack, name: str) -> list[str]:
    """The digests of an image's layers, lowest first."""
    [image] = json.loads(stack.engine.docker("image", "inspect", stack.image(name)))
    return list(image["RootFS"]["Layers"])


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES)
def test_a_restarted_service_is_taken_back(stack: DockerStack, service: str) -> None:
    stack.set_delta(0.05)
    with rows_go_on_after(stack, service):
        stack.compose("restart", service)


@pytest.mark.parametrize("service", [service if service in IN_CI else long(service) for service in SERVICES])
def test_a_service_killed_with_9_is_healed_by_its_restart_policy(stack: DockerStack, service: str) -> None:
    """Every process in the container but its init, which then ends as the service did."""
    container = stack.container(service)
    with rows_go_on_after(stack, service):
        kill_all_processes(stack, container)
        eventually(lambda: restarts(stack, service) > container["RestartCount"], f"{service} was started again")


def kill_all_processes(stack: DockerStack, container: dict[str, Any]) -> None:
    """kill -9 to every process in a container but its init."""
    kill = ["docker", "exec", container["Id"], "sh", "-c", "kill -9 -1"]
    subprocess.run(kill, env=stack.engine.all(), check=False, timeout=60)


@contextmanager
def rows_go_on_after(stack: DockerStack, service: str) -> Iterator[None]:
    """After the block everything becomes healthy again, and rows are written again."""
    before = restarts(stack, "spark-app")
    yield
    if service == "spark-master":  # a new master ends the executors that it does not know
        eventually(lambda: restarts(stack, "spark-app") > before, "the application begins anew", HEALS_WITHIN)
    eventually(lambda: stack.run("./status.sh").returncode == 0, "everything is healthy again", HEALS_WITHIN)
    written = stack.rows_written()
    eventually(lambda: stack.rows_written() > written, "rows are written again", HEALS_WITHIN)


def restarts(stack: DockerStack, service: str) -> int:
    """How often its restart policy has started a service's first container."""
    return int(stack.container(service)["RestartCount"])


@pytest.mark.long
def test_what_docker_kill_ended_stays_down_until_build_setup_completes_the_stack(stack: DockerStack) -> None:
    """`docker kill` counts as a person's wish: Docker then leaves its restart policy aside."""
    for service in SERVICES:
        stack.engine.docker("kill", stack.container(service)["Id"])
    assert stack.run("./status.sh").returncode == 1
    assert {stack.container(service)["State"]["Status"] for service in SERVICES} == {"exited"}
    stack.must("./build_setup.sh")
    assert stack.run("./status.sh").returncode == 0
    assert stack.status()["state"] == "running"


def test_after_all_that_the_store_holds_exactly_what_the_file_holds(stack: DockerStack) -> None:
    stack.set_delta(0)
    eventually(lambda: stack.status()["state"] == "finished", "the file is streamed")
    expected = expected_points(SHIPPED)
    eventually(lambda: stack.count() == len(expected), "every point is written")
    assert_same_points(stack.points(), expected)


@pytest.mark.long
def test_three_workers_by_one_setting_and_the_rest_is_left_alone(stack: DockerStack) -> None:
    before = stack.started()
    output = stack.must("./build_setup.sh", SPARK_WORKER_NUMBER="3")
    assert "3 registered" in output
    assert len(stack.containers("spark-worker")) == 3
    assert before.items() <= stack.started().items()


def test_kafka_ui_by_one_setting(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", KAFKA_MONITOR="1")
    address = f"http://127.0.0.1:{stack.environment['KAFKA_MONITOR_PORT']}"
    assert f"kafka-ui: {address}" in output
    assert requests.get(f"{address}/actuator/health", timeout=5).status_code == 200


def test_the_profiles_consumers_and_sql_by_one_setting(stack: DockerStack) -> None:
    stack.must("./build_setup.sh", STACK_PROFILES="consumers, sql")
    send(stack, b'{"T": 9.4}')
    eventually(lambda: "{'T': 9.4, 'partition': " in stack.compose("logs", "debug"), "the message is shown")

    eventually(lambda: len(table(stack)) > 20, "the table is filled")
    stack.compose("kill", "weather-generator")
    before = len(table(stack))
    stack.must("./build_setup.sh", STACK_PROFILES="sql")
    eventually(lambda: len(table(stack)) > before + 20, "the table is filled again")
    found = table(stack)
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    assert [row[1:] for row in found] == list(itertools.islice(generator.rows(), len(found)))
    assert not stack.containers("debug")

    stack.must("./build_setup.sh")
    assert not stack.containers("database")


TABLE_TO_HDFS = {
    "STREAM_SOURCE": "sql", "STACK_PROFILES": "consumers,hdfs", "STREAMING_TIME_DELTA": "0.01", "SQL_ROW_DELTA": "0.02",
}  # fmt: skip


@pytest.mark.long
def test_the_rows_of_the_table_end_up_as_parquet_files_in_hdfs_by_one_setting(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", **TABLE_TO_HDFS)
    assert "wait for the first rows in Kafka" in output
    for component in ("database", "weather-generator", "parquet", "namenode", "datanode"):
        assert re.search(rf"\n{component} +healthy", output), output
    assert not stack.containers("spark-app"), "a driver and its executors would do nothing"
    assert stack.status()["file"] == "table CS544.temperatures"
    assert_confined(stack)
    assert_all_rows_are_archived(stack)
    last = {number: document["batch_id"] for number, document in checkpoints(stack, "parquet").items()}
    vouched = {f"partition-{number}-batch-{batch}.parquet" for number in last for batch in range(last[number] + 1)}
    assert files_in_hdfs(stack) == vouched


@pytest.mark.long
@pytest.mark.parametrize("service", ["datanode", "namenode", "parquet", "database"])
def test_no_row_is_missed_or_kept_twice_when_a_service_on_its_way_is_killed(stack: DockerStack, service: str) -> None:
    container = stack.container(service)
    before = len(archived(stack))
    stack.compose("start", "weather-generator")
    kill_all_processes(stack, container)
    eventually(lambda: restarts(stack, service) > container["RestartCount"], f"{service} was started again")
    eventually(lambda: len(rows_archived(stack)) > before + 50, "rows are archived again", HEALS_WITHIN)
    assert_all_rows_are_archived(stack)


def rows_archived(stack: DockerStack) -> list[tuple[str, str, float]]:
    """Those in the archive; none while it is away."""
    try:
        return archived(stack)
    except AssertionError:
        return []


def assert_all_rows_are_archived(stack: DockerStack) -> None:
    """The table, which no longer grows, and the archive hold the same rows, each once."""
    eventually(lambda: len(table(stack)) > 150, "the table is filled")
    stack.compose("stop", "weather-generator")
    rows = rows_of_the_table(stack)
    eventually(lambda: len(rows_archived(stack)) >= len(rows), "all rows are archived", HEALS_WITHIN)
    assert archived(stack) == rows


@pytest.mark.long
def test_hdfs_outlives_its_containers(stack: DockerStack) -> None:
    rows = archived(stack)
    stack.compose("rm", "--stop", "--force", "parquet", "namenode", "datanode")
    stack.must("./build_setup.sh", **TABLE_TO_HDFS)
    found = archived(stack)
    assert len(rows) > 150
    assert not set(rows) - set(found)
    assert len(found) == len(set(found))


@pytest.mark.long
def test_simulated_stations_are_counted_in_files_on_this_machine_by_one_setting(stack: DockerStack) -> None:
    days = {"STATIONS_DAYS": "100", "STATIONS_DAY_SECONDS": "0.02"}
    output = stack.must("./build_setup.sh", STREAM_SOURCE="stations", STACK_PROFILES="consumers", **days)
    assert re.search(r"\nstation-stats +healthy", output), output
    assert not [name for name in ("database", "namenode", "datanode", "parquet") if stack.containers(name)]
    assert stack.status()["topic"] == "stations, stations-json"
    eventually(lambda: stack.status()["state"] == "finished", "a hundred days are sent")
    messages = sent(stack, "stations")
    wanted = {number: expected.stations(number, reports) for number, reports in messages.items()}
    assert sum(map(len, messages.values())) == 100 * 15
    eventually(lambda: offsets(stack, "station_stats") == 100 * 15, "all of them are counted")
    assert checkpoints(stack, "station_stats") == wanted
    [picture] = stack.inside(stack.container("station-stats"), "python -m consumers.plot station").split()
    drawn = stack.home / "data" / "consumers" / "station_stats" / Path(picture).name
    assert "<svg" in drawn.read_text()


def days_of_statistics(stack: DockerStack) -> dict[str, int]:
    """Station → how many days its statistics are of."""
    found = stack.values("station_stats", "measurements")
    if found.empty:
        return {}
    return {str(name): int(days) for name, days in found.groupby("station").measurements.max().items()}


@pytest.mark.long
def test_the_application_trains_in_its_container_and_takes_up_the_model_that_a_person_chooses(
    stack: DockerStack,
) -> None:
    soon = {"STREAM_SOURCE": "stations", "STATIONS_DAYS": "100", "DATASET_SECONDS": "5", "FORECAST_SECONDS": "2"}
    soon |= {"TRAIN_MIN_DAYS": "98", "TRAIN_PAUSE_SECONDS": "100000"}
    stack.must("./build_setup.sh", **soon)
    everyone = dict.fromkeys("ABCDEFGHIJKLMNO", 100)
    eventually(lambda: days_of_statistics(stack) == everyone, "Spark has counted all days")
    eventually(lambda: predicted_and_observed(stack) == 98 * 15, "days are predicted, and then observed")
    rain = ModelFolder(stack.home / "data" / "forecast" / "stations" / "models", RAIN)
    eventually(lambda: len(list(rain.trained())) == 1, "a model is trained")
    [model] = rain.trained()
    assert model.metrics["dates"] == 98
    assert model.name in stack.must("./submit.sh", "models", **soon)
    stack.must("./submit.sh", "use", model.name, **soon)
    eventually(lambda: model.name in set(stack.values("rain_forecast", "model").model), "it predicts")


def predicted_and_observed(stack: DockerStack) -> int:
    """How many days of stations have a prediction and what came of it."""
    predicted, observed = (stack.values("rain_forecast", field) for field in ("probability", "observed"))
    return 0 if predicted.empty or observed.empty else len(predicted.merge(observed, on=["station", "_time"]))


@pytest.mark.long
def test_5_minute_files_become_hourly_means_by_one_setting(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", STREAM_SOURCE="uscrn", USCRN_DATE="20180301", STREAMING_TIME_DELTA="0.001")
    assert "wait for the first points in InfluxDB" in output
    eventually(lambda: len(stack.values("hourly_temperature", "mean_temp")) >= 3 * 23, "a day of hours")
    assert stack.values("hourly_temperature", "count")["count"].max() == 12


@pytest.mark.long
def test_the_days_of_one_place_are_counted_and_the_rows_of_the_table_in_its_topic_set_aside(stack: DockerStack) -> None:
    stack.must("./build_setup.sh", STREAM_SOURCE="place", STACK_PROFILES="consumers", PLACE_DAY_SECONDS="0.005")
    eventually(lambda: int(stack.status()["rows_sent"]) > 1000, "years of days are sent")
    requests.post(stack.streamer("/stop_streaming"), timeout=30).raise_for_status()
    messages = sent(stack, "temperatures")
    eventually(lambda: offsets(stack, "month_stats") == sum(map(len, messages.values())), "all of them are passed")
    for number, document in checkpoints(stack, "month_stats").items():
        days = [report for report in messages[number] if not report.key.startswith("Station")]
        assert document == expected.months(number, days) | {"offset": len(messages[number])}
    assert sum(map(len, messages.values())) > 1000


def offsets(stack: DockerStack, program: str) -> int:
    """How many messages the program's files have passed."""
    return sum(document["offset"] for document in checkpoints(stack, program).values())


@pytest.mark.long
def test_back_to_the_readings_nothing_of_all_that_is_left_running(stack: DockerStack) -> None:
    stack.must("./build_setup.sh")
    assert {found["Config"]["Labels"]["com.docker.compose.service"] for found in stack.containers()} == set(SERVICES)
    assert stack.status()["topic"] == "meteo"


def send(stack: DockerStack, value: bytes) -> None:
    """Put one message into the topic, from this machine."""
    kafka = settings.Kafka.load(stack.variables)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    producer.send(kafka.topic, value)
    producer.flush()
    producer.close()


@pytest.mark.long
def test_stopped_with_its_data_kept_it_goes_on_with_the_same_tokens(stack: DockerStack) -> None:
    secrets = {file.name: file.read_text() for file in (stack.home / "secrets").iterdir()}
    stack.must("./clean.sh", "--keep-data")
    assert not stack.containers()
    stack.must("./build_setup.sh", "--no-start")
    assert {file.name: file.read_text() for file in (stack.home / "secrets").iterdir()} == secrets
    expected = expected_points(SHIPPED)
    assert stack.count() == len(expected)
    assert stack.status()["state"] == "stopped"
    stack.must("./build_setup.sh")
    before = stack.rows_written()
    stack.must("./start-streaming.sh", "--restart")
    stack.set_delta(0)
    eventually(lambda: stack.status()["state"] == "finished", "the file is streamed again")
    eventually(lambda: stack.rows_written() >= before + len(expected), "every row is written again")
    assert_same_points(stack.points(), expected)


def test_cleaned_it_leaves_nothing_behind(stack: DockerStack) -> None:
    stack.must("./clean.sh", "--yes")
    assert not stack.left_behind()
    assert not stack.home.exists()
