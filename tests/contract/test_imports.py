"""Who may import whom, read from the code itself."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLOW = ("datastream", "spark_app", "consumers", "influxdb", "grafana")
BEFORE_ANYTHING_IS_INSTALLED = ("stack",)
OURS = ("weather", *FLOW, *BEFORE_ANYTHING_IS_INSTALLED)

# What each package may import of ours, beside itself. The preflight, and the dashboards' time range, read the data file
# as the streamer will.
ALLOWED = {
    "weather": set(),
    **{package: {"weather"} for package in FLOW},
    "stack": {"weather", "datastream", "grafana"},
}

# Foreign client → the modules that may import it.
ONE_PLACE = {
    "kafka": {"datastream/kafka/publisher.py", "spark_app/kafka/topics.py", "consumers/kafka/client.py"},
    "sqlalchemy": {"datastream/sources/sql/table.py", "datastream/sources/sql/generator.py"},
    "influxdb_client": {
        "spark_app/monitoring/progress.py",
        "spark_app/influxdb/results.py",
        "influxdb/setup.py",
        "influxdb/store.py",
    },
    "urllib3": {"spark_app/influxdb/write_api.py", "influxdb/setup.py"},
    "fsspec": {"consumers/files/archive.py"},
    "matplotlib": {"consumers/plot.py"},
    "flask": {"datastream/web/app.py", "grafana/viewer/server.py"},
    "waitress": {"datastream/__main__.py", "grafana/viewer/__main__.py"},
    "prometheus_client": {"datastream/web/app.py", "datastream/web/metrics.py"},
}


def modules(package: str) -> list[Path]:
    """The modules of a package that people wrote."""
    return [file for file in sorted((ROOT / package).rglob("*.py")) if not file.name.endswith("_pb2.py")]


def imports(file: Path) -> Iterator[str]:
    """The full names that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield str(node.module)


@pytest.mark.parametrize("package", OURS)
def test_imports_point_one_way(package: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules(package)
        for name in imports(file)
        if (top := name.split(".")[0]) in OURS and top != package and top not in ALLOWED[package]
    ]
    assert modules(package)
    assert not wrong


def test_only_what_looks_into_the_data_file_reaches_into_the_streamer() -> None:
    reaching = {
        (str(file.relative_to(ROOT)), name)
        for file in modules("stack")
        for name in imports(file)
        if name.startswith("datastream")
    }
    readers = {"datastream.sources.meteofrance", "datastream.sources.uscrn"}
    assert reaching == {
        (file, name) for file in ("stack/preflight.py", "stack/common/dashboards.py") for name in readers
    }


def test_native_mode_reaches_into_the_dashboards_only_to_build_their_page() -> None:
    reaching = {name for file in modules("stack") for name in imports(file) if name.startswith("grafana")}
    assert reaching == {"grafana.viewer"}
    used = {name.split(".")[0] for name in imports(ROOT / "grafana" / "viewer" / "build.py")}
    assert used <= sys.stdlib_module_names


@pytest.mark.parametrize("client", ONE_PLACE)
def test_a_foreign_client_is_imported_in_its_place_only(client: str) -> None:
    found = {
        str(file.relative_to(ROOT))
        for package in OURS
        for file in modules(package)
        if any(name.split(".")[0] == client for name in imports(file))
    }
    assert found == ONE_PLACE[client]


def test_pyspark_stays_in_the_spark_application() -> None:
    others = [p for p in OURS if p != "spark_app"]
    assert not [file for p in others for file in modules(p) if any(n.startswith("pyspark") for n in imports(file))]


@pytest.mark.parametrize("package", [*BEFORE_ANYTHING_IS_INSTALLED, "weather"])
def test_what_runs_before_the_installation_needs_the_standard_library_only(package: str) -> None:
    foreign = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules(package)
        for name in imports(file)
        if (top := name.split(".")[0]) not in OURS and top not in sys.stdlib_module_names
    ]
    assert not foreign


def test_the_environment_is_read_in_the_settings_module_only() -> None:
    readers = [
        str(file.relative_to(ROOT))
        for package in OURS
        for file in modules(package)
        if any(word in file.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv"))
    ]
    assert readers == ["weather/settings/variables.py"]


def test_nothing_happens_at_import_time() -> None:
    calls = []
    for package in OURS:
        for file in modules(package):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    calls.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not calls
