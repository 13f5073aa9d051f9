"""What several chapters of the story do with the containers, or ask of them."""

from __future__ import annotations

import subprocess
from functools import partial
from typing import Any

from kafka import KafkaProducer

from stack.docker import mode as compose
from testing.docker.docker_stack import DockerStack
from testing.environment import ROOT, eventually
from weather import settings

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
SERVICES = tuple(compose.COMPONENTS)
HEAL_TIMEOUT = 180.0


def assert_confined(stack: DockerStack) -> None:
    """No container that runs now is root, has more rights than it needs, or takes all the memory or disk."""
    for found in stack.containers():
        name, limits = found["Name"], found["HostConfig"]
        # The engine's own health check is root for a moment, until it has become the container's user.
        eventually(partial(has_no_root, stack, found), f"no process of {name} is root")
        assert limits["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in limits["SecurityOpt"], name
        assert 0 < limits["Memory"] <= 2 * 2**30, name
        assert limits["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}, name
        if stack.image("") in found["Config"]["Image"]:
            assert limits["ReadonlyRootfs"], name


def has_no_root(stack: DockerStack, container: dict[str, Any]) -> bool:
    """Whether no process of a container is, or can become, root."""
    users = stack.inside(container, "cat /proc/[0-9]*/status | grep Uid:").splitlines()
    return not [user for user in users if "\t0" in user]


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
