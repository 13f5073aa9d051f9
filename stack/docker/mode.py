"""Docker mode: the operations of the scripts, done with Docker Compose.

Containers run as the user who owns the secret files, because Compose mounts those files as they are. If root sets the
stack up, this is a user without rights. Each STACK_HOME is a Compose project of its own, so that its volumes and its
secrets always belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from stack.common import dashboards, health, home, profiles
from stack.common.ports import Owner
from stack.common.steps import StepFailed, say, wait_until
from stack.docker import engine
from stack.docker import environment as compose_environment
from stack.docker.project import Container, Project, name_of
from weather import settings
from weather.errors import SettingsError
from weather.secrets import ensure_secret, keep_secret, write_secret
from weather.settings import sources
from weather.settings.servers import Stack

PORTS = {
    "KAFKA_PORT": "broker",
    "INFLUXDB_PORT": "influxdb",
    "SPARK_MASTER_PORT": "spark-master",
    "SPARK_UI_PORT": "spark-master",
    "SPARK_APP_UI_PORT": "spark-app",
    "DATASTREAM_FLASK_PORT": "datastream",
    "GRAFANA_PORT": "grafana",
}
"""Setting → the service that publishes its port."""

PULLED = ("broker", "influxdb", "grafana", "database", "namenode", "kafka-ui")
"""The services whose images are pulled; the other images are built here."""

COMPONENTS = {
    "broker": "kafka",
    "influxdb": "influxdb",
    "spark-master": "spark-master",
    "spark-worker": "spark-worker",
    "datastream": "datastream",
    "spark-app": "spark-app",
    "grafana": "grafana",
}
"""Service → the name that both modes use for the component; a worker's name ends with its number."""


class ComposeMode:
    """Runs the stack as containers of one Compose project."""

    name = "docker"

    def __init__(self, variables: settings.Variables) -> None:
        self._variables = variables
        self.home = Path(variables.text("STACK_HOME"))
        self._secrets = self.home / "secrets"
        self._log = self.home / "logs" / "setup.log"
        self.project = name_of(variables)
        self._compose = Project(self.project, self._log, self.environment)

    @property
    def _at(self) -> health.Addresses:
        return health.Addresses(self._variables)

    @property
    def _within(self) -> int:
        return Stack.load(self._variables).start_timeout

    def install(self) -> None:
        """Create the secrets, which Compose mounts as files; pull and build the images."""
        ensure_secret(settings.InfluxDB.load(self._variables).admin_token_file)
        write_secret(self._secrets / "influxdb_password", self._variables.text("INFLUXDB_PASS"))
        keep_secret(self._secrets / "grafana_password", self._variables.text("GRAFANA_PASS"))
        profiles.keep_sql_password(self._variables)
        dashboards.folder(self.home).mkdir(parents=True, exist_ok=True)
        written = [settings.Downloads.load(self._variables).folder, settings.Consumers.load(self._variables).folder]
        written += [self.home / "data" / "mariadb", *compose_environment.forecast_folders(self._variables)]
        for folder in written:
            folder.mkdir(parents=True, exist_ok=True)
        compose_environment.give_away(self._secrets, *self._secrets.iterdir(), *written)
        pulled = [name for name in PULLED if name not in profiles.services() or name in self._chosen()]
        self._compose.run("image pull", "pull", "--policy", "missing", *pulled)
        self._compose.run("image build", "build", "datastream", "spark-master")

    def start_store(self) -> None:
        """Start InfluxDB alone."""
        self._start("InfluxDB", "influxdb")
        self._wait_for("influxdb")

    def start_servers(self, application: bool) -> None:
        """Start the servers, and the application if it is wanted. Return when the servers are healthy.

        InfluxDB is set up before the workers start: they write to it with the token that the set-up creates.
        """
        self._start("Kafka, InfluxDB and Spark's master", "broker", "influxdb", "spark-master")
        self._wait_for("influxdb", "spark-master")
        self._compose.run("InfluxDB set-up", "run", "--rm", "--no-deps", "-T", "setup")
        services = ["spark-worker", *(["spark-app"] if application else [])]
        self._start(" and ".join(services), *services)
        self._wait_for("kafka", "influxdb", "spark-master", "spark-workers")

    def provision(self) -> None:
        """Start the streamer, Grafana and the services of the profiles. Remove services that are no longer chosen."""
        dashboards.prepare(self._variables)
        self._start("streamer and Grafana", "datastream", "grafana")
        self._wait_for("datastream", "grafana")
        chosen = self._chosen()
        for services in profiles.stages(chosen):
            self._up(", ".join(services), *services)
        unwanted = profiles.services() - set(chosen)
        if not sources.jobs(self._variables):
            unwanted.add("spark-app")
        if given_up := sorted(unwanted & {c["Service"] for c in self._compose.containers()}):
            self._compose.run(f"remove {', '.join(given_up)}", "rm", "--stop", "--force", *given_up)
        if "kafka-ui" in chosen:
            say(f"    kafka-ui: http://{self._at.host}:{self._variables.port('KAFKA_MONITOR_PORT')}")

    def submit(self) -> None:
        """Start the Spark application, which waits for its topic."""
        self._start("Spark application", "spark-app")

    def prepare_next_start(self) -> None:
        """Nothing: the image of Spark contains the archive of its Java classes."""

    def batch_command(self, module: str, arguments: list[str], folders: list[Path]) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of a batch program of the application, which gets its own container.

        `folders` of its options are mounted under the same paths. Unlike the application it may read the store.
        """
        for folder in folders:
            if not folder.exists():
                folder.mkdir(parents=True)
                compose_environment.give_away(folder)
        token = settings.InfluxDB.load(self._variables).read_token_file
        volumes = [f"{token}:/run/secrets/{token.name}:ro", *(f"{folder}:{folder}" for folder in folders)]
        mounts = [word for volume in volumes for word in ("--volume", volume)]
        return self._compose.once(*mounts, "spark-app", "python", "-m", module, *arguments), self.environment()

    def tool_command(self, module: str, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of a program that only needs Kafka, which gets its own container."""
        return self._compose.once("datastream", "python", "-m", module, *arguments), self.environment()

    def wait_for_application(self) -> None:
        """Return when the application has executors."""
        self._wait_for("spark-app")

    def stop_components(self, *names: str) -> None:
        """Stop these components; those that do not run are left alone."""
        services = {known: service for service, known in COMPONENTS.items()}
        ours = {c["Service"] for c in self._compose.containers()} & {services.get(name, name) for name in names}
        if ours:
            self._compose.run(f"stop {', '.join(sorted(ours))}", "stop", *ours)

    def is_up(self) -> bool:
        """Whether a container of this project runs; False if no engine answers."""
        try:
            return any(container["State"] == "running" for container in self._compose.containers())
        except StepFailed:
            return False

    def states(self) -> dict[str, str]:
        """Component → its state as Compose reports it."""
        shown = {*COMPONENTS, *profiles.services()}
        return {_component(c): c["State"].upper() for c in self._compose.containers() if c["Service"] in shown}

    def stop(self) -> None:
        """Stop and remove the containers; the volumes stay."""
        self._compose.run("stop", "down", "--remove-orphans")

    def remove_data(self) -> None:
        """Remove volumes, networks and all of STACK_HOME, which belong together; images stay for the next start."""
        self._compose.run("remove", "down", "--volumes", "--remove-orphans")
        home.remove(self.home)

    def problems(self) -> Iterator[str]:
        """Yield what is missing or wrong for Docker mode."""
        if problem := engine.problem():
            yield problem
            return
        try:
            self.environment()
            self._chosen()
        except SettingsError as error:
            yield str(error)

    def port_settings(self) -> list[str]:
        """The settings that name a published port."""
        return [*PORTS, *(setting for setting, service in profiles.PORTS.items() if service in self._chosen())]

    def owns(self, setting: str, owner: Owner) -> bool:
        """Whether a running container of this project publishes the port."""
        service = (PORTS | profiles.PORTS)[setting]
        return any(c["Service"] == service and c["State"] == "running" for c in self._compose.containers())

    def serves_dashboards(self) -> bool:
        """True, because Compose always starts Grafana."""
        return True

    def log_of(self, component: str) -> str:
        """The command that shows the log of a component."""
        name = re.sub(r"-\d+$", "", component)
        return self._compose.logs(next((s for s, known in COMPONENTS.items() if known == name), name))

    def environment(self) -> dict[str, str]:
        """The environment of the compose files."""
        return compose_environment.derive(self._variables, self._secrets)

    def _chosen(self) -> list[str]:
        """The services of the profiles that the settings choose."""
        return profiles.started(self._variables, self.name)

    def _start(self, title: str, *services: str) -> None:
        """Start these services; running ones without changes are left alone. `_wait_for` waits for their health.

        The engine checks a container every 15 seconds only, so waiting for its result would take most of a start.
        """
        self._compose.run(title, "up", "--detach", "--no-deps", "--remove-orphans", *services)

    def _up(self, title: str, *services: str) -> None:
        """Start services that cannot be checked from outside, and wait until the engine finds them healthy."""
        waiting = ["--wait", "--wait-timeout", str(self._within)]
        try:
            self._compose.run(title, "up", "--detach", "--remove-orphans", *waiting, *services)
        except StepFailed as error:
            raise StepFailed(f"{error}{self._compose.last_lines_of_failed(services)}") from None

    def _wait_for(self, *names: str) -> None:
        for name in names:
            check, failure = partial(health.CHECKS[name], self._at), partial(self._failure_of, name)
            wait_until(name, check, self._within, failure)

    def _failure_of(self, name: str) -> str:
        """Why a component does not start, once one of its containers has exited; "" while it runs."""
        service = next(s for s, known in COMPONENTS.items() if known in (name, name.removesuffix("s")))
        states = {c["State"] for c in self._compose.containers() if c["Service"] == service}
        ended = states & {"exited", "restarting", "dead"}
        return f"its container is {ended.pop()}{self._compose.last_lines_of_failed([service])}" if ended else ""


def _component(container: Container) -> str:
    name = COMPONENTS.get(container["Service"], str(container["Service"]))
    return f"{name}-{container['Name'].rpartition('-')[2]}" if name == "spark-worker" else name
