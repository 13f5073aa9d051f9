"""Where a stack keeps its files: the folders of native mode, the volumes and folders of Docker mode.

InfluxDB's files are not among them: its buckets are copied by its own backup (`stack.backups.buckets`). Neither are
Spark's scratch files and what a Grafana stores, such as its users.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stack.common.steps import StepFailed
from stack.docker import project
from weather import settings
from weather.settings import forecast

KEEP = ["--sparse", "--numeric-owner"]


@dataclass(frozen=True)
class Place:
    """One part of a backup. `folder` is a folder of this machine; a volume if `image` is the image to read it with."""

    name: str
    folder: str
    image: str = ""

    def exists(self) -> bool:
        return bool(self.image) or (Path(self.folder).is_dir() and any(Path(self.folder).iterdir()))

    @contextmanager
    def reader(self) -> Iterator[IO[bytes]]:
        """The content as a tar. Raise StepFailed if it cannot be read to its end."""
        command = self._tar("-cf", "-", ".")
        with (
            tempfile.TemporaryFile() as problems,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=problems, stdin=subprocess.DEVNULL) as process,
        ):
            assert process.stdout is not None
            yield process.stdout
            if process.wait():
                problems.seek(0)
                text = problems.read().decode(errors="replace").strip()
                raise StepFailed(f"{self.name}: {self.folder} cannot be read: {text}")

    def write(self, file: Path) -> None:
        """Unpack a file that `reader` and gzip made. Raise StepFailed if it cannot be written."""
        if self.image:
            self._create_volume()
        else:
            Path(self.folder).mkdir(parents=True, exist_ok=True)
        with file.open("rb") as content:
            done = subprocess.run(self._tar("-xzpf", "-"), stdin=content, capture_output=True, check=False)
        if done.returncode:
            problem = done.stderr.decode(errors="replace").strip()
            raise StepFailed(f"{self.name}: {self.folder} cannot be written: {problem}")

    def _create_volume(self) -> None:
        """Create the volume as Compose does, which otherwise warns that it is not its own."""
        project, _, volume = self.folder.rpartition("_")
        names = {"project": project, "volume": volume}
        labels = [word for key, value in names.items() for word in ("--label", f"com.docker.compose.{key}={value}")]
        done = subprocess.run(["docker", "volume", "create", *labels, self.folder], capture_output=True, text=True)
        if done.returncode:
            raise StepFailed(f"the volume {self.folder} cannot be created: {done.stderr.strip()}")

    def _tar(self, *what: str) -> list[str]:
        if not self.image:
            return ["tar", "-C", self.folder, *KEEP, *what]
        container = ["docker", "run", "--rm", "--interactive", "--network", "none", "--user", "0:0"]
        mount = ["--volume", f"{self.folder}:/part", "--entrypoint", "tar", self.image]
        return [*container, *mount, "-C", "/part", *KEEP, *what]


def places(variables: settings.Variables, mode: str) -> list[Place]:
    """Every place of a stack in this mode, whether it exists or not."""
    home = Path(variables.text("STACK_HOME"))
    data = home / "data"
    folders = {"forecast": data / "forecast", "consumers": settings.Consumers.load(variables).folder}
    dataset = forecast.dataset_folder(variables)
    elsewhere = {
        "rain-dataset": dataset,
        "rain-dataset-temperatures": forecast.temperatures_folder(dataset),
        "models": forecast.models_folder(variables),
    }
    folders |= {name: folder for name, folder in elsewhere.items() if not folder.is_relative_to(data)}
    folders["database"] = data / "mariadb"
    volumes: dict[str, str] = {}
    if mode == "native":
        folders |= {name: data / name for name in ("kafka", "checkpoints", "datastream", "hdfs")}
    else:
        volumes = {name: name for name in ("kafka", "checkpoints", "datastream", "namenode", "datanode")}
    ours = project.name_of(variables)
    found = [Place(name, str(folder)) for name, folder in folders.items()]
    return found + [Place(name, f"{ours}_{volume}", f"{ours}-datastream") for name, volume in volumes.items()]
