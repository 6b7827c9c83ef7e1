# SPDX-License-Identifier: MIT
"""Finds a server by its name and opens a TCP connection to it, with time-outs and in words when it fails."""

from __future__ import annotations

import errno
import ipaddress
import socket
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from jit_desktop.directory import punctual
from jit_desktop.directory.punctual import Limit, in_time
from jit_desktop.elevation.errors import Cancelled, DirectoryUnavailable, HostNotFound

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


def resolve(host: str, port: int, limit: Limit) -> list[Address]:
    """All addresses of ``host`` in the system's order; :class:`HostNotFound` where there is none,
    :class:`DirectoryUnavailable` where nothing was heard of it within ``limit``."""
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        # The system's resolver knows neither a time-out nor a way to break it off.
        found = look_up() if is_ip_address(host) else in_time(limit, look_up)
    except TimeoutError as error:
        raise DirectoryUnavailable(
            f"The name {host} was not found out about in time.",
            subject=host,
            remedy="Check the DNS server of this computer, and the VPN if there is one.",
        ) from error
    except ConnectionAbortedError:
        raise Cancelled from None
    except (socket.gaierror, UnicodeError) as error:
        raise HostNotFound(
            f"The name {host} does not resolve to an address.",
            subject=host,
            remedy="Check the spelling, the DNS server of this computer, and the VPN if there is one.",
        ) from error
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


def dial(host: str, port: int, timeout_seconds: float, limit: Limit) -> tuple[socket.socket, Address]:
    """Open a TCP connection to the first address of ``host`` that answers; returns it and the address.

    Each address has ``timeout_seconds``, and so has the look-up of the name; all of them together three times
    that, and never more than ``limit``. Raises :class:`HostNotFound`, :class:`DirectoryUnavailable` or
    :class:`Cancelled`.
    """
    in_all = limit.within(_ATTEMPTS_WORTH * timeout_seconds)
    failure: OSError | None = None
    for address in resolve(host, port, in_all.within(timeout_seconds)):
        limit.raise_if_cancelled()
        if in_all.seconds_left <= 0:
            break
        try:
            return connect_to(address, timeout_seconds, in_all), address
        except OSError as error:
            failure = error
    limit.raise_if_cancelled()
    raise unreachable(host, port, failure)


def connect_to(address: Address, timeout_seconds: float, limit: Limit) -> socket.socket:
    """Open a TCP connection to exactly this address, within ``limit``; :class:`OSError` where that fails. The
    socket has the time-out ``timeout_seconds`` then."""
    opened = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        punctual.connect(opened, address.sockaddr, limit.within(timeout_seconds))
        opened.settimeout(timeout_seconds)
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
