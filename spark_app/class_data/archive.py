"""`python -m spark_app.class_data.archive FILE --jars DIR [--kafka HOST:PORT]`: write the archive of Spark's classes.

A JVM spends most of its start on finding, parsing and verifying classes. A class-data-sharing archive (JEP 350) holds
them as they are in memory, and all JVMs that map it share its pages. It fits one Java and one class path.

A small application (`training`) runs in one JVM, which writes the archive of the classes that it has loaded when it
ends. Spark's master, workers, drivers and executors have the same class path, so one archive fits them all.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyspark

SUBMIT = Path(pyspark.__file__).parent / "bin" / "spark-submit"
TRAINING = Path(__file__).with_name("training.py")


def main() -> int:
    """Write the archive. Return 1, with the end of the application's output, if that is not possible."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--jars", type=Path, required=True, metavar="DIR", help="the jars of Spark's Kafka connector")
    parser.add_argument("--kafka", metavar="HOST:PORT", default="", help="an empty broker, to include Kafka's client")
    options = parser.parse_args()
    try:
        make(options.file.resolve(), options.jars.resolve(), options.kafka)
    except (OSError, RuntimeError) as error:
        print(f"class_data: {error}", file=sys.stderr)
        return 1
    return 0


def make(archive: Path, jars: Path, kafka: str = "") -> None:
    """Run the application and write the archive. Raise RuntimeError if one of the two fails."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="class-data-") as folder:
        done = subprocess.run(
            command(archive, jars, kafka), env=environment(Path(folder)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
        if done.returncode or not archive.exists():
            raise RuntimeError(f"the application failed (exit status {done.returncode}):\n{done.stdout[-2000:]}")


def command(archive: Path, jars: Path, kafka: str) -> list[str]:
    """The spark-submit command line."""
    configuration = {
        "spark.driver.extraClassPath": f"{jars}/*",
        "spark.driver.extraJavaOptions": f"-XX:ArchiveClassesAtExit={archive} -Xlog:cds=off -Xlog:cds+dynamic=off",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.port": "0",
    }
    options = [word for key, value in configuration.items() for word in ("--conf", f"{key}={value}")]
    return [str(SUBMIT), "--master", "local[2]", *options, str(TRAINING), kafka]


def environment(folder: Path) -> dict[str, str]:
    """The caller's environment, with this Python, and the folder for Spark's files."""
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONSAFEPATH": "1",
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


if __name__ == "__main__":
    sys.exit(main())
