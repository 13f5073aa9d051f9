from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stack.common.ports import Owner, ancestors, is_alive, is_taken, owner


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_port_that_somebody_listens_on_is_taken(listener: socket.socket, host: str) -> None:
    assert is_taken(host, port_of(listener))


def test_a_port_is_free_again_as_soon_as_its_listener_is_gone(listener: socket.socket) -> None:
    port = port_of(listener)
    with socket.create_connection(("127.0.0.1", port)) as client:
        server, _ = listener.accept()
        server.close()  # leaves TIME_WAIT behind
        client.recv(1)
    listener.close()
    assert not is_taken("127.0.0.1", port)
    assert owner(port) == Owner(None, "")


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_an_error(host: str) -> None:
    with pytest.raises(OSError):
        is_taken(host, 12345)


def test_who_listens_is_found_with_its_command(listener: socket.socket) -> None:
    found = owner(port_of(listener))
    assert found.pid == os.getpid()
    assert found.command == " ".join(sys.orig_argv)


def test_who_only_talks_to_a_port_does_not_listen_on_it(listener: socket.socket) -> None:
    with socket.create_connection(("127.0.0.1", port_of(listener))) as client:
        assert owner(port_of(client)) == Owner(None, "")


def test_ancestors_lead_from_a_process_to_the_first_one() -> None:
    family = ancestors(os.getpid())
    assert {os.getpid(), os.getppid()} <= family
    assert ancestors(os.getppid()) < family


def test_a_process_that_never_was_has_no_ancestors_but_itself() -> None:
    assert ancestors(2**22 + 1) == {2**22 + 1}


def test_a_process_is_alive_until_it_ends_even_if_nobody_has_reaped_it() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(child.pid)
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie
    assert not is_alive(child.pid)
    child.communicate()
    assert not is_alive(child.pid)
