# SPDX-License-Identifier: MIT
"""Makes the test domain's host names resolve here and in programs we start, without touching the system."""

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from tests.samba.names import DNS_DOMAIN, REALM

NSS_WRAPPER = "libnss_wrapper.so"

_KRB5_CONF = """\
[libdefaults]
    default_realm = {realm}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 0
[realms]
    {realm} = {{
{kdcs}
    }}
[domain_realm]
    .{domain} = {realm}
    {domain} = {realm}
"""


def krb5_conf(*kdc_addresses: str) -> str:
    """Text of a krb5.conf that finds the realm at these addresses, whichever answers."""
    kdcs = (f"        {role} = {a}" for a in kdc_addresses for role in ("kdc", "kpasswd_server"))
    return _KRB5_CONF.format(realm=REALM, domain=DNS_DOMAIN, kdcs="\n".join(kdcs))


def write_files(folder: Path, hosts: Mapping[str, str], *kdc_addresses: str) -> dict[str, str]:
    """Write a hosts file and krb5.conf into `folder`; returns the environment for child processes.

    `hosts` maps names to addresses. Names that are not in it resolve as ever.
    """
    hosts_file, krb5 = folder / "hosts", folder / "krb5.conf"
    hosts_file.write_text("".join(f"{address} {name}\n" for name, address in hosts.items()), encoding="ascii")
    krb5.write_text(krb5_conf(*kdc_addresses), encoding="ascii")
    return {
        "LD_PRELOAD": NSS_WRAPPER,
        "NSS_WRAPPER_HOSTS": str(hosts_file),
        "KRB5_CONFIG": str(krb5),
        "KRB5CCNAME": f"FILE:{folder / 'krb5cc'}",
    }


@contextlib.contextmanager
def resolved_here(hosts: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[None]:
    """Let this process resolve `hosts` and use the realm's krb5.conf while the context lasts.

    The preloaded library of child processes comes too late for a process that runs already, so here Python's
    own resolver is led. Names that are neither in `hosts` nor local are refused: tests stay on the loopback.
    """
    real = socket.getaddrinfo

    def lookup(host: str | bytes | None, *arguments: object, **keywords: object) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None:
            name = hosts.get(name.rstrip(".").lower(), name)
            if not _is_local(name):
                raise socket.gaierror(socket.EAI_NONAME, f"{name}: no such host in the test domain")
        return real(name, *arguments, **keywords)  # type: ignore[arg-type]

    kerberos = {name: environment[name] for name in ("KRB5_CONFIG", "KRB5CCNAME")}
    with mock.patch.object(socket, "getaddrinfo", lookup), mock.patch.dict(os.environ, kerberos):
        yield


def _is_local(name: str) -> bool:
    return name in {"", "localhost", "::1", socket.gethostname()} or name.startswith("127.")
