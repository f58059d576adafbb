"""Tests stay on this machine."""

from __future__ import annotations

import socket

import pytest

from tests.services.loopback import Outside, OutsideName, is_local


@pytest.mark.parametrize(
    "address", [("192.0.2.1", 443), ("10.0.0.1", 80), ("2001:db8::1", 443, 0, 0)]
)
def test_another_machine_is_refused(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as client, pytest.raises(Outside):
        client.connect(address)
    with socket.socket(family) as client, pytest.raises(Outside):
        client.connect_ex(address)


def test_another_name_is_not_asked_for():
    with pytest.raises(OutsideName):
        socket.create_connection(("op.example", 443))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "a.localhost", None]
)
def test_this_machine_is_local(host):
    assert is_local(host)


@pytest.mark.parametrize("host", ["localhost.example", "8.8.8.8", "fe80::1%1", b"x.y"])
def test_others_are_not(host):
    assert not is_local(host)


def test_a_socket_of_the_file_system_is_allowed(tmp_path):
    where = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as us:
        server.bind(where)
        server.listen()
        us.connect(where)


def test_a_free_port_is_free(free_port):
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port))
