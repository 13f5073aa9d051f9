"""Docker mode: what `stack.up` and its sisters ask for, done with Docker Compose."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from stack import health
from stack.ports import Owner
from stack.steps import StepFailed, run, wait_until
from weather import settings
from weather.secrets import ensure_secret, write_secret

ROOT = Path(__file__).resolve().parent.parent
OLDEST_COMPOSE = (2, 20)

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

COMPONENTS = {
    "broker": "kafka",
    "influxdb": "influxdb",
    "spark-master": "spark-master",
    "spark-worker": "spark-worker-1",
    "datastream": "datastream",
    "spark-app": "spark-app",
    "grafana": "grafana",
}
"""Service → the name that both modes use for the component."""


class ComposeMode:
    """The stack as containers of one Compose project."""

    name = "docker"

    def __init__(self, variables: settings.Variables) -> None:
        self._variables = variables
        self.home = Path(variables.text("STACK_HOME"))
        self._log = self.home / "logs" / "setup.log"
        self._at = health.Addresses(variables)
        self._within = variables.integer("STACK_START_TIMEOUT", 10, 3600)

    def install(self) -> None:
        """Pull and build the images; make the secrets, which Compose mounts as files."""
        influxdb = settings.InfluxDB.load(self._variables)
        ensure_secret(influxdb.admin_token_file)
        write_secret(self.home / "secrets" / "grafana_password", self._variables.text("GRAFANA_PASS"))
        write_secret(self.home / "secrets" / "influxdb_password", self._variables.text("INFLUXDB_PASS"))
        self._compose("images", "build", *self._build_options())

    def start_servers(self) -> None:
        """Kafka, InfluxDB, Spark's master and workers, running and healthy."""
        services = ["broker", "influxdb", "spark-master", "spark-worker"]
        if self._monitored():
            services.append("kafka-ui")
        self._up("servers", *services)

    def provision(self) -> None:
        """InfluxDB's buckets and tokens, then what needs them: the streamer and Grafana."""
        self._compose("InfluxDB set-up", "run", "--rm", "--no-deps", "setup")
        self._up("streamer and Grafana", "datastream", "grafana")

    def submit(self) -> None:
        """Start the Spark application; it waits for its topic by itself."""
        self._compose("Spark application", "up", "--detach", "--no-deps", "spark-app")

    def wait_for_application(self) -> None:
        """Return when the application has executors."""
        wait_until("spark-app", lambda: health.spark_app(self._at), self._within)

    def is_up(self) -> bool:
        """Whether a container of this project runs."""
        return bool(self._running())

    def states(self) -> dict[str, str]:
        """Component → Compose's word for its state."""
        return {COMPONENTS[s]: state.upper() for s, state in self._running().items() if s in COMPONENTS}

    def stop(self) -> None:
        """Stop and remove the containers; the volumes stay."""
        self._compose("stop", "down", "--remove-orphans", "--timeout", "40")

    def remove_data(self) -> None:
        """Remove volumes, networks, our images and the whole STACK_HOME: they belong together."""
        self._compose("remove", "down", "--volumes", "--rmi", "local", "--remove-orphans")
        shutil.rmtree(self.home, ignore_errors=True)

    def problems(self) -> Iterator[str]:
        """What this machine lacks for Docker mode."""
        engine = _output(["docker", "info", "--format", "{{.ServerVersion}}"])
        if engine is None:
            yield "no Docker engine answers `docker info`: start it, or use ./build_setup.sh --native"
            return
        version = _output(["docker", "compose", "version", "--short"])
        numbers = tuple(int(n) for n in re.findall(r"\d+", version or "")[:2])
        if numbers < OLDEST_COMPOSE:
            yield f"Docker Compose v2.20 or newer is needed; found {version or 'none'}"

    def port_settings(self) -> list[str]:
        """The settings that name a published port."""
        return [*PORTS, *(["KAFKA_MONITOR_PORT"] if self._monitored() else [])]

    def owns(self, setting: str, owner: Owner) -> bool:
        """Whether the port is published by a running container of this project."""
        return PORTS.get(setting, "kafka-ui") in self._running()

    def serves_dashboards(self) -> bool:
        """Compose always brings Grafana."""
        return True

    def log_of(self, component: str) -> str:
        service = next((s for s, name in COMPONENTS.items() if name == component), component)
        return f"docker compose logs {service}"

    def _monitored(self) -> bool:
        return self._variables.flag("KAFKA_MONITOR")

    def _up(self, title: str, *services: str) -> None:
        scale = ["--scale", f"spark-worker={self._at.workers}"] if "spark-worker" in services else []
        waiting = ["--wait", "--wait-timeout", str(self._within)]
        self._compose(title, "up", "--detach", *waiting, *scale, *services)

    def _build_options(self) -> list[str]:
        return []

    def _compose(self, title: str, *arguments: str) -> None:
        run(title, [*self._command(), *arguments], self._log, env=self._variables.all(), cwd=ROOT)

    def _command(self) -> list[str]:
        files = ["docker-compose.yml"] + (["docker-compose.monitor.yml"] if self._monitored() else [])
        return ["docker", "compose"] + [word for file in files for word in ("--file", file)]

    def _running(self) -> dict[str, str]:
        command = [*self._command(), "ps", "--all", "--format", "json"]
        result = subprocess.run(command, capture_output=True, text=True, env=self._variables.all(), cwd=ROOT, check=False)
        if result.returncode != 0:
            raise StepFailed(f"docker compose ps: {result.stderr.strip()}")
        containers = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        return {c["Service"]: c["State"] for c in containers if c["State"] == "running"}


def _output(command: list[str]) -> str | None:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
