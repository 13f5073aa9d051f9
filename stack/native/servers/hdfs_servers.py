"""HDFS with one NameNode and one DataNode: their configuration, and the formatting of the storage on first use."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from stack.common import environment
from stack.common.steps import run
from weather import settings
from weather.java import OPTIONS

NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATANODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
PAGES = ("hdfs", "datanode")
"""Web applications that must exist before the servers start; their pages are not used."""

LOGGING = """\
log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
"""


def configuration(variables: settings.Variables, data: Path) -> dict[str, str]:
    """The configuration for one copy of each block; the user who starts the NameNode is the superuser.

    A NameNode that starts accepts writes as soon as the DataNode has reported its blocks, and waits for no others.
    """
    listen = variables.host()
    reach = settings.client_host(listen)

    def at(port: str) -> str:
        return f"{listen}:{variables.port(port)}"

    return {
        "fs.defaultFS": f"hdfs://{reach}:{variables.port('HDFS_PORT')}",
        "dfs.replication": "1",
        "dfs.namenode.name.dir": (data / "namenode").as_uri(),
        "dfs.namenode.rpc-bind-host": listen,
        "dfs.namenode.http-address": at("HDFS_WEB_PORT"),
        "dfs.namenode.safemode.extension": "0",
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.datanode.data.dir": (data / "datanode").as_uri(),
        "dfs.datanode.hostname": reach,
        "dfs.datanode.address": at("HDFS_DATANODE_PORT"),
        "dfs.datanode.http.address": at("HDFS_DATANODE_WEB_PORT"),
        "dfs.datanode.ipc.address": at("HDFS_DATANODE_IPC_PORT"),
        "dfs.datanode.synconclose": "true",
    }


def java(variables: settings.Variables, jars: Path, home: Path, main_class: str, *arguments: str) -> list[str]:
    """The command line of one of Hadoop's programs; `prepare` creates the folder at the start of its class path."""
    heap = f"-Xmx{variables.text('HDFS_HEAP')}"
    opened = "--add-opens=java.base/java.lang=ALL-UNNAMED"
    return ["java", *OPTIONS, heap, opened, "-cp", f"{_folder(home)}:{jars}/*", main_class, *arguments]


def prepare(variables: settings.Variables, jars: Path, home: Path) -> Path:
    """Write the configuration and format empty storage. Return the folder of the configuration."""
    folder, data = _folder(home), home / "data" / "hdfs"
    for page in PAGES:
        application = folder / "webapps" / page / "WEB-INF" / "web.xml"
        application.parent.mkdir(parents=True, exist_ok=True)
        application.write_text('<web-app version="2.4" xmlns="http://java.sun.com/xml/ns/j2ee"/>\n', encoding="utf-8")
    (folder / "log4j.properties").write_text(LOGGING, encoding="utf-8")
    for name in ("core-site.xml", "hdfs-site.xml"):  # each program reads both
        (folder / name).write_text(_xml(configuration(variables, data)), encoding="utf-8")
    if not (data / "namenode" / "current" / "VERSION").exists():
        formatting = java(variables, jars, home, NAMENODE, "-format", "-nonInteractive")
        run("HDFS storage", formatting, home / "logs" / "setup.log", environment.of_process(variables))
    return folder


def _folder(home: Path) -> Path:
    return home / "run" / "hdfs"


def _xml(values: dict[str, str]) -> str:
    properties = (f"<property><name>{name}</name><value>{escape(value)}</value></property>" for name, value in
                  values.items())  # fmt: skip
    return "\n".join(["<configuration>", *properties, "</configuration>", ""])
