# SPDX-License-Identifier: MIT
"""Tells systemd how a service of it stands (sd_notify(3)), by a datagram and without a library."""

from __future__ import annotations

import logging
import os
import socket

_LOG = logging.getLogger(__name__)


def tell_service_manager(state: str) -> None:
    """Send ``state`` (``READY=1``, ``WATCHDOG=1``, ``STOPPING=1``) where a service manager listens.

    Does nothing elsewhere, and never raises: who does not hear it acts by its own time limits.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(0)
            channel.sendto(state.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)
    except OSError as error:
        _LOG.debug("The service manager does not listen: %s", error)
