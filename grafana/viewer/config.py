"""What the viewer needs to know, taken from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from weather import settings
from weather.settings.servers import DashboardServer

DASHBOARDS = Path(__file__).parents[1] / "provisioning" / "dashboards" / "json"


@dataclass(frozen=True)
class Datasource:
    """What stands in for one of Grafana's provisioned datasources; they differ in their default bucket."""

    uid: str
    name: str
    bucket: str


@dataclass(frozen=True)
class Viewer:
    """Where it listens, the folders of dashboards and of the built page, and the store it asks."""

    host: str
    port: int
    dashboards: Path
    bundle: Path
    influxdb: settings.InfluxDB

    @classmethod
    def load(cls, variables: settings.Variables) -> Viewer:
        return cls(
            host=(served := DashboardServer.load(variables)).host,
            port=served.port,
            dashboards=Path(variables.optional("GRAFANA_DASHBOARDS") or DASHBOARDS),
            bundle=Path(variables.text("VIEWER_BUNDLE")),
            influxdb=settings.InfluxDB.load(variables),
        )

    @property
    def datasources(self) -> list[Datasource]:
        """As in provisioning/datasources/, the default one first."""
        return [
            Datasource("influxdb", "InfluxDB", self.influxdb.bucket),
            Datasource("monitoring", "InfluxDB monitoring", self.influxdb.monitoring_bucket),
        ]
