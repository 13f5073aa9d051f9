"""The whole stack natively: up, streaming, disturbed, complete, up again, gone. The tests are chapters, in order."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from kafka import KafkaProducer

from grafana import queries
from stack.common import ports
from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack, assert_same_points, expected_points
from weather import settings
from weather.settings import programs
from weather.settings.forecast import Forecast
from weather.trained_models import RAIN, ModelFolder, TrainingState

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
SERVERS = ("kafka.Kafka", "influxd", "master.Master", "worker.Worker")
MAY_BE_EMPTY = {"overview: Silent stations", "pipeline: Queries with a problem"}
ELSEWHERE = ("spark_app/main.py", "kafka.Kafka", "influxd", "spark_app.launch")  # tests/faults kills them in CI
VICTIMS = ("-m datastream", *(pytest.param(name, marks=pytest.mark.long) for name in ELSEWHERE), "worker.Worker")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    made = RunningStack(tmp_path_factory.mktemp("my stack"))
    made.environment["TRAIN_CANDIDATES"] = "decision_tree"  # tests/forecast compares models
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


def test_bad_settings_are_told_all_at_once_and_nothing_is_started(stack: RunningStack, tmp_path: Path) -> None:
    truncated = tmp_path / "H_31_truncated.csv.gz"
    truncated.write_bytes(SHIPPED.read_bytes()[:200_000])
    result = stack.run("./build_setup.sh", "--native", METEO_DATA=str(truncated), KAFKA_PORT="http", INFLUXDB_PASS="x")
    assert result.returncode == 1
    for words in ("damaged or truncated after line", "KAFKA_PORT='http'", "INFLUXDB_PASS has fewer than 8"):
        assert words in result.stderr
    missing = stack.run("./build_setup.sh", "--native", METEO_DATA="/nonexistent")
    assert missing.returncode == 1
    assert "METEO_DATA=/nonexistent: there is no such file or folder" in missing.stderr
    assert not stack.processes()


def test_one_command_brings_everything_up_and_points_arrive(stack: RunningStack) -> None:
    output = stack.must("./build_setup.sh", "--native")
    assert "wait for the first points in InfluxDB" in output
    assert stack.count() > 0
    assert stack.status()["state"] == "running"
    for component in ("kafka", "influxdb", "spark-master", "spark-workers", "datastream", "spark-app"):
        assert f"\n{component} " in output
    assert "unhealthy" not in output and "Live page" in output
    assert any(daemon.children() for daemon in stack.processes("spark_app.python_daemon"))


def test_what_was_chosen_at_set_up_is_what_the_scripts_and_the_next_set_up_use(stack: RunningStack) -> None:
    brokers = [process.pid for process in stack.processes("kafka.Kafka")]
    assert f"127.0.0.1:{stack.environment['KAFKA_PORT']}" in stack.must_with_its_home_only("./status.sh")
    output = stack.must_with_its_home_only("./build_setup.sh")
    assert "settings of the last set-up: " in output
    assert f"KAFKA_PORT={stack.environment['KAFKA_PORT']} " in output
    assert [process.pid for process in stack.processes("kafka.Kafka")] == brokers != []


def test_each_jvm_maps_the_archive_of_its_classes(stack: RunningStack) -> None:
    of_spark = ("master.Master", "worker.Worker", "deploy.SparkSubmit", "CoarseGrainedExecutorBackend")
    for main, archive in {"kafka.Kafka": "kafka.jsa", **dict.fromkeys(of_spark, "spark.jsa")}.items():
        [jvm] = [process for process in stack.processes(main) if process.name() == "java"]
        assert any(mapped.path.endswith(archive) for mapped in jvm.memory_maps()), main


def test_the_live_page_and_its_metrics_answer(stack: RunningStack) -> None:
    assert "<html" in requests.get(stack.streamer("/"), timeout=5).text
    assert "datastream_rows_sent_total" in requests.get(stack.streamer("/metrics"), timeout=5).text
    assert requests.get(stack.streamer("/health"), timeout=10).status_code == 200


def test_the_dashboards_are_served_and_open_on_the_days_of_the_data(stack: RunningStack) -> None:
    address = f"http://127.0.0.1:{stack.environment['GRAFANA_PORT']}"
    assert requests.get(f"{address}/api/health", timeout=10).json()["database"] == "ok"
    served = {
        file.stem: json.loads(file.read_text())["time"] for file in (stack.home / "run" / "dashboards").glob("*.json")
    }
    january = {"from": "2014-01-01T00:00:00Z", "to": "2014-02-01T00:00:00Z"}
    assert served.pop("pipeline")["to"] == "now"
    assert served == dict.fromkeys(("overview", "station", "meteo", "statistics", "predictions"), january)
    assert f"Dashboards: {address}/" in stack.must("./build_setup.sh", "--native")


def test_the_metrics_of_streamer_spark_and_store_are_scraped(stack: RunningStack) -> None:
    eventually(lambda: stack.figure("datastream_rate", "gauge") > 0, "the streamer's metrics are there")
    eventually(lambda: stack.figure("storage_writer_ok_points", "sum") > 0, "InfluxDB's metrics are there")
    spark = "metrics_executor_ProcessTreeJVMRSSMemory_bytes"
    eventually(lambda: stack.figure(spark, "value") > 0, "Spark's metrics are there")


def test_nothing_listens_beyond_the_host_of_the_settings(stack: RunningStack) -> None:
    listening = set()
    for process in stack.processes():
        with contextlib.suppress(psutil.NoSuchProcess):  # a health check that is done
            found = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
            listening |= {(process.name(), connection.laddr.ip) for connection in found}
    assert {name for name, _ in listening} >= {"influxd", "java"}
    assert {ip.removeprefix("::ffff:") for _, ip in listening} == {"127.0.0.1"}


def test_no_secret_is_readable_by_others_logged_or_on_a_command_line(stack: RunningStack) -> None:
    files = sorted((stack.home / "secrets").iterdir())
    assert {f"influxdb_{kind}_token" for kind in ("admin", "write", "read")} <= {f.name for f in files}
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    tokens = [f.read_text().strip() for f in files if f.name.endswith("_token")]
    seen = [" ".join(process.info["cmdline"] or []) for process in stack.processes()]
    seen += [log.read_text(errors="replace") for log in (stack.home / "logs").glob("*.log*")]
    seen += [file.read_text() for file in (stack.home / "run").glob("*.conf")]
    assert not [token for token in tokens if any(token in text for text in seen)]


def test_the_rate_is_changed_live(stack: RunningStack) -> None:
    assert "0.01" in stack.must("./modify_streaming_timedelta.sh", "0.01")
    eventually(lambda: 95 <= stack.measured_rate() <= 105, "100 rows/s")
    refused = stack.run("./modify_streaming_timedelta.sh", "soon")
    assert refused.returncode == 1
    assert "is not a number of seconds" in refused.stderr
    assert stack.status()["time_delta"] == 0.01


def test_run_again_it_leaves_alone_what_runs(stack: RunningStack) -> None:
    before = {server: {process.pid for process in stack.processes(server)} for server in SERVERS}
    assert all(before.values())
    stack.must("./build_setup.sh", "--native")
    assert {server: {process.pid for process in stack.processes(server)} for server in SERVERS} == before
    assert stack.status()["state"] == "running"


def test_another_stack_on_the_same_ports_is_refused_with_the_settings_to_change(
    stack: RunningStack, tmp_path: Path
) -> None:
    result = stack.run("./build_setup.sh", "--native", STACK_HOME=str(tmp_path / "other"))
    assert result.returncode == 1
    for name in ("KAFKA_PORT", "INFLUXDB_PORT", "DATASTREAM_FLASK_PORT", "SPARK_UI_PORT"):
        assert name in result.stderr
    assert not (tmp_path / "other" / "data").exists()


def test_garbage_on_the_topic_is_set_aside_and_shown(stack: RunningStack) -> None:
    kafka = settings.Kafka.load(stack.variables)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    for value in (b"garbage", b"[]", b'{"T": "warm"}'):
        producer.send(kafka.topic, value)
    producer.close()
    eventually(lambda: " 3 dead letters" in stack.run("./status.sh").stdout, "status.sh counts the letters")


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_component_killed_with_9_comes_back(stack: RunningStack, victim: str) -> None:
    stack.set_delta(0.004)
    killed = {process.pid for process in stack.processes(victim)}
    stack.kill(victim)
    eventually(lambda: bool({p.pid for p in stack.processes(victim)} - killed), f"{victim} runs again")
    eventually(lambda: stack.run("./status.sh").returncode == 0, "everything is healthy again")


@pytest.mark.long
def test_a_master_killed_with_9_gets_an_application_again(stack: RunningStack) -> None:
    """A new master ends the executors of an application that it does not know: this one begins anew."""

    def drivers() -> set[int]:
        return {process.pid for process in stack.processes("spark_app/main.py")}

    before = drivers()
    stack.kill("master.Master")
    eventually(lambda: bool(drivers() - before), "a new driver")
    eventually(lambda: stack.run("./status.sh").returncode == 0, "everything is healthy again")


def test_after_all_that_the_store_holds_exactly_what_the_file_holds(stack: RunningStack) -> None:
    stack.set_delta(0)
    stack.streams_exactly(SHIPPED)


def test_every_panel_of_every_dashboard_is_filled_without_another_command(stack: RunningStack) -> None:
    boards = queries.load(stack.home / "run" / "dashboards")
    empty = {board["uid"]: queries.owners(board) for board in boards.values()}

    def still_empty() -> set[str]:
        for uid, panels in empty.items():
            empty[uid] = {panel for panel in panels if not stack.is_filled(boards[f"{uid}.json"], panel)}
        return {f"{uid}: {panel}" for uid, panels in empty.items() for panel in panels}

    eventually(lambda: still_empty() <= MAY_BE_EMPTY, "every panel has something to show")


def test_the_newest_prediction_is_for_the_day_after_the_data(stack: RunningStack) -> None:
    eventually(lambda: str(stack.values("rain_forecast", "probability")["_time"].max())[:10] == "2014-02-01", "it is")
    assert len(stack.values("rain_forecast", "probability")) > 1000


@pytest.mark.long
def test_a_person_may_train_on_what_the_store_holds(stack: RunningStack) -> None:
    models = ModelFolder(Forecast.load(stack.variables).models, RAIN)
    eventually(lambda: (state := TrainingState.load(models.folder)) is not None and state.state != "training",
               "automatic training is done")  # fmt: skip
    before = set(models.names())
    command = ("./submit.sh", "train", "--candidates", "decision_tree", "--from-store")
    none = stack.run(*command, "2013-01-01", "2013-02-01")
    assert none.returncode == 1 and "'meteo' has no points in this range of time" in none.stderr
    told = stack.must(*command, "2014-01-01", "2014-02-01")
    [name] = set(models.names()) - before
    [model] = [one for one in models.trained() if one.name == name]
    assert model.metrics["dates"] == 29 and name in told


def test_streamed_again_no_count_changes(stack: RunningStack) -> None:
    expected = expected_points(SHIPPED)
    before = stack.rows_written()
    stack.must("./start-streaming.sh", "--restart")
    eventually(lambda: stack.status()["state"] == "finished", "the file is streamed again")
    eventually(lambda: stack.rows_written() >= before + len(expected), "every row is written again")
    assert_same_points(stack.points(), expected)


def test_stopped_with_its_data_kept_it_goes_on(stack: RunningStack) -> None:
    before = stack.count()
    stack.must("./clean.sh", "--keep-data")
    assert not stack.processes()
    assert "event=query_stopped query=meteo" in (stack.home / "logs" / "spark-app.log").read_text()
    stack.must("./build_setup.sh", "--native", "--no-start")
    assert stack.count() == before
    assert stack.status()["state"] == "stopped"
    assert not stack.processes("spark_app/main.py")


def test_cleaned_it_leaves_nothing_behind(stack: RunningStack) -> None:
    stack.must("./clean.sh", "--yes")
    assert not stack.processes()
    assert not stack.home.exists()
    assert not [name for name in programs.ports() if ports.is_taken("127.0.0.1", int(stack.environment[name]))]
