"""influxd of InfluxDB v2: found on the machine, or built once from its Go module (a few minutes)."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from stack.steps import StepFailed, run
from weather import settings

MODULE = "github.com/influxdata/influxdb/v2"
PKG_CONFIG_MODULE = "github.com/influxdata/pkg-config"
PKG_CONFIG_VERSION = "v0.2.14"
TAGS = "sqlite_foreign_keys,sqlite_json,noassets"
"""`noassets` leaves out InfluxDB's own web interface, which its module does not hold."""

TOOLS = {
    "go": "golang",
    "cargo": "cargo",
    "clang": "clang",
    "protoc": "protobuf-compiler",
    "pkg-config": "pkg-config",
    "gcc": "gcc",
}
"""Tool → Debian package: what the build needs (Flux, its query language, is partly Rust)."""

RUSTC_WRAPPER = """#!/bin/sh
# Newer Rust turns some lints of Flux's code into errors: let them be warnings.
case " $* " in
  *--cap-lints*) exec "$@" ;;
  *) exec "$@" --cap-lints warn ;;
esac
"""


def find(variables: settings.Variables) -> Path | None:
    """The influxd that INFLUXD names, or the one on the PATH; StepFailed where INFLUXD names none."""
    if named := variables.optional("INFLUXD"):
        if not os.access(named, os.X_OK) or not Path(named).is_file():
            raise StepFailed(f"INFLUXD={named} is not a program that can be run")
        return Path(named).absolute()
    found = shutil.which("influxd")
    return Path(found) if found else None


def folder(variables: settings.Variables) -> Path:
    """Where the built influxd is kept."""
    return Path(variables.text("STACK_CACHE")) / f"influxd-{variables.text('INFLUXDB_VERSION')}"


def build(target: Path, version: str, environment: dict[str, str], log: Path) -> None:
    """Build influxd into `target`; StepFailed names a missing tool, or the log."""
    missing = [f"{tool} (Debian: {package})" for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        raise StepFailed(
            "influxd is neither in INFLUXD nor on the PATH, and building it needs "
            + ", ".join(missing)
            + "; or install InfluxDB 2.7 yourself and set INFLUXD to its influxd"
        )
    module = target / "module"
    module.mkdir()
    wrapper = target / "rustc-wrapper"
    wrapper.write_text(RUSTC_WRAPPER, encoding="ascii")
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    env = environment | {
        "GOBIN": str(target),
        "GOFLAGS": "-mod=mod -buildvcs=false",
        "PKG_CONFIG": str(target / "pkg-config"),
        "RUSTC_WRAPPER": str(wrapper),
        "RUSTUP_TOOLCHAIN": environment.get("RUSTUP_TOOLCHAIN", "stable"),
    }
    title = f"influxd {version}"
    run(title, ["go", "install", f"{PKG_CONFIG_MODULE}@{PKG_CONFIG_VERSION}"], log, env=env, cwd=module)
    run(title, ["go", "mod", "init", "weather-stack.local/influxd"], log, env=env, cwd=module)
    run(title, ["go", "get", f"{MODULE}/cmd/influxd@v{version}"], log, env=env, cwd=module)
    linker = f"-s -w -X main.version={version}"
    output = ["-o", str(target / "influxd"), f"{MODULE}/cmd/influxd"]
    run(title, ["go", "build", "-v", "-tags", TAGS, "-ldflags", linker, *output], log, env=env, cwd=module)
    shutil.rmtree(module)
