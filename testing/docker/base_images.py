"""The stand-ins for the official images, under the names that settings.sh gives them; built once per machine.

Only an engine that the tests started gets them. The Dockerfile of each in standins/ says how it differs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from stack.common.steps import run
from stack.native.cache import ensure
from stack.native.install import Installation
from testing.docker.engine import Engine
from testing.environment import ROOT
from weather import settings

STANDINS = Path(__file__).resolve().parent / "standins"
SUITE = "bookworm"
AUTHORITIES = Path("/usr/local/share/ca-certificates")
APT = ("apt.conf.d", "sources.list", "sources.list.d")
VIEWER_PACKAGES = ("flask==", "waitress==", "requests==")
SETTING = {
    "python": "PYTHON_IMAGE",
    "maven": "MAVEN_IMAGE",
    "kafka": "KAFKA_IMAGE",
    "influxdb": "INFLUXDB_IMAGE",
    "kafka-ui": "KAFKA_UI_IMAGE",
    "mariadb": "MARIADB_IMAGE",
    "hadoop": "HADOOP_IMAGE",
}
"""Folder of standins/ → the setting that names the image; each is built on the first."""
CHANGING = {"grafana": "GRAFANA_IMAGE"}
"""The one that contains code of the project and is therefore rebuilt each time."""


def authorities() -> str:
    """The certificate authorities that were added to this machine, as PEM; "" if there are none."""
    return "".join(file.read_text(encoding="ascii") for file in sorted(AUTHORITIES.glob("*.crt")))


def build_settings(folder: Path) -> dict[str, str]:
    """Settings for image builds in the tests' own engine; a certificate file may be written to `folder`.

    Only the host reaches the package registries, perhaps through a proxy with its own certificate authority.
    """
    found = {"IMAGE_BUILD_NETWORK": "host"}
    if known := authorities():
        file = folder / "authorities.pem"
        file.write_text(known, encoding="ascii")
        found["IMAGE_BUILD_CA"] = str(file)
    return found


def installed(part: str, variables: settings.Variables) -> Path:
    """Install a part as native mode's command line does, with the programs that this needs. Return its path."""
    command = [sys.executable, "-m", "stack.native.install", part]
    result = subprocess.run(command, cwd=ROOT, env=variables.all(), stdout=subprocess.PIPE, text=True, check=True)
    return Path(result.stdout.split()[0])


def load(engine: Engine, variables: settings.Variables) -> None:
    """Load into the engine the stand-ins that it lacks, from the cache. The first call on this machine builds them."""
    cache = Path(variables.text("STACK_CACHE"))
    folder = cache / f"standins-{_digest(variables)}"
    kept = ensure(folder, lambda made: _Builder(engine, variables, made).build())
    archive = kept / "images.tar"
    if not _archived(archive).items() <= engine.images().items():
        engine.docker("load", "--quiet", "--input", str(archive))
    with tempfile.TemporaryDirectory(prefix="standins-") as temporary:
        builder = _Builder(engine, variables, Path(temporary))
        for name, setting in CHANGING.items():
            builder.image(name, variables.text(setting))


def _archived(archive: Path) -> dict[str, str]:
    """Tag → identifier of each image in an archive of `docker save`, whose manifest names their configurations."""
    with tarfile.open(archive) as files:
        manifest = files.extractfile("manifest.json")
        assert manifest is not None
        images = json.load(manifest)
    return {tag: f"sha256:{Path(image['Config']).stem}" for image in images for tag in image["RepoTags"]}


def _digest(variables: settings.Variables) -> str:
    digest = hashlib.sha256(authorities().encode())
    for name in (*SETTING.values(), "KAFKA_VERSION", "HADOOP_VERSION", "INFLUXDB_VERSION", "INFLUXD"):
        digest.update(variables.optional(name).encode() + b"\0")
    for file in sorted(file for name in SETTING for file in (STANDINS / name).rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(STANDINS)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class _Builder:
    """Builds the stand-ins in an engine and keeps them as one archive in `folder`."""

    def __init__(self, engine: Engine, variables: settings.Variables, folder: Path) -> None:
        self._engine = engine
        self._variables = variables
        self._folder = folder
        self._log = Path(variables.text("STACK_CACHE")) / "install.log"

    def build(self) -> None:
        self._debian()
        for name, setting in SETTING.items():
            self.image(name, self._variables.text(setting))
        tags = [self._variables.text(setting) for setting in SETTING.values()]
        self._run("stand-ins", ["docker", "save", "--output", str(self._folder / "images.tar"), *tags])

    def _debian(self) -> None:
        """Import a minimal Debian with this machine's package sources."""
        root = self._folder / "root"
        self._run("Debian base", ["debootstrap", "--variant=minbase", SUITE, str(root)])
        for name in APT:
            ours, theirs = Path("/etc/apt") / name, root / "etc" / "apt" / name
            if ours.is_dir():
                shutil.copytree(ours, theirs, dirs_exist_ok=True)
            elif ours.exists():
                shutil.copy2(ours, theirs)
            else:
                theirs.unlink(missing_ok=True)
        archive = self._folder / "debian.tar"
        self._run("Debian base", ["tar", "--create", "--file", str(archive), "--directory", str(root), "."])
        self._run("Debian base", ["docker", "import", str(archive), f"standin/debian:{SUITE}"])
        shutil.rmtree(root)
        archive.unlink()

    def image(self, name: str, tag: str) -> None:
        """Build one stand-in from its folder and the programs that native mode installed."""
        context = self._folder / name
        shutil.copytree(STANDINS / name, context)
        if name == "python":
            (context / "certificates").mkdir()
            for file in AUTHORITIES.glob("*.crt"):
                shutil.copy2(file, context / "certificates")
        elif name == "kafka":
            shutil.copytree(installed("jars", self._variables), context / "libs")
        elif name == "hadoop":
            shutil.copytree(installed("hadoop", self._variables), context / "libs")
        elif name == "influxdb":
            shutil.copy2(installed("influxd", self._variables), context / "influxd")
        elif name == "grafana":
            self._add_grafana(context)
        # The classic builder needs no plugin, and only the host's network reaches the package registries.
        self._run(f"stand-in for {tag}", ["docker", "build", "--network", "host", "--tag", tag, str(context)])
        shutil.rmtree(context)

    def _add_grafana(self, context: Path) -> None:
        """Add Grafana if this machine has one, and the dashboard viewer with the packages that it needs."""
        home = Installation(self._variables, self._log).grafana()
        shutil.copytree(home, context / "home") if home else (context / "home").mkdir()
        for package in ("weather", "grafana"):
            shutil.copytree(ROOT / package, context / "viewer" / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(installed("viewer", self._variables), context / "viewer" / "page")
        pins = (ROOT / "requirements" / "constraints.txt").read_text(encoding="utf-8").splitlines()
        wanted = [pin for pin in pins if pin.lower().startswith(VIEWER_PACKAGES)]
        (context / "requirements.txt").write_text("\n".join(wanted) + "\n", encoding="utf-8")

    def _run(self, title: str, command: list[str]) -> None:
        run(title, command, self._log, env=self._engine.all() | {"DOCKER_BUILDKIT": "0"})
