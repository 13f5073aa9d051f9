"""influxd of InfluxDB v2: found on the machine, or built once from its Go module (a few minutes)."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stack.common.steps import StepFailed, run
from stack.native.cache import is_complete
from stack.native.programs import CARGO, GCC, PKG_CONFIG, RUSTC, Program
from weather import settings

MODULE = "github.com/influxdata/influxdb/v2"
PKG_CONFIG_MODULE = "github.com/influxdata/pkg-config"
PKG_CONFIG_VERSION = "v0.2.14"
TAGS = "sqlite_foreign_keys,sqlite_json,noassets"
"""`noassets` leaves out InfluxDB's own web interface, which its module does not contain."""

PINNED = Path(__file__).resolve().parent / "influxd_build"
"""go.mod and go.sum that pin every module of the default INFLUXDB_VERSION; each download is verified against them."""

TOOLS = (CARGO, RUSTC, GCC, PKG_CONFIG)
"""What the build needs in addition to Go: the query language Flux is partly written in Rust."""

RUST_OPTIONS = {"CARGO_PROFILE_RELEASE_LTO": "off"}
"""Turns off link-time optimization: Flux requests it for two libraries, and only one of them is used."""

READONLY = "-mod=readonly -buildvcs=false"

RUSTC_WRAPPER = """#!/bin/sh
# Newer Rust turns some lints of Flux's code into errors: let them be warnings.
case " $* " in
  *--cap-lints*) exec "$@" ;;
  *) exec "$@" --cap-lints warn ;;
esac
"""


def find(variables: settings.Variables) -> Path | None:
    """The influxd that INFLUXD names, or the one on the PATH, or None. Raise StepFailed if INFLUXD names no program."""
    if named := variables.optional("INFLUXD"):
        if not os.access(named, os.X_OK) or not Path(named).is_file():
            raise StepFailed(f"INFLUXD={named} is not an executable file")
        return Path(named).absolute()
    found = shutil.which("influxd")
    return Path(found) if found else None


def folder(variables: settings.Variables) -> Path:
    """The folder of the built influxd."""
    return Path(variables.text("STACK_CACHE")) / f"influxd-{variables.text('INFLUXDB_VERSION')}"


def is_there(variables: settings.Variables) -> bool:
    """Whether influxd is installed or already built."""
    return find(variables) is not None or is_complete(folder(variables))


def missing_tools(environment: Mapping[str, str]) -> list[Program]:
    """The tools of the build that are missing on this machine or too old."""
    return [tool for tool in TOOLS if not tool.is_good(rust_environment(environment))]


def rust_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with rustup's stable toolchain as default: Flux's source names one that is rarely installed."""
    return {"RUSTUP_TOOLCHAIN": "stable"} | dict(environment)


def fetch(environment: Mapping[str, str], log: Path) -> None:
    """Download the Go modules of the pinned version to Go's own cache; this needs only Go."""
    with tempfile.TemporaryDirectory(prefix="influxd-") as folder:
        shutil.copytree(PINNED, folder, dirs_exist_ok=True)
        env = dict(environment) | {"GOFLAGS": READONLY}
        command = ["go", "list", "-deps", "-tags", TAGS, f"{MODULE}/cmd/influxd"]
        run("influxd's modules", command, log, env=env, cwd=Path(folder))


def build(target: Path, version: str, environment: Mapping[str, str], log: Path) -> None:
    """Build influxd into `target` with the `go` of `environment`. Raise StepFailed with a missing tool or the log."""
    rust = rust_environment(environment)
    if problems := [problem for tool in TOOLS if (problem := tool.problem(rust))]:
        raise StepFailed(
            f"INFLUXD is not set, no influxd is on the PATH, and influxd cannot be built: {', '.join(problems)}; "
            "install what is missing, or install InfluxDB 2.7 and set INFLUXD to its influxd"
        )
    module = target / "module"
    shutil.copytree(PINNED, module)
    wrapper = target / "rustc-wrapper"
    wrapper.write_text(RUSTC_WRAPPER, encoding="ascii")
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    own = {"GOBIN": str(target), "PKG_CONFIG": str(target / "pkg-config"), "RUSTC_WRAPPER": str(wrapper)}
    env = RUST_OPTIONS | rust | own | {"GOFLAGS": READONLY}
    title = f"influxd {version}"
    if f"{MODULE} v{version}\n" not in (module / "go.mod").read_text(encoding="utf-8"):
        run(
            title, ["go", "get", f"{MODULE}/cmd/influxd@v{version}"], log, env=env | {"GOFLAGS": "-mod=mod"}, cwd=module
        )
    run(title, ["go", "install", f"{PKG_CONFIG_MODULE}@{PKG_CONFIG_VERSION}"], log, env=env, cwd=module)
    linker = f"-s -w -X main.version={version}"
    output = ["-o", str(target / "influxd"), f"{MODULE}/cmd/influxd"]
    run(title, ["go", "build", "-v", "-tags", TAGS, "-ldflags", linker, *output], log, env=env, cwd=module)
    shutil.rmtree(module)
