"""Native mode: the operations of the scripts, done with local processes under the supervisor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stack.common import dashboards, environment, home, profiles
from stack.common.ports import Owner, ancestors
from stack.common.side_by_side import Task, run_all
from stack.common.steps import StepFailed, run, say
from stack.native import cache, class_data, debian
from stack.native.components import Components
from stack.native.install import Installation, install_debian_packages
from stack.native.servers import kafka_server
from stack.native.supervision.component import Component
from stack.native.supervision.supervisor import Supervisor, misread
from stack.native.waiting import Waiting
from weather import java, settings
from weather.errors import StackError
from weather.secrets import write_secret
from weather.settings import programs as settings_of
from weather.settings.servers import KafkaServer

MAX_HOME_LENGTH = 80
"""The path of a Unix socket may have about 100 characters, and the supervisor's socket is under STACK_HOME."""

PORTS = {
    "KAFKA_PORT": "kafka",
    "KAFKA_CONTROLLER_PORT": "kafka",
    "INFLUXDB_PORT": "influxdb",
    "SPARK_MASTER_PORT": "spark-master",
    "SPARK_UI_PORT": "spark-master",
    "SPARK_APP_UI_PORT": "spark-app",
    "DATASTREAM_FLASK_PORT": "datastream",
    "GRAFANA_PORT": "grafana",
}
"""Setting → the component that listens on its port."""

SERVERS = ("kafka", "influxdb", "spark-master")


class NativeMode:
    """Runs the stack as processes of this machine."""

    name = "native"

    def __init__(self, variables: settings.Variables) -> None:
        self._variables = variables
        self.home = Path(variables.text("STACK_HOME"))
        self._log = self.home / "logs" / "setup.log"
        self._installation = Installation(variables, self._log)
        self._supervisor = Supervisor(self.home)
        self._waiting = Waiting(variables, self._supervisor)

    def install(self) -> None:
        """Install everything that is missing into the cache, independent parts in parallel."""
        made = self._installation
        debian = "Debian packages"
        tasks = [
            Task("influxd", made.influxd, after=(debian, "influxd's modules")),
            Task("influxd's modules", made.influxd_sources),
            Task(debian, lambda: install_debian_packages(self._variables, self._log)),
            Task("Python packages", made.python),
            Task("Kafka's jars", made.kafka_jars, after=(debian,)),
            Task("Spark's Kafka connector", made.connector_jars, after=(debian,)),
        ]
        if "namenode" in profiles.chosen(self._variables):
            tasks.append(Task("HDFS's jars", made.hadoop_jars, after=(debian,)))
        if made.grafana() is None:
            tasks.append(Task("dashboards", self._install_viewer))
        run_all(tasks)

    def start_store(self) -> None:
        """Start InfluxDB alone."""
        self._configure()
        self._supervisor.start("influxdb")
        self._waiting.until_healthy("influxdb")

    def start_servers(self, application: bool) -> None:
        """Start Kafka, InfluxDB and Spark, then the chosen database and HDFS, and wait until they are healthy.

        If the Spark application is wanted, start it beside them: its driver waits for what it needs.
        """
        if KafkaServer.load(self._variables).monitor:
            say("    KAFKA_MONITOR: kafka-ui runs only in Docker mode; in native mode use ./status.sh and the metrics")
            say("    of the pipeline in the bucket of INFLUXDB_MONITORING_BUCKET")
        components = self._configure()
        beside = profiles.started(self._variables, self.name)
        beside_kafka = [c.name for c in components if c.name in SERVERS[1:] or _is_worker(c)]
        self._supervisor.start(*beside_kafka, *(["spark-app"] if application else []))
        self._format_kafka_storage()
        self._supervisor.start("kafka")
        self._waiting.until_healthy("kafka", "influxdb", "spark-master", "spark-workers")
        if "database" in beside:
            self._supervisor.start("database")
            self._waiting.until_healthy("database")
            self._supervisor.start("weather-generator")
            self._waiting.until_running("weather-generator")
        if "namenode" in beside:
            self._supervisor.start("namenode", "datanode")
            self._waiting.until_healthy("namenode")

    def _configure(self) -> list[Component]:
        profiles.keep_sql_password(self._variables)
        components = Components(self._variables, self._installation).all()
        self._supervisor.configure(components)
        self._supervisor.start_daemon(self._installation.python(), environment.of_process(self._variables))
        return components

    def _format_kafka_storage(self) -> None:
        jars, archive = self._installation.kafka_jars(), self._installation.class_data(class_data.KAFKA)
        kafka_server.format_storage(self._variables, jars, java.class_data(archive), self.home)

    def provision(self) -> None:
        """Create InfluxDB's buckets and tokens, then start the streamer, the dashboards and the consumers."""
        command = [str(self._installation.python()), "-m", "influxdb.setup"]
        run("InfluxDB set-up", command, self._log, env=environment.of_python_program(self._variables))
        write_secret(self.home / "secrets" / "grafana_password", self._variables.text("GRAFANA_PASS"))
        dashboards.prepare(self._variables)
        self._supervisor.start("datastream")
        self._waiting.until_healthy("datastream")
        if self.serves_dashboards():
            self._supervisor.start("grafana")
            self._waiting.until_healthy("grafana")
        self._supervisor.start(*profiles.consumers(self._variables))
        self._waiting.until_running(*profiles.consumers(self._variables))

    def _install_viewer(self) -> None:
        """Install the page that shows the dashboards if there is no Grafana; the stack also runs without it."""
        try:
            self._installation.viewer()
        except StepFailed as error:
            say(f"    no dashboards: there is no Grafana (GRAFANA_HOME), and building the viewer failed: {error}")

    def submit(self) -> None:
        """Start the Spark application, or restart it if its jobs have changed. It waits for its topic."""
        self._supervisor.renew(Components(self._variables, self._installation).spark_app())
        self._supervisor.start("spark-app")

    def prepare_next_start(self) -> None:
        """Make the archives of Java classes in the background, unless they exist or the cache is read-only."""
        if not self._installation.has_class_data() and cache.is_writable(Path(self._variables.text("STACK_CACHE"))):
            say("\nIn the background, once per machine: archives of Java classes, with which the next start is faster.")
            self._supervisor.start("class-data")

    def batch_command(self, module: str, arguments: list[str], folders: list[Path]) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of a batch program of the application."""
        python = str(self._installation.python())
        self._installation.connector_jars()
        classes = str(self._installation.class_data(class_data.SPARK))
        spark = {"PYSPARK_PYTHON": python, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CLASS_DATA": classes}
        return [python, "-m", module, *arguments], environment.of_python_program(self._variables) | spark

    def tool_command(self, module: str, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of a program that only needs Kafka."""
        command = [str(self._installation.python()), "-m", module, *arguments]
        return command, environment.of_python_program(self._variables)

    def wait_for_application(self) -> None:
        """Return when the application has executors."""
        self._waiting.until_healthy("spark-app")

    def stop_components(self, *names: str) -> None:
        """Stop these components, one after the other; those that do not run are left alone."""
        for name in names:
            self._supervisor.stop(name)

    def is_up(self) -> bool:
        """Whether the supervisor of this STACK_HOME runs."""
        return self._supervisor.is_running()

    def states(self) -> dict[str, str]:
        """Component → its state as the supervisor reports it."""
        return self._supervisor.states()

    def stop(self) -> None:
        """Stop every process, those that write before those that store. The data stays."""
        self._supervisor.shut_down(first=profiles.WRITERS)

    def remove_data(self) -> None:
        """Remove all of STACK_HOME: data, topics, checkpoints, secrets and logs belong together."""
        home.remove(self.home)

    def problems(self) -> Iterator[str]:
        """Yield what is missing or wrong for native mode, unless the set-up installs it."""
        try:
            place, missing = Path(self._variables.text("STACK_CACHE")), self._installation.missing()
            if missing and not cache.is_writable(place):
                yield cache.advice(place, missing)
            yield from debian.machine_problems(self._variables)
        except StackError as error:  # INFLUXD names no program
            yield str(error)
        supervised = set(settings_of.PROGRAMS) - {"setup"}
        for name in sorted({name for program in supervised for name in settings_of.of_program(program)}):
            if misread(self._variables.optional(name)):
                yield f"{name}={self._variables.optional(name)!r}: quotes, ' ;' and ' #' are not allowed in native mode"
        grafana = self._installation.grafana()
        if grafana is not None and not grafana.is_dir():
            yield f"GRAFANA_HOME={grafana} is not a folder"
        if len(str(self.home)) > MAX_HOME_LENGTH:
            yield (
                f"STACK_HOME={self.home} is longer than {MAX_HOME_LENGTH} characters, too long for a Unix socket: "
                "choose a shorter path"
            )

    def port_settings(self) -> list[str]:
        """The settings that name a port of this mode."""
        started = profiles.started(self._variables, self.name)
        beside = [name for name, component in profiles.PORTS.items() if component in started]
        return [name for name in PORTS if name != "GRAFANA_PORT" or self.serves_dashboards()] + beside

    def owns(self, setting: str, owner: Owner) -> bool:
        """Whether the process that listens on a port belongs to this stack. If it cannot be seen, assume so."""
        if not self.is_up():
            return owner.pid in self._supervisor.orphans()
        return owner.pid is None or self._supervisor.pid() in ancestors(owner.pid)

    def serves_dashboards(self) -> bool:
        """Whether Grafana or the dashboard viewer is installed."""
        return self._installation.grafana() is not None or self._installation.viewer_page() is not None

    def log_of(self, component: str) -> str:
        return str(self._supervisor.log(component))


def _is_worker(component: Component) -> bool:
    return component.name.startswith("spark-worker-")
