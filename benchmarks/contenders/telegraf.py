"""Telegraf: kafka_consumer → influxdb_v2, built once from its Go module with these two plugins.

The batch settings are the best of those tried (docs/performance.md). Tags and fields keep the names of the source,
because a processor that renames them would cost time; their number and values are the same.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from stack.common.steps import StepFailed, run
from stack.native import programs
from stack.native.cache import ensure
from stack.native.install import Installation
from weather import settings
from weather.errors import SettingsError
from weather.reading import HOUR, MEASUREMENT, STATION_ID, STATION_NAME

MODULE = "github.com/influxdata/telegraf"
VERSION = "1.36.2"
GO = replace(programs.GO, oldest=(1, 25))
"""The version that its go.mod requires."""
TAGS = "custom,inputs.kafka_consumer,outputs.influxdb_v2,parsers.json"
TOKEN = "INFLUXDB_TOKEN"
"""The environment variable of the token, so that the configuration file does not contain it."""


@dataclass(frozen=True)
class Batches:
    """How much Telegraf buffers and sends at once.

    `concurrent_writes` keeps its default of 1. With n > 1, this version silently drops the remainder of a batch whose
    length is not a multiple of n (`createBatches` of outputs/influxdb_v2 rounds the number of parts down).
    """

    flush_interval: str = "1s"
    metric_batch_size: int = 5_000
    metric_buffer_limit: int = 100_000
    max_undelivered_messages: int = 50_000
    content_encoding: str = "identity"


def batches(changes: Mapping[str, str]) -> Batches:
    """The best settings with `changes`. Raise SettingsError if a setting does not exist."""
    known = {field.name: field.default for field in fields(Batches)}
    if unknown := set(changes) - set(known):
        raise SettingsError(f"{', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    typed = {name: int(text) if isinstance(known[name], int) else text for name, text in changes.items()}
    return replace(Batches(), **typed)  # type: ignore[arg-type]


def binary(variables: settings.Variables, log: Path) -> Path:
    """The path of Telegraf, which the first call on this machine builds."""
    folder = Path(variables.text("STACK_CACHE")) / f"telegraf-{VERSION}"
    return ensure(folder, lambda made: _build(made, Installation(variables, log).go(GO), log)) / "telegraf"


def _build(target: Path, go: Mapping[str, str], log: Path) -> None:
    """Build in a copy of the module's folder, because its go.mod replaces modules, which `go install` refuses."""
    title = f"telegraf {VERSION}"
    environment = dict(go) | {"GOFLAGS": "-mod=mod -buildvcs=false", "CGO_ENABLED": "0"}
    download = ["go", "mod", "download", "-json", f"{MODULE}@v{VERSION}"]
    done = subprocess.run(download, cwd=target, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise StepFailed(f"downloading {title} failed: {done.stdout}{done.stderr}")
    module = target / "module"
    shutil.copytree(json.loads(done.stdout)["Dir"], module, copy_function=shutil.copyfile)
    for folder in (module, *(path for path in module.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    build = ["go", "build", "-trimpath", "-tags", TAGS, "-ldflags", "-s -w", "-o", str(target / "telegraf")]
    run(title, [*build, "./cmd/telegraf"], log, env=environment, cwd=module)
    shutil.rmtree(module)


def configuration(kafka: settings.Kafka, influxdb: settings.InfluxDBSink, group: str, batches: Batches) -> str:
    """telegraf.conf with the same measurement, tags, number of fields and times as the other contenders."""
    return f"""\
[agent]
  omit_hostname = true
  precision = "1s"
  flush_interval = "{batches.flush_interval}"
  metric_batch_size = {batches.metric_batch_size}
  metric_buffer_limit = {batches.metric_buffer_limit}

[[inputs.kafka_consumer]]
  brokers = ["{kafka.bootstrap_servers}"]
  kafka_version = "3.6.0"
  topics = ["{kafka.topic}"]
  consumer_group = "{group}"
  offset = "oldest"
  max_undelivered_messages = {batches.max_undelivered_messages}
  data_format = "json"
  name_override = "{MEASUREMENT}"
  tag_keys = ["{STATION_NAME}", "{STATION_ID}"]
  json_time_key = "{HOUR}"
  json_time_format = "2006010215"

[[outputs.influxdb_v2]]
  urls = ["{influxdb.url}"]
  organization = "{influxdb.org}"
  bucket = "{influxdb.bucket}"
  token = "${{{TOKEN}}}"
  content_encoding = "{batches.content_encoding}"
"""
