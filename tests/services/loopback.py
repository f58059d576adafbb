"""Tests talk to this machine only: a connection to anywhere else is refused."""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import closing

import pytest


class Outside(ConnectionRefusedError):
    """A test tried to reach another machine."""

    def __init__(self, address: object) -> None:
        super().__init__(errno.ECONNREFUSED, f"tests stay on loopback, not {address}")


class OutsideName(socket.gaierror):
    """A test asked for the address of another machine."""

    def __init__(self, host: object) -> None:
        super().__init__(socket.EAI_NONAME, f"tests ask for loopback, not {host}")


@pytest.fixture(scope="session", autouse=True)
def loopback_only():
    """Refuse connections and name look-ups that would leave this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    look_up = socket.getaddrinfo

    def guarded_connect(self, address):
        _check(self.family, address)
        return connect(self, address)

    def guarded_connect_ex(self, address):
        _check(self.family, address)
        return connect_ex(self, address)

    def guarded_look_up(host, *arguments, **named):
        if not is_local(host):
            raise OutsideName(host)
        return look_up(host, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def is_local(host: object) -> bool:
    """Does ``host`` (a name or an address) mean this machine?"""
    if host is None or host in ("", b""):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0].strip("[]"))
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _check(family: int, address: object) -> None:
    inet = family in (socket.AF_INET, socket.AF_INET6)
    if inet and isinstance(address, tuple) and not is_local(address[0]):
        raise Outside(address[0])


@pytest.fixture(name="free_port")
def _free_port() -> int:
    return free_port()
