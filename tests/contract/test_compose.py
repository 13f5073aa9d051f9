"""The compose files and Dockerfiles say the same as the settings, the code and native mode."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack.common import profiles
from stack.docker import environment as compose_environment
from stack.docker import mode as compose
from stack.docker.mode import ComposeMode
from stack.native import hdfs_servers, kafka_server
from stack.native.mode import PORTS as NATIVE_PORTS
from testing.environment import ROOT, settings_environment
from tests.tools import go_programs
from weather import settings
from weather.errors import SettingsError
from weather.settings import programs

MAIN, MONITOR = ROOT / "docker-compose.yml", ROOT / "docker-compose.monitor.yml"
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:?[-?+][^}]*)?\}")
OURS = {"datastream": ROOT / "datastream" / "Dockerfile", "spark-master": ROOT / "spark_app" / "Dockerfile"}
ONE_SHOT = {"setup"}
MOUNTED_WHEN_MADE = ("secrets", "data/mariadb", "data/consumers", "data/forecast", "run/dashboards")
"""The folders of STACK_HOME that the set-up makes before it starts containers."""

Service = dict[str, Any]


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """What settings.sh makes of an environment without settings."""
    return settings_environment()


def config(environment: dict[str, str], *files: Path, profiles: bool = True) -> subprocess.CompletedProcess[str]:
    """`docker compose config` over these files, with every profile on."""
    where = [word for file in files for word in ("--file", str(file))]
    every = ["--profile", "*"] if profiles else []
    command = [*go_programs.compose(), *where, *every, "config", "--format", "json"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def read(environment: dict[str, str], *files: Path) -> dict[str, Any]:
    """The project as Compose understands it."""
    result = config(environment, *files)
    assert result.returncode == 0, result.stderr
    project = yaml.safe_load(result.stdout)
    assert isinstance(project, dict)
    return project


@pytest.fixture(scope="module")
def project(environment: dict[str, str]) -> dict[str, Any]:
    return read(environment, MAIN, MONITOR)


@pytest.fixture(scope="module")
def services(project: dict[str, Any]) -> dict[str, Service]:
    found = project["services"]
    assert isinstance(found, dict)
    return found


def variables_of(file: Path) -> set[str]:
    """The ${VARIABLES} of a compose file, comments left out."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    return {match[1] for match in VARIABLE.finditer("\n".join(lines))}


def names_in_settings() -> set[str]:
    return set(re.findall(r'^: "\$\{(\w+):=', (ROOT / "settings.sh").read_text(), re.MULTILINE))


# --- Compose accepts them, and only with all settings


@pytest.mark.parametrize("files", [(MAIN,), (MAIN, MONITOR)], ids=["without KAFKA_MONITOR", "with KAFKA_MONITOR"])
def test_compose_accepts_the_files_with_the_settings_and_without_a_warning(
    environment: dict[str, str], files: tuple[Path, ...]
) -> None:
    result = config(environment, *files)
    assert (result.returncode, result.stderr) == (0, "")


def test_kafka_monitor_adds_kafka_ui_and_nothing_else(environment: dict[str, str]) -> None:
    without, with_it = read(environment, MAIN)["services"], read(environment, MAIN, MONITOR)["services"]
    assert set(with_it) - set(without) == {"kafka-ui"}


def test_the_one_shot_set_up_is_not_started_with_the_rest(environment: dict[str, str]) -> None:
    result = config(environment, MAIN, profiles=False)
    assert set(yaml.safe_load(result.stdout)["services"]) == set(compose.COMPONENTS)


def test_the_services_of_a_profile_are_those_that_the_set_up_starts_with_it(services: dict[str, Service]) -> None:
    given = {name: service.get("profiles", []) for name, service in services.items() if name not in ONE_SHOT}
    found = {profile: {name for name, of in given.items() if profile in of} for profile in profiles.PROFILES}
    absent = set(profiles.ABSENT["docker"])
    assert found == {profile: set(names) - absent for profile, names in profiles.PROFILES.items()}
    assert {name for name, of in given.items() if not of} == set(compose.COMPONENTS)


def test_an_unknown_profile_is_told_with_those_there_are() -> None:
    mode = ComposeMode(settings.Variables(settings_environment(STACK_PROFILES="sql, spqr")))
    with pytest.raises(SettingsError, match="no profile is called spqr; there are consumers, sql, hdfs, monitor"):
        mode.port_settings()


@pytest.mark.parametrize("name", sorted((variables_of(MAIN) | variables_of(MONITOR)) & names_in_settings()))
def test_a_missing_setting_stops_compose_with_its_name(environment: dict[str, str], name: str) -> None:
    result = config({k: v for k, v in environment.items() if k != name}, MAIN, MONITOR)
    assert result.returncode != 0
    assert f"required variable {name} is missing" in result.stderr


def test_every_variable_is_a_setting_or_derived_from_settings() -> None:
    given_by_compose = {"COMPOSE_PROJECT_NAME"}
    used = variables_of(MAIN) | variables_of(MONITOR)
    assert used - names_in_settings() - given_by_compose == set(compose_environment.DERIVED)


def test_what_is_derived_reaches_compose(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose_environment, "container_user", lambda: (1234, 5678))
    changed = environment | {"HOST": "0.0.0.0", "KAFKA_HEAP": "2g", "SPARK_DRIVER_MEMORY": "1g", "HDFS_HEAP": "500m"}
    derived = ComposeMode(settings.Variables(changed)).environment()
    assert set(derived) - set(changed) == set(compose_environment.DERIVED)
    found = read(derived, MAIN)["services"]
    assert "HOST://127.0.0.1:9092" in found["broker"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert found["broker"]["mem_limit"] == str((2048 + 512) * 2**20)
    assert found["datanode"]["mem_limit"] == str((500 + 300) * 2**20)
    assert found["spark-app"]["mem_limit"] == str((1024 + 768 + 512) * 2**20), "driver and training"
    assert found["grafana"]["user"].split(":")[0] == "1234"
    assert found["datastream"]["build"]["args"]["APP_UID"] == "1234"
    assert {port["host_ip"] for port in ports(found)} == {"0.0.0.0"}


def test_a_derived_variable_has_a_default_that_fits_the_default_settings(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose_environment, "container_user", lambda: (1000, 1000))
    derived = ComposeMode(settings.Variables(environment)).environment() | {"SECRETS_VERSION": ""}
    assert read(derived, MAIN) == read(environment, MAIN)


# --- what the files point at exists


def test_every_path_of_the_project_that_is_mounted_or_built_from_exists(
    environment: dict[str, str], project: dict[str, Any]
) -> None:
    home = Path(environment["STACK_HOME"])
    paths = [Path(secret["file"]) for secret in project["secrets"].values()]
    for service in project["services"].values():
        paths += [Path(mount["source"]) for mount in service.get("volumes", []) if mount["type"] == "bind"]
        if "build" in service:
            paths.append(Path(service["build"]["context"]) / service["build"]["dockerfile"])
    made_by_set_up = {path for path in paths for made in MOUNTED_WHEN_MADE if path.is_relative_to(home / made)}
    assert [path for path in paths if path not in made_by_set_up and not path.exists()] == []
    assert len(paths) > len(made_by_set_up) > 0


def test_a_missing_mounted_path_is_an_error_and_not_an_empty_folder_of_roots() -> None:
    for service in yaml.safe_load(MAIN.read_text())["services"].values():
        for mount in service.get("volumes", []):
            if isinstance(mount, dict) and mount["type"] == "bind":
                assert mount["bind"] == {"create_host_path": False}
            elif isinstance(mount, str):
                assert re.fullmatch(r"[a-z]+:/.*", mount), "short syntax is for named volumes only"


def copied(dockerfile: Path) -> Iterator[str]:
    """The paths of the project that a Dockerfile copies."""
    for line in re.sub(r"\\\n", " ", dockerfile.read_text()).splitlines():
        words = line.split()
        if words[:1] == ["COPY"] and not words[1].startswith("--from"):
            yield from (word for word in words[1:-1] if not word.startswith("--"))


def is_in_build_context(path: str) -> bool:
    """What .dockerignore lets through: the last pattern that fits decides."""
    included = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path.split("/")[0], pattern):
            included = line.startswith("!")
    return included


@pytest.mark.parametrize("dockerfile", OURS.values(), ids=OURS)
def test_every_copied_path_exists_and_is_in_the_build_context(dockerfile: Path) -> None:
    paths = list(copied(dockerfile))
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [path for path in paths if not is_in_build_context(path)] == []


def test_the_build_context_leaves_out_data_secrets_and_history() -> None:
    assert not any(is_in_build_context(path) for path in (".git", ".stack", "data", "tests", "docs", "settings.sh"))


def test_the_dockerfiles_get_the_arguments_that_they_ask_for(services: dict[str, Service]) -> None:
    for service, dockerfile in OURS.items():
        build = services[service]["build"]
        assert Path(build["context"]) / build["dockerfile"] == dockerfile
        assert set(build["args"]) == set(re.findall(r"^ARG (\w+)", dockerfile.read_text(), re.MULTILINE))


def commands(services: dict[str, Service]) -> Iterator[tuple[str, str]]:
    """Service → the words that it runs, health check included."""
    for name, service in services.items():
        words = [*(service.get("entrypoint") or []), *(service.get("command") or [])]
        yield name, " ".join([*words, *service.get("healthcheck", {}).get("test", [])])
    for name, dockerfile in OURS.items():
        yield name, " ".join(re.findall(r'"([^"]*)"', re.findall(r"^CMD (.*)$", dockerfile.read_text(), re.M)[-1]))


def test_every_python_module_and_script_in_a_command_exists(services: dict[str, Service]) -> None:
    modules, scripts = set(), set()
    for name, command in commands(services):
        dockerfile = OURS["spark-master" if name.startswith("spark") else "datastream"]
        modules |= {(dockerfile, module) for module in re.findall(r"python -m ([\w.]+)", command)}
        scripts |= set(re.findall(r"/app/([\w/]+\.py)", command))
    assert {module for _, module in modules} == {
        "datastream", "influxdb.setup", "spark_app.launch", "consumers.debug", "datastream.sources.sql.generator",
        "consumers.station_stats", "consumers.month_stats", "consumers.parquet",
    }  # fmt: skip
    for dockerfile, module in modules:
        assert importlib.util.find_spec(module), module
        assert module.split(".")[0] in copied(dockerfile)
    assert scripts == {"spark_app/main.py"}
    assert all((ROOT / script).exists() for script in scripts)


def test_the_code_of_an_image_is_all_that_its_programs_import() -> None:
    for dockerfile, package in ((OURS["datastream"], "datastream"), (OURS["datastream"], "influxdb"),
                                (OURS["datastream"], "consumers"), (OURS["spark-master"], "spark_app")):  # fmt: skip
        ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
        sources = [file.read_text() for file in (ROOT / package).rglob("*.py")]
        imported = {name for text in sources for name in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)}
        assert imported & ours <= set(copied(dockerfile))


# --- the services get what their programs ask for


LOADED = {name: groups for name, groups in programs.PROGRAMS.items() if name != "viewer"}
"""Service of ours → the settings that its program loads."""


def in_container(services: dict[str, Service], name: str) -> settings.Variables:
    """The environment of a container of ours: the image's, the service's, and what its command exports."""
    dockerfile = OURS["spark-master" if name.startswith("spark") else "datastream"]
    image = dict(re.findall(r"(\w+)=(/\S+)", dockerfile.read_text()))
    exported = dict.fromkeys(re.findall(r"export (\w+)", dict(commands(services))[name]), "from a file")
    return settings.Variables(image | services[name]["environment"] | exported)


@pytest.mark.parametrize("name", LOADED)
def test_a_container_has_every_setting_that_its_program_reads(services: dict[str, Service], name: str) -> None:
    variables = in_container(services, name)
    assert [problem for group in LOADED[name] for problem in group.problems(variables)] == []


@pytest.mark.parametrize("name", LOADED)
def test_a_container_gets_no_setting_that_its_program_does_not_read(services: dict[str, Service], name: str) -> None:
    read_there = {setting for group in LOADED[name] for setting in group.names()}
    extra = set(services[name]["environment"]) - read_there - {"NO_PROXY", "no_proxy"}
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
    inside = {"HOST", "STACK_HOME", "METEO_DATA", "USCRN_DATA", "SQL_HOST", "SQL_PORT", "CONSUMERS_DIR", *NATIVE_PORTS}
    inside |= {"RAIN_DATASET_DIR", "MODELS_DIR"}
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


# --- ports, health, images, users, secrets


def ports(services: dict[str, Service]) -> Iterator[dict[str, Any]]:
    for service in services.values():
        yield from service.get("ports", [])


PROFILE_PORTS = {name: service for name, service in profiles.PORTS.items() if service in profiles.services()}


def test_every_port_is_published_on_host_only() -> None:
    services = read(settings_environment(HOST="127.0.0.9"), MAIN, MONITOR)["services"]
    found = list(ports(services))
    assert len(found) == len(compose.PORTS) + len(PROFILE_PORTS)
    assert {port["host_ip"] for port in found} == {"127.0.0.9"}


def test_the_published_ports_are_those_of_native_mode() -> None:
    numbers = {name: str(20000 + n) for n, name in enumerate([*NATIVE_PORTS, *PROFILE_PORTS])}
    services = read(settings_environment(**numbers), MAIN, MONITOR)["services"]
    published = {
        name: service
        for service, found in services.items()
        for port in found.get("ports", [])
        for name, number in numbers.items()
        if port["published"] == number
    }
    assert published == compose.PORTS | PROFILE_PORTS
    inside = {"KAFKA_CONTROLLER_PORT"}  # with containers, nobody outside the broker's speaks to it
    assert set(compose.PORTS) == set(NATIVE_PORTS) - inside
    assert {name: compose.COMPONENTS[compose.PORTS[name]] for name in compose.PORTS} == {
        name: component for name, component in NATIVE_PORTS.items() if name not in inside
    }


def test_a_worker_can_be_scaled(services: dict[str, Service], environment: dict[str, str]) -> None:
    assert "ports" not in services["spark-worker"]
    assert not any("container_name" in service for service in services.values())
    three = read(environment | {"SPARK_WORKER_NUMBER": "3"}, MAIN)["services"]["spark-worker"]
    assert 3 in (three.get("scale"), three.get("deploy", {}).get("replicas"))


def test_every_lasting_service_has_a_health_check_restarts_and_rotates_its_log(services: dict[str, Service]) -> None:
    for name in set(services) - ONE_SHOT:
        service = services[name]
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["restart"] == "unless-stopped", name
    for name, service in services.items():
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        assert int(service["mem_limit"]) <= 2 * 2**30, name


def test_services_wait_for_the_health_of_what_they_need(services: dict[str, Service]) -> None:
    waits = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    assert waits == {
        "broker": set(), "influxdb": set(), "spark-master": set(), "spark-worker": {"spark-master"},
        "setup": {"influxdb"}, "datastream": {"broker"}, "grafana": {"influxdb"}, "kafka-ui": {"broker"},
        "spark-app": {"broker", "influxdb", "spark-master", "spark-worker"},
        "debug": {"broker"}, "station-stats": {"broker"}, "month-stats": {"broker"}, "parquet": {"broker"},
        "database": set(), "weather-generator": {"database"}, "namenode": set(), "datanode": {"namenode"},
    }  # fmt: skip
    for service in services.values():
        assert {need["condition"] for need in service.get("depends_on", {}).values()} <= {"service_healthy"}


def test_images_are_the_pinned_ones_of_the_settings_or_ours(
    services: dict[str, Service], environment: dict[str, str], project: dict[str, Any]
) -> None:
    pinned = {environment[name] for name in names_in_settings() if name.endswith("_IMAGE")}
    for image in pinned:
        assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", image), f"{image} has no version"
    ours = {f"{project['name']}-datastream", f"{project['name']}-spark"}
    assert {service["image"] for service in services.values()} | {environment["PYTHON_IMAGE"],
            environment["MAVEN_IMAGE"]} == pinned | ours  # fmt: skip
    assert {service["image"] for service in services.values() if "build" in service} == ours
    for dockerfile in OURS.values():
        sources = re.findall(r"^FROM (\S+)", dockerfile.read_text(), re.MULTILINE)
        assert set(sources) <= {"${PYTHON_IMAGE}", "${MAVEN_IMAGE}"}


def test_images_hold_the_spark_that_its_connector_is_for(environment: dict[str, str]) -> None:
    pins = (ROOT / "requirements" / "constraints.txt").read_text().splitlines()
    assert f"pyspark=={environment['SPARK_VERSION']}" in pins


def test_nothing_runs_as_root_or_with_more_rights_than_it_needs(services: dict[str, Service]) -> None:
    for dockerfile in OURS.values():
        last_stage = dockerfile.read_text().rpartition("\nFROM ")[2]
        assert re.findall(r"^USER (\w+)", last_stage, re.MULTILINE) == ["app"]
    for name, service in services.items():
        assert str(service.get("user", "image's own")).split(":")[0] not in ("0", "root"), name
        assert "privileged" not in service, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_no_secret_is_in_an_environment_a_label_a_command_or_an_image() -> None:
    secret = {"INFLUXDB_PASS": "a-pass-of-influxdb", "GRAFANA_PASS": "a-pass-of-grafana"}
    result = config(settings_environment(**secret), MAIN, MONITOR)
    assert result.returncode == 0
    assert not any(value in result.stdout for value in secret.values())
    suspicious = re.compile(r"TOKEN|PASS|SECRET_KEY")
    harmless = re.compile(r"_FILE$|^MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$")
    for service in yaml.safe_load(result.stdout)["services"].values():
        given = [*service.get("environment", {}), *service.get("build", {}).get("args", {})]
        assert [name for name in given if suspicious.search(name) and not harmless.search(name)] == []


def test_what_runs_in_our_images_can_write_to_its_volumes_only(services: dict[str, Service]) -> None:
    ours = {name for name, service in services.items() if service["image"].endswith(("-datastream", "-spark"))}
    assert ours >= {"datastream", "spark-master", "spark-worker", "spark-app", "setup"}
    assert {name for name, service in services.items() if service.get("read_only")} == ours


def test_the_documents_state_the_sum_of_the_memory_limits(services: dict[str, Service]) -> None:
    lasting = [service for name, service in services.items() if name not in ONE_SHOT and "profiles" not in service]
    copies = [service.get("scale") or service.get("deploy", {}).get("replicas", 1) for service in lasting]
    total = sum(int(service["mem_limit"]) * number for service, number in zip(lasting, copies, strict=True))
    assert f"{total / 2**30:.1f} GiB" in (ROOT / "docs" / "operations.md").read_text()


def test_each_token_reaches_only_the_service_that_needs_it(services: dict[str, Service]) -> None:
    mounted = {
        name: {secret["source"] for secret in service["secrets"]}
        for name, service in services.items()
        if service.get("secrets")
    }
    write, read_only = {"influxdb_write_token"}, {"influxdb_read_token", "grafana_password"}
    table = {"sql_password"}
    assert mounted == {
        "datastream": table, "spark-worker": write, "spark-app": write, "grafana": read_only, "database": table,
        "weather-generator": table,
    }  # fmt: skip
    assert set(compose_environment.SECRETS) == write | read_only | table
    whole_folder = {
        name
        for name, service in services.items()
        for mount in service.get("volumes", [])
        if mount["type"] == "bind" and "secrets" in mount["source"]
    }
    assert whole_folder == {"setup"}


def test_secrets_are_the_files_that_the_set_up_writes(environment: dict[str, str], project: dict[str, Any]) -> None:
    influxdb = settings.InfluxDB.load(settings.Variables(environment))
    files = {name: Path(secret["file"]) for name, secret in project["secrets"].items()}
    assert files["influxdb_write_token"] == influxdb.write_token_file
    assert files["influxdb_read_token"] == influxdb.read_token_file
    assert files["grafana_password"] == influxdb.secrets / "grafana_password"
    in_setup = next(m for m in project["services"]["setup"]["volumes"] if m["type"] == "bind")
    assert (in_setup["source"], in_setup["target"]) == (
        str(influxdb.secrets), project["services"]["setup"]["environment"]["SECRETS_DIR"],
    )  # fmt: skip


def test_the_broker_is_configured_as_in_native_mode(services: dict[str, Service], environment: dict[str, str]) -> None:
    native = kafka_server.server_properties(settings.Variables(environment), Path("/data"))
    in_docker = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in services["broker"]["environment"].items()
        if name != "KAFKA_HEAP_OPTS"
    }
    differ = re.compile(r"listener|quorum|log\.dirs")
    same = {k: v for k, v in (line.split("=", 1) for line in native.splitlines()) if not differ.search(k)}
    assert {k: v for k, v in in_docker.items() if not differ.search(k)} == same
    assert services["broker"]["environment"]["KAFKA_HEAP_OPTS"] == f"-Xmx{environment['KAFKA_HEAP']}"


def test_hdfs_is_configured_as_in_native_mode(services: dict[str, Service], environment: dict[str, str]) -> None:
    native = hdfs_servers.configuration(settings.Variables(environment), Path("/data"))
    addresses = re.compile(r"address|hostname|defaultFS|bind-host|\.dir$")
    for name in ("namenode", "datanode"):
        given = services[name]["environment"]
        in_docker = {key.partition(".XML_")[2]: value for key, value in given.items() if ".XML_" in key}
        assert set(in_docker) == set(native)
        assert {k: v for k, v in in_docker.items() if not addresses.search(k)} == {
            k: v for k, v in native.items() if not addresses.search(k)
        }
        assert given["HADOOP_HEAPSIZE_MAX"] == environment["HDFS_HEAP"]


def test_the_data_node_listens_on_the_ports_that_it_tells_its_clients(environment: dict[str, str]) -> None:
    numbers = {name: str(20000 + n) for n, (name, of) in enumerate(profiles.PORTS.items()) if of == "datanode"}
    datanode = read(environment | numbers, MAIN)["services"]["datanode"]
    assert {(port["published"], str(port["target"])) for port in datanode["ports"]} == {
        (number, number) for number in numbers.values()
    }
    listening = {value.rpartition(":")[2] for key, value in datanode["environment"].items() if "dfs.datanode." in key}
    assert set(numbers.values()) <= listening


def test_an_empty_storage_of_the_name_node_is_formatted_once(services: dict[str, Service]) -> None:
    given = services["namenode"]["environment"]
    kept = given["HDFS-SITE.XML_dfs.namenode.name.dir"].removeprefix("file://")
    assert given["ENSURE_NAMENODE_DIR"] == f"{kept}/current"
    assert "ENSURE_NAMENODE_DIR" not in services["datanode"]["environment"]


def test_the_archive_is_in_the_hdfs_of_its_profile(environment: dict[str, str]) -> None:
    def archive(**changes: str) -> str:
        services = read(environment | changes, MAIN)["services"]
        return settings.Consumers.load(in_container(services, "parquet")).archive

    assert archive() == ""
    assert archive(STACK_PROFILES="consumers, hdfs") == "webhdfs://hadoop@namenode:9870/"
    assert archive(STACK_PROFILES="consumers,hdfs", ARCHIVE_URI="webhdfs://boss:9870/") == "webhdfs://boss:9870/"
    namenode = read(environment, MAIN)["services"]["namenode"]
    assert 9870 in {port["target"] for port in namenode["ports"]}


def test_an_archive_that_no_container_sees_is_refused() -> None:
    given = settings.Variables(settings_environment(ARCHIVE_URI="/archive"))
    with pytest.raises(SettingsError, match="ARCHIVE_URI=/archive is a path"):
        ComposeMode(given).environment()


def test_grafana_gets_the_same_variables_as_in_native_mode(services: dict[str, Service]) -> None:
    provisioning = "\n".join(f.read_text() for f in (ROOT / "grafana" / "provisioning").rglob("*.yml"))
    asked_for = set(re.findall(r"\$(?:__env)?\{?([A-Z][A-Z0-9_]+)\}?", provisioning))
    exported = set(re.findall(r"export (\w+)", " ".join(services["grafana"]["entrypoint"])))
    given = set(services["grafana"]["environment"]) | exported
    assert asked_for
    assert asked_for <= given


def test_services_stand_in_the_order_in_which_data_flows() -> None:
    order = list(yaml.safe_load(MAIN.read_text())["services"])
    assert order == [
        "datastream", "broker", "spark-master", "spark-worker", "spark-app", "influxdb", "setup", "grafana",
        "debug", "station-stats", "month-stats", "parquet", "database", "weather-generator", "namenode", "datanode",
    ]  # fmt: skip
