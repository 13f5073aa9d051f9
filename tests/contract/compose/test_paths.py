"""What the compose files and Dockerfiles point at exists."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from testing.environment import ROOT
from tests.contract.compose.files import MAIN, OURS, Service, commands, copied

MOUNTED_WHEN_MADE = ("secrets", "data/mariadb", "data/consumers", "data/forecast", "run/dashboards")
"""The folders of STACK_HOME that the set-up makes before it starts containers, beside that of the downloads."""


def test_every_path_of_the_project_that_is_mounted_or_built_from_exists(
    environment: dict[str, str], project: dict[str, Any]
) -> None:
    home = Path(environment["STACK_HOME"])
    paths = [Path(secret["file"]) for secret in project["secrets"].values()]
    for service in project["services"].values():
        paths += [Path(mount["source"]) for mount in service.get("volumes", []) if mount["type"] == "bind"]
        if "build" in service:
            paths.append(Path(service["build"]["context"]) / service["build"]["dockerfile"])
    made = [*(home / folder for folder in MOUNTED_WHEN_MADE), Path(environment["STACK_CACHE"]) / "downloads"]
    made_by_set_up = {path for path in paths if any(path.is_relative_to(folder) for folder in made)}
    assert [path for path in paths if path not in made_by_set_up and not path.exists()] == []
    assert len(paths) > len(made_by_set_up) > 0


def test_a_missing_mounted_path_is_an_error_and_not_an_empty_folder_of_roots() -> None:
    for service in yaml.safe_load(MAIN.read_text())["services"].values():
        for mount in service.get("volumes", []):
            if isinstance(mount, dict) and mount["type"] == "bind":
                assert mount["bind"] == {"create_host_path": False}
            elif isinstance(mount, str):
                assert re.fullmatch(r"[a-z]+:/.*", mount), "short syntax is for named volumes only"


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
