# SPDX-License-Identifier: MIT
"""Safeguards of the way to the directory."""

from __future__ import annotations

from tests.mutation.plant import Plant

_HERE = "jit_desktop/directory/"
_UNIT = ("tests/unit/directory",)

DIRECTORY = (
    Plant(
        "the certificate need not be for the server's name",
        _HERE + "tls.py",
        "    context.check_hostname = True\n",
        "    context.check_hostname = False\n",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "the certificate is not verified",
        _HERE + "tls.py",
        "    context.check_hostname = True\n    context.verify_mode = ssl.CERT_REQUIRED\n",
        "    context.check_hostname = False\n    context.verify_mode = ssl.CERT_NONE\n",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "a pinned certificate is not compared",
        _HERE + "tls.py",
        "    if pinned and certificate.fingerprint != normalised_fingerprint(settings.fingerprint):\n",
        "    if False:\n",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "TLS 1.0 is spoken where the certificate is verified",
        _HERE + "tls.py",
        "    context.minimum_version = ssl.TLSVersion.TLSv1_2\n    context.check_hostname = True\n",
        "    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED\n    context.check_hostname = True\n",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "TLS 1.0 is spoken where a certificate is pinned or shown",
        _HERE + "tls.py",
        "    context.minimum_version = ssl.TLSVersion.TLSv1_2\n    context.check_hostname = False\n",
        "    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED\n"
        "    context.check_hostname = False\n",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "an empty password is sent",
        _HERE + "connector.py",
        "    if not password:\n        # An empty",
        "    if False:\n        # An empty",
        _UNIT,
        ("impostors",),
    ),
    Plant(
        "a password goes over a connection that only Kerberos would protect",
        _HERE + "connector.py",
        "    if settings.method is ConnectionMethod.SEALED:\n        raise EncryptionRequired(",
        "    if False:\n        raise EncryptionRequired(",
        _UNIT,
    ),
    Plant(
        "Kerberos takes the server's name from the server, of whatever domain",
        _HERE + "connector.py",
        '    inside = root.host.endswith("." + server.lower())\n',
        "    inside = True\n",
        _UNIT,
    ),
    Plant(
        "a server that refuses StartTLS is spoken to all the same",
        _HERE + "starttls.py",
        "    if code != 0:\n",
        "    if False:\n",
        _UNIT,
    ),
    Plant(
        "a write without an answer counts as done",
        _HERE + "session.py",
        "        result = self._exchange(kind, request, write=True)[-1]\n",
        "        try:\n            result = self._exchange(kind, request, write=True)[-1]\n"
        "        except OutcomeUnknown:\n            return\n",
        _UNIT,
        ("fault",),
    ),
    Plant(
        "a write that was refused counts as done",
        _HERE + "session.py",
        '        if result["result"] != SUCCESS:\n            raise error_for(result, subject)\n\n'
        "    def _exchange(",
        "        _ = result\n\n    def _exchange(",
        _UNIT,
        ("attacks",),
    ),
    Plant(
        "an answer that drips may take for ever",
        _HERE + "punctual.py",
        "        self._answer = self._limit.within(whole)\n",
        "        self._answer = self._limit\n",
        _UNIT,
        ("attacks",),
    ),
    Plant(
        "the last request, maybe with its password, is kept",
        _HERE + "session.py",
        "                self._connection.request = None\n",
        "                pass\n",
        _UNIT,
    ),
    Plant(
        "a server that knows no memberships with a TTL is believed that they have none",
        _HERE + "session.py",
        "build_control(_LINK_TTL, True, None)",
        "build_control(_LINK_TTL, False, None)",
        _UNIT,
    ),
    Plant(
        "the first page of a search is taken for all of it",
        _HERE + "session.py",
        "            if not cookie:\n                return\n",
        "            return\n",
        (*_UNIT, "tests/contract"),
    ),
    Plant(
        "a group is said to be emptied, and nothing is written",
        _HERE + "memberships.py",
        '        self._session.modify(address(group), {"member": (REPLACE, [])}, subject=group)\n',
        "        _ = group\n",
        (*_UNIT, "tests/contract"),
        ("kill",),
    ),
    Plant(
        "a group is said to be deleted, and nothing is written",
        _HERE + "ldap_directory.py",
        "        self._session.delete(address(group), subject=group)\n",
        "        _ = group\n",
        (*_UNIT, "tests/contract"),
        ("kill",),
    ),
    Plant(
        "a membership is said to be written, and nothing is",
        _HERE + "memberships.py",
        '            self._session.modify(address(group), {"member": (ADD, [value])}, subject=group)\n',
        "            _ = value\n",
        (*_UNIT, "tests/contract"),
        ("kill",),
    ),
    Plant(
        "control characters go into a distinguished name as they are",
        "jit_desktop/elevation/dn.py",
        '        if char == "\\0" or ord(char) < 0x20:\n',
        "        if False:\n",
        ("tests/unit/elevation",),
    ),
)
