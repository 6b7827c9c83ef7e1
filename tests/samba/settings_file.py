# SPDX-License-Identifier: MIT
"""The example as a settings file for the test domain, in the format of `docs/settings.schema.json`."""

from typing import Any

from tests.samba import names
from tests.samba.server import SambaDomain


def settings_document(domain: SambaDomain, *, ca_file: str = "") -> dict[str, Any]:
    """A whole settings file: connection by verified LDAPS, the three privileges, the accounts, one minute.

    ``ca_file`` is what the program calls the authority's file, where that is not its path here.
    """
    return {
        "format": "jit-desktop-settings",
        "version": 1,
        "providers": [
            {
                "name": names.DNS_DOMAIN,
                "connection": {
                    "server": domain.host,
                    "method": "ldaps",
                    "bind_as": domain.service.upn,
                    "certificate": {"trust": "ca-file", "ca_file": ca_file or str(domain.ca_file)},
                },
                "jit": {
                    "privileges": [
                        {"dn": names.GROUP_ADMINS},
                        {"dn": names.GROUP_SERVICE_DESK},
                        {"dn": names.GROUP_ADMINS_UNIVERSAL},
                    ],
                    "group_prefix": "RDM_JIT",
                    "location": {"dn": names.OU_INTERNAL},
                    "replication_latency": "5s",
                },
                "accounts": [{"dn": names.ACCOUNT_BACKUP}, {"dn": names.ACCOUNT_PERMANENT}]
                + [{"logon_name": account} for account in names.ORDINARY_ACCOUNTS],
                "policy": {"default": "2h", "minimum": "1m"},
            }
        ],
    }
