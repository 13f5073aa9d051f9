"""Who may import whom: the arrows of docs/architecture.md, compared with the code itself."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from testing.environment import ROOT

FLOW = ("datastream", "spark_app", "consumers", "influxdb", "grafana")
OURS = ("weather", "spark_influxdb", *FLOW, "stack")

# Foreign client → the modules that may import it.
ONE_PLACE = {
    "kafka": {
        "weather/kafka.py",
        "datastream/kafka/publisher.py",
        "spark_app/kafka/dead_letters.py",
        "spark_app/class_data/training.py",
        "consumers/kafka/client.py",
        "consumers/kafka/topic_log.py",
    },
    "sqlalchemy": {"datastream/sources/sql/table.py", "datastream/sources/sql/generator.py"},
    "influxdb_client": {
        "spark_app/monitoring/progress.py",
        "influxdb/setup.py",
        "influxdb/store.py",
    },
    "requests": {
        "datastream/sources/downloads/download.py",
        "influxdb/setup.py",
        "influxdb/store.py",
        "grafana/viewer/store.py",
    },
    "urllib3": {
        "datastream/sources/downloads/download.py",
        "spark_influxdb/connection.py",
        "spark_influxdb/query_api.py",
        "influxdb/setup.py",
    },
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
    """The full names that a module imports; of `from package import name`, `package.name` where that is a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if module_file(inner) else str(node.module)


def module_file(name: str) -> Path | None:
    """The file of a module or package of ours, None for another one's."""
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


def arrows() -> dict[str, set[str]]:
    """Folder or module → those that its arrows in the picture lead to, as dotted names."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    [picture] = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    names = {short: dotted(label) for short, label in re.findall(r'^ *(\w+)\(?\["(.+?)"\]\)?$', picture, re.MULTILINE)}
    found: dict[str, set[str]] = {name: set() for name in names.values()}
    for start, end in re.findall(r"^ *(\w+) --> (\w+)$", picture, re.MULTILINE):
        found[names[start]].add(names[end])
    return found


def dotted(label: str) -> str:
    """A label such as `spark_app/main, jobs` stands for the modules beside the folders: `spark_app`."""
    folder, _, module = label.rpartition("/")
    return folder if "," in module or module == "__main__" else label.replace("/", ".")


ARROWS = arrows()


def reachable(name: str) -> set[str]:
    found: set[str] = set()
    open_ends = set(ARROWS[name])
    while open_ends:
        end = open_ends.pop()
        found.add(end)
        open_ends |= ARROWS[end] - found
    return found


def drawn_as(module: str) -> str:
    """The folder or module of the picture to which a module belongs."""
    return max((name for name in ARROWS if f"{module}.".startswith(f"{name}.")), key=len)


def imported(package: str) -> Iterator[tuple[Path, str, str, str]]:
    """Each import of ours in a package: file, imported name, and what both are drawn as, where these differ."""
    for file in modules(package):
        here = drawn_as(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for name in imports(file):
            if name.split(".")[0] in OURS and (there := drawn_as(name)) != here:
                yield file, name, here, there


@pytest.mark.parametrize("package", OURS)
def test_imports_follow_the_arrows_of_the_picture(package: str) -> None:
    assert modules(package)
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file, name, here, there in imported(package)
        if there not in reachable(here)
    ]
    assert not wrong


def test_each_arrow_of_the_picture_stands_for_an_import() -> None:
    used = {(here, there) for package in OURS for _, _, here, there in imported(package)}
    assert not {(start, end) for start, ends in ARROWS.items() for end in ends} - used


def test_the_picture_shows_every_folder() -> None:
    below_the_top = {"spark_app.rain.training", "weather.messages", "datastream.sources"}
    folders = {".".join(file.relative_to(ROOT).parent.parts) for package in OURS for file in modules(package)}
    missing = {name for name in folders - set(ARROWS) if not any(name.startswith(f"{room}") for room in below_the_top)}
    assert not missing


def test_neither_folders_nor_modules_import_in_circles() -> None:
    files = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for p in OURS for file in modules(p)}
    each = {name: {target for target in imports(file) if target in files.values()} for file, name in files.items()}
    for graph in (ARROWS, each):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(f"imports in a circle: {error.args[1]}")


def test_only_what_looks_into_the_data_file_reaches_into_the_streamer() -> None:
    reaching = {
        (str(file.relative_to(ROOT)), name)
        for file in modules("stack")
        for name in imports(file)
        if name.startswith("datastream")
    }
    readers = {
        "datastream.sources.meteofrance.hourly_file",
        "datastream.sources.uscrn.five_minute_file",
        "datastream.sources.described.described_files",
    }
    assert reaching == {
        (file, name) for file in ("stack/preflight.py", "stack/common/dashboards.py") for name in readers
    }


def test_native_mode_reaches_into_the_dashboards_only_to_build_their_page() -> None:
    reaching = {name for file in modules("stack") for name in imports(file) if name.startswith("grafana")}
    assert reaching == {"grafana.viewer.build"}
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


def test_pyspark_stays_in_the_spark_application_and_its_connector() -> None:
    others = [p for p in OURS if p not in ("spark_app", "spark_influxdb")]
    assert not [file for p in others for file in modules(p) if any(n.startswith("pyspark") for n in imports(file))]


@pytest.mark.parametrize("package", ["stack", "weather"])
def test_what_runs_before_the_installation_needs_the_standard_library_only(package: str) -> None:
    foreign = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules(package)
        for name in imports(file)
        if (top := name.split(".")[0]) not in OURS and top not in sys.stdlib_module_names
    ]
    assert set(foreign) <= {f"weather/kafka.py imports {name}" for name in ("kafka", "kafka.admin", "kafka.errors")}


def test_what_runs_before_the_installation_does_not_import_the_kafka_client() -> None:
    names = {name for package in ("stack", "weather") for file in modules(package) for name in imports(file)}
    assert "weather.kafka" not in names


def test_the_environment_is_read_in_the_settings_module_only() -> None:
    readers = [
        str(file.relative_to(ROOT))
        for package in OURS
        for file in modules(package)
        if any(word in file.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv"))
    ]
    # The archive of Java classes reads no setting: it passes its environment on.
    assert readers == ["weather/settings/variables.py", "spark_app/class_data/archive.py"]


def test_nothing_happens_at_import_time() -> None:
    calls = []
    for package in OURS:
        for file in modules(package):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    calls.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not calls


def test_only_a_program_changes_what_a_broken_pipe_does() -> None:
    """In the process of a test or a server, SIGPIPE with its default would end everything without a word."""
    callers = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for package in OURS
        for file in modules(package)
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("end_with_reader")
    ]
    assert callers == []
