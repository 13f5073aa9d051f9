"""Ends a Spark application that a test has started with `spark_app.launch`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psutil


def kill(launcher: subprocess.Popen[bytes], home: Path) -> None:
    """kill -9 of the launcher, spark-submit, the driver and the workers, in whatever state they are."""
    launcher.kill()
    launcher.wait()
    packages = str(home / "run" / "packages.zip")
    for process in psutil.process_iter(["cmdline"]):
        if packages in (process.info["cmdline"] or []):
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(os.getpgid(process.pid), signal.SIGKILL)
