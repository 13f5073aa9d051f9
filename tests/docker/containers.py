"""What several chapters of the story do with the containers, or ask of them."""

from __future__ import annotations

import subprocess
from typing import Any

from kafka import KafkaProducer

from stack.docker import mode as compose
from testing.docker.docker_stack import DockerStack
from testing.environment import ROOT
from weather import settings

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
SERVICES = tuple(compose.COMPONENTS)
HEAL_TIMEOUT = 180.0


def assert_confined(stack: DockerStack) -> None:
    """No container that runs now is root, has more rights than it needs, or takes all the memory or disk."""
    for found in stack.containers():
        name, limits = found["Name"], found["HostConfig"]
        users = {line.strip() for line in stack.inside(found, "cat /proc/[0-9]*/status | grep Uid:").splitlines()}
        assert not [user for user in users if "\t0" in user], name
        assert limits["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in limits["SecurityOpt"], name
        assert 0 < limits["Memory"] <= 2 * 2**30, name
        assert limits["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}, name
        if stack.image("") in found["Config"]["Image"]:
            assert limits["ReadonlyRootfs"], name


def kill_all_processes(stack: DockerStack, container: dict[str, Any]) -> None:
    """kill -9 to every process in a container but its init."""
    kill = ["docker", "exec", container["Id"], "sh", "-c", "kill -9 -1"]
    subprocess.run(kill, env=stack.engine.all(), check=False, timeout=60)


def restarts(stack: DockerStack, service: str) -> int:
    """How often its restart policy has started a service's first container."""
    return int(stack.container(service)["RestartCount"])


def send(stack: DockerStack, value: bytes) -> None:
    """Put one message into the topic, from this machine."""
    kafka = settings.Kafka.load(stack.variables)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    producer.send(kafka.topic, value)
    producer.flush()
    producer.close()
