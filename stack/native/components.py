"""The processes of native mode: the command line and environment of each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from stack.common import dashboards, profiles
from stack.common.environment import ROOT
from stack.native import class_data, venv
from stack.native.install import Installation
from stack.native.servers import hdfs_servers, kafka_server, mariadb
from stack.native.supervision.component import Component
from weather import java, settings
from weather.settings import programs, servers, sources

INFLUXDB_MEMORY = "2GiB"
"""Close to this size influxd collects garbage as often as needed to stay below it."""

CLEANUP = ("enabled=true", "appDataTtl=21600")
"""A worker removes the logs of an executor six hours after the end of its application."""

WHEN_IT_LISTENS = 'until (exec 3<>"/dev/tcp/$0/$1") 2>/dev/null; do sleep 0.1; done; shift; exec "$@"'
"""A script that waits for the host and port before a command. A worker that finds no master tries again only after
5 to 15 seconds."""


class Components:
    """Builds each component from the settings and the path of its program."""

    def __init__(self, variables: settings.Variables, installation: Installation) -> None:
        self._variables = variables
        self._installation = installation
        self._home = Path(variables.text("STACK_HOME"))
        self._listen = variables.host()
        self._reach = settings.client_host(self._listen)
        self._spark_classes = installation.class_data(class_data.SPARK)

    def all(self) -> list[Component]:
        """Every component that can run on this machine."""
        workers = servers.SparkCluster.load(self._variables).workers
        components = [self.kafka(), self.influxdb(), self.spark_master()]
        components += [self.spark_worker(number) for number in range(1, workers + 1)]
        if "database" in profiles.chosen(self._variables):
            components += [self.database(), self.weather_generator()]
        if "namenode" in profiles.chosen(self._variables):
            components += [self.namenode(), self.datanode()]
        components += [self.consumer(name) for name in profiles.consumers(self._variables)]
        components += [self.datastream(), self.spark_app(), self.class_data()]
        if (grafana := self._installation.grafana()) is not None:
            components.append(self.grafana(grafana))
        elif (page := self._installation.viewer_page()) is not None:
            components.append(self.viewer(page))
        return components

    def kafka(self) -> Component:
        jars = self._installation.kafka_jars()
        properties = kafka_server.prepare(self._variables, self._home)
        options = java.class_data(self._installation.class_data(class_data.KAFKA))
        version = _digest([properties])
        return Component(
            "kafka",
            kafka_server.java(self._variables, jars, options, "kafka.Kafka", str(properties)),
            {"CONFIGURATION": version},
            stop_seconds=30,
        )

    def influxdb(self) -> Component:
        data = self._home / "data" / "influxdb"
        options = {
            "bolt-path": data / "influxd.bolt",
            "sqlite-path": data / "influxd.sqlite",
            "engine-path": data / "engine",
            "http-bind-address": f"{self._listen}:{self._variables.port('INFLUXDB_PORT')}",
            "log-level": "warn",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        # Hardening stops queries from making InfluxDB connect to other machines of a private network.
        flags = ["--reporting-disabled", "--hardening-enabled"]
        environment = {"GOGC": self._variables.text("INFLUXDB_GOGC"), "GOMEMLIMIT": INFLUXDB_MEMORY}
        return Component("influxdb", [str(self._installation.influxd()), *flags, *arguments], environment)

    def spark_master(self) -> Component:
        arguments = ["--host", self._reach, "--port", self._variables.text("SPARK_MASTER_PORT")]
        page = ["--webui-port", self._variables.text("SPARK_UI_PORT")]
        return self._spark_daemon("spark-master", "org.apache.spark.deploy.master.Master", [*arguments, *page])

    def spark_worker(self, number: int) -> Component:
        arguments = ["--host", self._reach, "--webui-port", "0"]
        arguments += ["--cores", self._variables.text("SPARK_WORKER_CORES")]
        arguments += ["--memory", self._variables.text("SPARK_WORKER_MEMORY")]
        arguments += ["--work-dir", str(self._home / "data" / "spark" / f"worker-{number}")]
        master = f"spark://{self._reach}:{self._variables.text('SPARK_MASTER_PORT')}"
        worker = self._spark_daemon(
            f"spark-worker-{number}", "org.apache.spark.deploy.worker.Worker", [*arguments, master]
        )
        waiting = ["bash", "-c", WHEN_IT_LISTENS, self._reach, self._variables.text("SPARK_MASTER_PORT")]
        return replace(worker, command=[*waiting, *worker.command])

    def datastream(self) -> Component:
        return Component(
            "datastream",
            [str(self._installation.python()), "-m", "datastream"],
            self._settings("datastream") | self._code("datastream"),
        )

    def database(self) -> Component:
        at_start = mariadb.prepare(self._variables, self._home)
        command = mariadb.command(self._variables, self._home, at_start)
        return Component("database", command, {"CONFIGURATION": _digest([at_start])}, stop_seconds=30)

    def weather_generator(self) -> Component:
        return Component(
            "weather-generator",
            [str(self._installation.python()), "-m", "datastream.sources.sql.generator"],
            self._settings("weather-generator") | self._code("datastream"),
        )

    def namenode(self) -> Component:
        return self._hdfs("namenode", hdfs_servers.NAMENODE)

    def datanode(self) -> Component:
        return self._hdfs("datanode", hdfs_servers.DATANODE)

    def consumer(self, name: str) -> Component:
        """A program of `consumers`. It writes its files to CONSUMERS_DIR; the archive may go to this stack's HDFS."""
        topic = ["--topic", sources.first_topic(self._variables)] if name == "debug" else []
        return Component(
            name,
            [str(self._installation.python()), "-m", f"consumers.{name.replace('-', '_')}", *topic],
            self._settings(name) | self._code("consumers"),
            stop_seconds=40,
        )

    def spark_app(self) -> Component:
        self._installation.connector_jars()
        return Component(
            "spark-app",
            [str(self._installation.python()), "-m", "spark_app.launch"],
            self._settings("spark-app")
            | {"SPARK_LOCAL_IP": self._reach, "SPARK_CLASS_DATA": str(self._spark_classes)}
            | self._code("spark_app"),
            hand_on_signals=True,
            stop_seconds=40,
        )

    def class_data(self) -> Component:
        """The program that makes the archives of Java classes, at the lowest priority. It ends by itself."""
        groups = (servers.Installation, servers.KafkaServer, servers.SparkCluster, servers.Stack, settings.Kafka)
        given = self._variables.all()
        names = {name for group in groups for name in group.names()} | set(programs.ports()) | {"HOST", "STACK_CACHE"}
        command = [str(self._installation.python()), "-m", "stack.native.install", "class-data"]
        return Component(
            "class-data",
            ["nice", "-n", "19", *command],
            {name: given[name] for name in names if given.get(name)} | {"PYTHONPATH": str(ROOT)},
            once=True,
        )

    def grafana(self, home: Path) -> Component:
        secrets, provisioning = self._home / "secrets", ROOT / "grafana" / "provisioning"
        old = home / "bin" / "grafana-server"  # before Grafana 9.4 there was no `grafana server`
        new = home / "bin" / "grafana"
        server = [str(new), "server"] if new.exists() else [str(old)] if old.exists() else ["grafana", "server"]
        script = 'INFLUXDB_TOKEN="$(cat "$INFLUXDB_READ_TOKEN_FILE")" && export INFLUXDB_TOKEN && exec "$@"'
        environment = {
            "INFLUXDB_READ_TOKEN_FILE": str(secrets / "influxdb_read_token"),
            "INFLUXDB_URL": f"http://{self._reach}:{self._variables.port('INFLUXDB_PORT')}",
            "INFLUXDB_ORG": self._variables.text("INFLUXDB_ORG"),
            "INFLUXDB_BUCKET": self._variables.text("INFLUXDB_BUCKET"),
            "INFLUXDB_MONITORING_BUCKET": self._variables.text("INFLUXDB_MONITORING_BUCKET"),
            "GRAFANA_DASHBOARDS": str(dashboards.folder(self._home)),
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(
                dashboards.folder(self._home) / dashboards.home_file(self._variables)
            ),
            "GF_SERVER_HTTP_ADDR": self._listen,
            "GF_SERVER_HTTP_PORT": self._variables.text("GRAFANA_PORT"),
            "GF_PATHS_DATA": str(self._home / "data" / "grafana"),
            "GF_PATHS_LOGS": str(self._home / "logs" / "grafana"),
            "GF_PATHS_PROVISIONING": str(provisioning),
            "GF_SECURITY_ADMIN_USER": self._variables.text("GRAFANA_USER"),
            "GF_SECURITY_ADMIN_PASSWORD__FILE": str(secrets / "grafana_password"),
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        }
        command = ["sh", "-c", script, "grafana", *server, "--homepath", str(home)]
        return Component("grafana", command, environment | {"CONFIGURATION": _digest(_files(provisioning))})

    def viewer(self, page: Path) -> Component:
        """The dashboard viewer, which replaces a missing Grafana."""
        environment = self._settings("viewer") | {
            "VIEWER_BUNDLE": str(page),
            "GRAFANA_DASHBOARDS": str(dashboards.folder(self._home)),
        }
        command = [str(self._installation.python()), "-m", "grafana.viewer"]
        return Component("grafana", command, environment | self._code("grafana"))

    def _hdfs(self, name: str, main_class: str) -> Component:
        jars = self._installation.hadoop_jars()
        configuration = hdfs_servers.prepare(self._variables, jars, self._home)
        command = hdfs_servers.java(self._variables, jars, self._home, main_class)
        return Component(name, command, {"CONFIGURATION": _digest(_files(configuration))}, stop_seconds=30)

    def _spark_daemon(self, name: str, main_class: str, arguments: list[str]) -> Component:
        python = self._installation.python()
        spark_class = venv.site_packages(python) / "pyspark" / "bin" / "spark-class"
        environment = {
            "SPARK_LOCAL_IP": self._reach,
            "SPARK_DAEMON_MEMORY": "192m",
            "SPARK_DAEMON_CLASSPATH": f"{self._installation.connector_jars()}/*",
            "SPARK_DAEMON_JAVA_OPTS": java.line([*java.OPTIONS, *java.SMALL, *java.class_data(self._spark_classes)]),
            "SPARK_LAUNCHER_OPTS": " ".join(java.SMALL),
            "SPARK_WORKER_OPTS": " ".join(f"-Dspark.worker.cleanup.{option}" for option in CLEANUP),
            "SPARK_LOCAL_DIRS": str(self._home / "data" / "spark"),
            "PYSPARK_PYTHON": str(python),
        }
        return Component(name, [str(spark_class), main_class, *arguments], environment)

    def _settings(self, program: str) -> dict[str, str]:
        """The settings that a program reads, without empty ones."""
        given = self._variables.all()
        return {name: given[name] for name in programs.of_program(program) if given.get(name)}

    def _code(self, package: str) -> dict[str, str]:
        """The project's folder, and a digest of the code, so that the process is restarted if its code has changed."""
        files = [file for part in ("weather", package) for file in _files(ROOT / part)]
        return {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "CONFIGURATION": _digest(files)}


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
