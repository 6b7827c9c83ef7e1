# SPDX-License-Identifier: MIT
"""Signs in with the present logon, reads what is directly in BASE, and writes what it found as JSON:

python -m tests.packaging.present_logon METHOD SERVER PORT CA_FILE BASE
"""

from __future__ import annotations

import json
import sys

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import EntryKind
from jit_desktop.elevation.settings import CertificateTrust, ConnectionMethod, ConnectionSettings, SignIn


def main(method: str, server: str, port: str, ca_file: str, base: str) -> None:
    """Do it; port 0 is that of the method."""
    settings = ConnectionSettings(
        server=server,
        port=int(port),
        method=ConnectionMethod(method),
        sign_in=SignIn.KERBEROS,
        trust=CertificateTrust.CA_FILE,
        ca_file=ca_file,
    )
    with DirectoryConnector().connect(settings, None) as directory:
        info = directory.info
        found = directory.children(DistinguishedName(base), frozenset(EntryKind))
    names = sorted(entry.dn for entry in found)
    sys.stdout.write(json.dumps({"identity": info.identity, "encryption": info.encryption, "names": names}))


if __name__ == "__main__":
    main(*sys.argv[1:])
