# SPDX-License-Identifier: MIT
"""The example's settings file for the real test domain, written as an administrator would write it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.samba import names
from tests.samba.server import SambaDomain


def settings_document(domain: SambaDomain, *, latency: str = "2s") -> dict[str, object]:
    """The page that this product mirrors, word for word, over LDAPS with the test domain's authority."""
    return {
        "format": "jit-desktop-settings",
        "version": 1,
        "providers": [
            {
                "name": "corp.example.test",
                "connection": {
                    "server": domain.host,
                    "method": "ldaps",
                    "sign_in": "password",
                    "bind_as": domain.service.upn,
                    "certificate": {"trust": "ca-file", "ca_file": str(domain.ca_file)},
                },
                "jit": {
                    "privileges": [
                        {"dn": names.GROUP_ADMINS, "display_name": "Remote Desktop Manager Admins"},
                        {"dn": names.GROUP_SERVICE_DESK},
                        {"dn": names.GROUP_ADMINS_UNIVERSAL},
                    ],
                    "group_prefix": "RDM_JIT",
                    "location": {"dn": names.OU_INTERNAL},
                    "replication_latency": latency,
                },
                "accounts": [{"logon_name": "_backupoperator15"}, {"dn": names.ACCOUNT_PERMANENT}],
                "policy": {"minimum": "1m", "default": "2h", "maximum": "8h"},
            }
        ],
    }


def write_settings(domain: SambaDomain, file: Path) -> Path:
    """The settings file at ``file``."""
    file.write_text(json.dumps(settings_document(domain), indent=2), encoding="utf-8")
    return file
