"""The viewer's settings, and how its page is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafana.viewer import build
from grafana.viewer.config import DASHBOARDS, Viewer
from weather import settings


def test_the_settings_come_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "HOST": "127.0.0.1", "GRAFANA_PORT": "3000", "VIEWER_BUNDLE": "/bundle", "STACK_HOME": str(tmp_path),
        "INFLUXDB_PORT": "8086", "INFLUXDB_ORG": "org", "INFLUXDB_BUCKET": "meteo",
        "INFLUXDB_MONITORING_BUCKET": "monitoring", "INFLUXDB_BATCH_LINES": "5000",
    }  # fmt: skip
    config = Viewer.load(settings.Variables(environment))
    assert (config.port, config.bundle, config.dashboards) == (3000, Path("/bundle"), DASHBOARDS)
    assert config.influxdb.url == "http://127.0.0.1:8086"
    elsewhere = Viewer.load(settings.Variables(environment | {"GRAFANA_DASHBOARDS": str(tmp_path)}))
    assert elsewhere.dashboards == tmp_path


def test_the_page_is_built_away_from_the_checkout(tmp_path: Path) -> None:
    commands: list[tuple[list[str], Path]] = []

    def run(title: str, command: list[str], folder: Path) -> None:
        assert (folder / "package-lock.json").is_file()
        assert (folder / "src" / "main.tsx").is_file()
        commands.append((command, folder))

    build.build(tmp_path, run)
    assert [command[:2] for command, _ in commands] == [["npm", "ci"], ["npm", "run"]]
    assert commands[1][0][-1] == str(tmp_path)
    assert not any(folder.exists() for _, folder in commands)
    assert build.FOLDER not in [folder for _, folder in commands]


def test_another_source_is_another_bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "package.json").write_text("{}")
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    first = build.bundle_digest()
    (tmp_path / "src" / "main.tsx").write_text("x")
    second = build.bundle_digest()
    (tmp_path / "src" / "main.tsx").rename(tmp_path / "src" / "other.tsx")
    assert len({first, second, build.bundle_digest()}) == 3
