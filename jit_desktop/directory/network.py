# SPDX-License-Identifier: MIT
"""Finds a server by its name and opens a TCP connection to it, with time-outs and in words when it fails."""

from __future__ import annotations

import errno
import ipaddress
import socket
import time
from dataclasses import dataclass
from typing import Any, Final

from jit_desktop.elevation.errors import DirectoryUnavailable, HostNotFound

_ATTEMPTS_WORTH: Final = 3
"""A domain name has one address per domain controller: dead ones may cost this many time-outs in all."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a server, so that a second connection reaches the same machine."""

    family: socket.AddressFamily
    sockaddr: Any


def is_ip_address(host: str) -> bool:
    """Whether ``host`` is an address and not a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of ``host`` in the system's order; :class:`HostNotFound` where there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise HostNotFound(
            f"The name {host} does not resolve to an address.",
            subject=host,
            remedy="Check the spelling, the DNS server of this computer, and the VPN if there is one.",
        ) from error
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


def dial(host: str, port: int, timeout_seconds: float) -> tuple[socket.socket, Address]:
    """Open a TCP connection to the first address of ``host`` that answers; returns it and the address.

    Each address has ``timeout_seconds``, all of them together three times that. Raises
    :class:`HostNotFound` or :class:`DirectoryUnavailable`.
    """
    give_up = time.monotonic() + _ATTEMPTS_WORTH * timeout_seconds
    failure: OSError | None = None
    for address in resolve(host, port):
        left = give_up - time.monotonic()
        if left <= 0:
            break
        try:
            return connect_to(address, min(timeout_seconds, left)), address
        except OSError as error:
            failure = error
    raise unreachable(host, port, failure)


def connect_to(address: Address, timeout_seconds: float) -> socket.socket:
    """Open a TCP connection to exactly this address; :class:`OSError` where that fails."""
    opened = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        opened.settimeout(timeout_seconds)
        opened.connect(address.sockaddr)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        opened.close()
        raise
    return opened


def unreachable(host: str, port: int, error: OSError | None) -> DirectoryUnavailable:
    """Why no connection to ``host`` came about, in words."""
    where = f"{host}, port {port}"
    if isinstance(error, ConnectionRefusedError):
        return DirectoryUnavailable(
            f"{where} refused the connection: nothing listens there.",
            subject=host,
            remedy="Check the server, the port and the method, and whether the domain controller runs.",
        )
    if isinstance(error, TimeoutError) or error is None:
        return DirectoryUnavailable(
            f"{where} did not answer in time.",
            subject=host,
            remedy="Check the server, the network and the firewall; raise the time-out if the line is slow.",
        )
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return DirectoryUnavailable(
            f"There is no way to {where} from this network.",
            subject=host,
            remedy="Check the network connection, and the VPN if there is one.",
        )
    return DirectoryUnavailable(
        f"No connection to {where}: {error.strerror or error}.",
        subject=host,
        remedy="Check the server and the network.",
    )
