"""The whole stack as a user runs it, in Docker: up, streaming, and what its containers and images may.

The files test_1 to test_4 are one story on one stack; their tests are chapters and run in their order.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import tarfile
import zlib

import pytest
import requests

from stack.common import dashboards
from stack.docker import mode as compose
from testing.docker.docker_stack import IMAGES, DockerStack
from testing.environment import eventually
from tests.docker.containers import assert_confined, send


def test_one_command_brings_everything_up_and_points_arrive(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", "--docker")
    assert stack.count() > 0
    assert stack.status()["state"] == "running"
    for component in ("kafka", "influxdb", "spark-master", "spark-workers", "datastream", "spark-app", "grafana"):
        assert f"\n{component} " in output
    assert "unhealthy" not in output
    eventually(lambda: {found["State"]["Health"]["Status"] for found in stack.containers()} == {"healthy"}, "healthy")
    assert requests.get(stack.streamer("/"), timeout=5).status_code == 200


def test_sparks_jvms_map_the_archive_of_their_classes_that_the_image_contains(stack: DockerStack) -> None:
    for service in ("spark-master", "spark-worker", "spark-app"):
        mapped = 'test -n "$(grep -sl /opt/class-data/spark.jsa /proc/[0-9]*/maps)"'  # a health check may end meanwhile
        stack.inside(stack.container(service), mapped)


@pytest.mark.long
def test_what_was_chosen_at_set_up_is_what_the_scripts_and_the_next_set_up_use(stack: DockerStack) -> None:
    started = stack.started()
    assert f"127.0.0.1:{stack.environment['KAFKA_PORT']}" in stack.must_with_its_home_only("./status.sh")
    assert "settings of the last set-up: " in stack.must_with_its_home_only("./build_setup.sh")
    assert stack.started() == started


def test_grafana_is_given_what_it_provisions(stack: DockerStack) -> None:
    port = stack.environment["GRAFANA_PORT"]
    answer = requests.get(f"http://127.0.0.1:{port}/api/health", timeout=5).json()
    assert answer["database"] == "ok"
    uids = set(dashboards.offered(stack.variables))
    if answer.get("viewer"):  # its container has looked at all that Grafana would be given before it answers
        print("\nno Grafana was run: the dashboard viewer answered in its place")
        shown = requests.get(f"http://127.0.0.1:{port}/api/dashboards", timeout=5).json()
        assert {board["uid"] for board in shown} == uids
        return
    password = (stack.home / "secrets" / "grafana_password").read_text().strip()
    signed_in = ("admin", password)
    found = requests.get(f"http://127.0.0.1:{port}/api/search?type=dash-db", auth=signed_in, timeout=5).json()
    assert {board["uid"] for board in found} == uids


def test_only_ports_on_the_host_of_the_settings_are_published(stack: DockerStack) -> None:
    published = {
        binding["HostIp"] + ":" + binding["HostPort"]
        for found in stack.containers()
        for bindings in found["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    }
    assert published == {f"127.0.0.1:{stack.environment[name]}" for name in compose.PORTS}


def test_nobody_is_root_has_more_rights_than_it_needs_or_takes_all_the_memory(stack: DockerStack) -> None:
    assert_confined(stack)


@pytest.mark.long
def test_no_secret_is_in_an_image_or_in_what_docker_tells(stack: DockerStack) -> None:
    secrets = {file.read_text().strip() for file in (stack.home / "secrets").iterdir()} - {"admin"}
    assert len(secrets) >= 4
    told = json.dumps(stack.containers()) + "".join(
        stack.engine.docker("image", "inspect", stack.image(name))
        + stack.engine.docker("history", "--no-trunc", stack.image(name))
        for name in IMAGES
    )
    logs = stack.compose("logs", "--no-color")
    assert not [secret for secret in secrets if secret in told or secret in logs]
    assert not secrets_in_layers(stack, [stack.image(name) for name in IMAGES], secrets)


def secrets_in_layers(stack: DockerStack, images: list[str], secrets: set[str]) -> list[str]:
    """The secrets in the images' layers, each layer once; those, too, that a later layer removes."""
    found: set[str] = set()
    scanned = 0
    save = subprocess.Popen(["docker", "save", *images], env=stack.engine.all(), stdout=subprocess.PIPE)
    with tarfile.open(fileobj=save.stdout, mode="r|") as archive:
        whole = (member for member in archive if member.isreg())  # a layer of several images is a link in the others
        for blob in (file for member in whole if (file := archive.extractfile(member))):
            start = blob.read(1 << 22)
            unpack = zlib.decompressobj(wbits=31).decompress if start.startswith(b"\x1f\x8b") else bytes
            last = b""
            for packed in itertools.chain([start], iter(lambda blob=blob: blob.read(1 << 22), b"")):  # type: ignore[misc]
                text = unpack(packed)
                found |= {secret for secret in secrets if secret.encode() in last + text}
                last = text[-200:]
                scanned += len(text)
    assert save.wait() == 0
    assert scanned > 100_000_000
    return sorted(found)


def test_images_say_what_they_are(stack: DockerStack) -> None:
    for name in IMAGES:
        [image] = json.loads(stack.engine.docker("image", "inspect", stack.image(name)))
        assert image["Config"]["User"] == "app"
        assert image["Config"]["Labels"]["org.opencontainers.image.licenses"] == "MIT"
        assert image["Config"]["Labels"]["org.opencontainers.image.title"].startswith("weather-stack")


def test_the_rate_is_changed_live(stack: DockerStack) -> None:
    assert "0.01" in stack.must("./modify_streaming_timedelta.sh", "0.01")
    eventually(lambda: 90 <= stack.status()["rate"] <= 110, "100 rows/s")


def test_run_again_it_leaves_alone_what_runs(stack: DockerStack) -> None:
    before = stack.started()
    stack.must("./build_setup.sh")
    assert stack.started() == before
    assert stack.status()["state"] == "running"


def test_garbage_from_a_program_of_this_machine_is_set_aside_and_shown(stack: DockerStack) -> None:
    send(stack, b"garbage")
    send(stack, b"[]")
    eventually(lambda: " 2 dead letters" in stack.run("./status.sh").stdout, "status.sh counts the letters")


@pytest.mark.long
def test_a_change_of_source_is_a_matter_of_one_layer_and_one_container(stack: DockerStack) -> None:
    changed = stack.folder / "datastream" / "web" / "app.py"
    changed.write_text(changed.read_text() + "\n# a change\n")
    before = stack.started()
    packages = layers(stack, "datastream")[:-3]
    stack.must("./build_setup.sh")
    after = stack.started()
    assert layers(stack, "datastream")[: len(packages)] == packages
    assert layers(stack, "datastream")[-1] != packages[-1]
    changed_containers = {name for name in after if after[name] != before.get(name)}
    assert changed_containers == {stack.container("datastream")["Name"]}
    eventually(lambda: stack.status()["state"] == "running", "the new streamer goes on")


def layers(stack: DockerStack, name: str) -> list[str]:
    """The digests of an image's layers, lowest first."""
    [image] = json.loads(stack.engine.docker("image", "inspect", stack.image(name)))
    return list(image["RootFS"]["Layers"])
