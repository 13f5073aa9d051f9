"""A real HDFS on free ports of loopback: NameNode and DataNode as native mode starts them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from stack.common import health
from stack.native.install import Installation
from stack.native.servers import hdfs_servers
from testing.environment import eventually, free_port, settings_environment
from weather import settings

PORTS = ("HDFS_PORT", "HDFS_WEB_PORT", "HDFS_DATANODE_PORT", "HDFS_DATANODE_WEB_PORT", "HDFS_DATANODE_IPC_PORT")


class HDFS:
    """One NameNode and one DataNode."""

    def __init__(self, folder: Path) -> None:
        ports = {name: str(free_port()) for name in PORTS}
        self.variables = settings.Variables(
            settings_environment(HOST="127.0.0.1", STACK_HOME=str(folder), STACK_PROFILES="hdfs", **ports)
        )
        self._folder = folder
        self._jars = Installation(self.variables, folder / "install.log").hadoop_jars()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def uri(self) -> str:
        """Its root, for ARCHIVE_URI."""
        return f"webhdfs://127.0.0.1:{self.variables.port('HDFS_WEB_PORT')}"

    def start(self) -> None:
        hdfs_servers.prepare(self.variables, self._jars, self._folder)
        for main_class in (hdfs_servers.NAMENODE, hdfs_servers.DATANODE):
            command = hdfs_servers.java(self.variables, self._jars, self._folder, main_class)
            with (self._folder / f"{main_class.rpartition('.')[2]}.log").open("ab") as log:
                self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        at = health.Addresses(self.variables)
        eventually(lambda: health.hdfs(at) == "", "HDFS can store files")

    def kill(self) -> None:
        """kill -9."""
        for process in self._processes:
            process.kill()
            process.wait()
