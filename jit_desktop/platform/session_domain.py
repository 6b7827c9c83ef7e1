# SPDX-License-Identifier: MIT
"""Finds the domain that the present session belongs to, so that most people need not type it."""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

from jit_desktop.elevation.ports import FoundDomain

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _NAME_DNS_DOMAIN = 12
    _DS_DIRECTORY_SERVICE_REQUIRED = 0x0000_0010
    _DS_RETURN_DNS_NAME = 0x4000_0000

    class _DomainControllerInfo(ctypes.Structure):
        """[MS] DOMAIN_CONTROLLER_INFOW"""

        _fields_ = (
            ("name", wintypes.LPWSTR),
            ("address", wintypes.LPWSTR),
            ("address_type", wintypes.ULONG),
            ("domain_guid", ctypes.c_byte * 16),
            ("domain_name", wintypes.LPWSTR),
            ("forest_name", wintypes.LPWSTR),
            ("flags", wintypes.ULONG),
            ("controller_site", wintypes.LPWSTR),
            ("client_site", wintypes.LPWSTR),
        )

    def _session_domain() -> str:
        """The DNS name of the domain of whoever is signed in; empty for an account of this computer
        ([MS] GetUserNameExW, NameDnsDomain)."""
        get_name = ctypes.windll.secur32.GetUserNameExW
        size = ctypes.c_ulong(0)
        get_name(_NAME_DNS_DOMAIN, None, ctypes.byref(size))
        text = ctypes.create_unicode_buffer(size.value or 1)
        if not get_name(_NAME_DNS_DOMAIN, text, ctypes.byref(size)):
            return ""
        domain, separator, _user = text.value.partition("\\")
        return domain if separator and "." in domain else ""

    def _nearest_controller(domain: str) -> tuple[str, str]:
        """Domain and domain controller by their DNS names, the nearest by sites ([MS] DsGetDcNameW); empty
        where there is none. An empty ``domain`` is that of this computer. May take seconds."""
        found = ctypes.POINTER(_DomainControllerInfo)()
        try:
            netapi = ctypes.WinDLL("netapi32")
            get_name, free = netapi.DsGetDcNameW, netapi.NetApiBufferFree
        except (OSError, AttributeError):
            return "", ""
        get_name.argtypes = [
            wintypes.LPCWSTR, wintypes.LPCWSTR, ctypes.c_void_p, wintypes.LPCWSTR, wintypes.ULONG,
            ctypes.POINTER(ctypes.POINTER(_DomainControllerInfo)),
        ]  # fmt: skip
        flags = _DS_DIRECTORY_SERVICE_REQUIRED | _DS_RETURN_DNS_NAME
        if get_name(None, domain or None, None, None, flags, ctypes.byref(found)):
            return "", ""
        try:
            return found.contents.domain_name or "", found.contents.name or ""
        finally:
            free.argtypes = [ctypes.c_void_p]
            free(found)

    def find_domain() -> FoundDomain:
        """The domain of whoever is signed in, else that of this computer; may take seconds."""
        signed_in = _session_domain() or os.environ.get("USERDNSDOMAIN", "")
        return described(signed_in, *_nearest_controller(signed_in))

else:

    def find_domain() -> FoundDomain:
        """The default realm of Kerberos, else what this computer's own full name ends in; may block on DNS.

        Whether there is a ticket is not looked for: nobody but Kerberos itself knows where tickets are kept.
        """
        return described("", default_realm() or host_domain(), "")


def described(signed_in: str, domain: str, controller: str) -> FoundDomain:
    """What was found, in one spelling: ``signed_in`` is the domain of the session, ``domain`` and
    ``controller`` are what a locator has answered; each may be empty."""
    name = _dns_name(domain) or _dns_name(signed_in)
    # The locator writes a domain controller like a computer in a path: \\dc1.corp.example.com
    host = _dns_name(controller.lstrip("\\"))
    return FoundDomain(name=name, controller=host, signed_in=bool(name) and name == _dns_name(signed_in))


def _dns_name(text: str) -> str:
    return text.strip().strip(".").lower()


def default_realm() -> str:
    """``default_realm`` of krb5.conf(5), empty where there is none."""
    for name in os.environ.get("KRB5_CONFIG", "/etc/krb5.conf").split(":"):
        try:
            text = Path(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        match = re.search(r"^\s*default_realm\s*=\s*(\S+)", text, re.MULTILINE)
        if match and "." in match[1]:
            return match[1]
    return ""


def host_domain() -> str:
    """What the full name of this computer ends in, empty where that is no domain."""
    domain = _dns_name(socket.getfqdn().partition(".")[2])
    return "" if domain in ("", "localdomain", "local") or domain.endswith(".arpa") else domain
