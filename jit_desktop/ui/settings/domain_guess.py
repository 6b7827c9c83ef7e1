# SPDX-License-Identifier: MIT
"""Guesses the domain that this computer belongs to, so that most people need not type it."""

from __future__ import annotations

import os
import socket


def guess_domain() -> str:
    """The DNS name of the domain, lower case; empty where nothing suggests one. May block on DNS.

    Windows names the domain of whoever is logged on in USERDNSDOMAIN; elsewhere the computer's own full name
    ends in it.
    """
    named = os.environ.get("USERDNSDOMAIN", "").strip().strip(".").lower()
    if named:
        return named
    domain = socket.getfqdn().partition(".")[2].strip(".").lower()
    return "" if domain in ("", "localdomain", "local") or domain.endswith(".arpa") else domain
