# SPDX-License-Identifier: MIT
"""The fixed names of the test domain, so that tests, fixtures and laboratory mean the same."""

from dataclasses import dataclass, field
from typing import Final

REALM: Final = "CORP.EXAMPLE.TEST"
DNS_DOMAIN: Final = "corp.example.test"
NETBIOS_DOMAIN: Final = "CORP"
BASE_DN: Final = "DC=corp,DC=example,DC=test"
DC1: Final = f"dc1.{DNS_DOMAIN}"
DC2: Final = f"dc2.{DNS_DOMAIN}"
"""The second domain controller: real where two are started, else an address at which nothing listens."""
DC3: Final = f"dc3.{DNS_DOMAIN}"
"""Where two are started: resolves to an address at which nothing listens."""

OU_DOMAIN_GROUPS: Final = f"OU=Domain Groups,{BASE_DN}"
OU_VAULTS: Final = f"OU=Vaults,{OU_DOMAIN_GROUPS}"
OU_INTERNAL: Final = f"OU=Internal,{OU_VAULTS}"
"""Where temporary groups are made: *Domain Groups\\Vaults\\Internal*."""
OU_GROUPS: Final = f"OU=Groups,{OU_DOMAIN_GROUPS}"
OU_PRIVILEGED: Final = f"OU=Privileged Accounts,{BASE_DN}"
OU_SERVICES: Final = f"OU=Service Accounts,{BASE_DN}"

GROUP_ADMINS: Final = f"CN=Remote Desktop Manager Admins,{OU_GROUPS}"
GROUP_SERVICE_DESK: Final = f"CN=Remote Desktop Manager Service Desk,{OU_GROUPS}"
GROUP_ADMINS_UNIVERSAL: Final = f"CN=Remote Desktop Manager Admins - Universal,{OU_GROUPS}"

ACCOUNT_BACKUP: Final = f"CN=_backupoperator15,{OU_PRIVILEGED}"
ACCOUNT_DISABLED: Final = f"CN=_disabled01,{OU_PRIVILEGED}"
ACCOUNT_EXPIRED: Final = f"CN=_expired01,{OU_PRIVILEGED}"
"""Its password is expired (`data 532`)."""
ACCOUNT_MUST_CHANGE: Final = f"CN=_mustchange01,{OU_PRIVILEGED}"
"""Its password must be changed at the next logon (`data 773`)."""
ACCOUNT_PERMANENT: Final = f"CN=_permanent01,{OU_PRIVILEGED}"
"""A permanent member of *Remote Desktop Manager Admins*."""
ORDINARY_ACCOUNTS: Final = ("_sqladmin02", "_webadmin03", "_helpdesk04")


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account of the test domain in the spellings by which it can bind."""

    sam_account_name: str
    password: str = field(repr=False)
    dn: str

    @property
    def upn(self) -> str:
        return f"{self.sam_account_name}@{DNS_DOMAIN}"

    @property
    def down_level(self) -> str:
        return f"{NETBIOS_DOMAIN}\\{self.sam_account_name}"


ADMINISTRATOR: Final = Credentials(
    "Administrator", "Adm1nistrator-of-the-lab", f"CN=Administrator,CN=Users,{BASE_DN}"
)
SERVICE: Final = Credentials("svc-jit", "S3rvice-of-the-lab", f"CN=svc-jit,{OU_SERVICES}")
"""The account the program binds as; it has the least rights that suffice and no others."""
NOBODY: Final = Credentials("nobody01", "N0body-of-the-lab", f"CN=nobody01,CN=Users,{BASE_DN}")
"""An ordinary user without any right beyond reading."""
PRIVILEGED_PASSWORD: Final = "Priv1leged-of-the-lab"
