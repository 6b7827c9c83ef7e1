# SPDX-License-Identifier: MIT
"""What every Active Directory domain holds from the start ([MS-ADTS] 6.1.1; [MS-DTYP] 2.4.2.4)."""

from __future__ import annotations

from jit_desktop.directory.demo.builder import Builder
from jit_desktop.directory.demo.objects import DOMAIN_SID
from jit_desktop.elevation.ports import GroupScope

_BUILTIN_GROUPS = (
    # RID under S-1-5-32, name, protected by AdminSDHolder, what it is for, delegated to the bound account
    (544, "Administrators", True, "Complete and unrestricted access to the domain", False),
    (545, "Users", False, "Prevented from making system-wide changes", False),
    (546, "Guests", False, "The same access as users by default", False),
    (548, "Account Operators", True, "Administer accounts and groups", False),
    (549, "Server Operators", True, "Administer domain servers", False),
    (550, "Print Operators", True, "Administer printers on domain controllers", False),
    (551, "Backup Operators", True, "Override security restrictions to back up or restore files", True),
    (552, "Replicator", True, "Supports file replication in a domain", False),
    (555, "Remote Desktop Users", False, "May log on remotely", True),
    (556, "Network Configuration Operators", False, "Manage the configuration of networking", False),
    (558, "Performance Monitor Users", False, "Read performance counters", True),
    (559, "Performance Log Users", False, "Schedule the logging of performance counters", True),
    (562, "Distributed COM Users", False, "Launch and use distributed COM objects", False),
    (568, "IIS_IUSRS", False, "Used by Internet Information Services", False),
    (573, "Event Log Readers", False, "Read event logs of the local computer", True),
    (578, "Hyper-V Administrators", False, "Complete access to all features of Hyper-V", True),
    (580, "Remote Management Users", False, "Use WMI over management protocols", True),
)

_DOMAIN_GROUPS = (
    # RID, name, scope, protected, delegated to the bound account
    (512, "Domain Admins", GroupScope.GLOBAL, True, True),
    (513, "Domain Users", GroupScope.GLOBAL, False, True),
    (514, "Domain Guests", GroupScope.GLOBAL, False, True),
    (515, "Domain Computers", GroupScope.GLOBAL, False, True),
    (516, "Domain Controllers", GroupScope.GLOBAL, True, False),
    (517, "Cert Publishers", GroupScope.DOMAIN_LOCAL, False, True),
    (518, "Schema Admins", GroupScope.UNIVERSAL, True, False),
    (519, "Enterprise Admins", GroupScope.UNIVERSAL, True, False),
    (520, "Group Policy Creator Owners", GroupScope.GLOBAL, False, True),
    (521, "Read-only Domain Controllers", GroupScope.GLOBAL, True, False),
    (525, "Protected Users", GroupScope.GLOBAL, False, True),
    (526, "Key Admins", GroupScope.GLOBAL, True, False),
    (527, "Enterprise Key Admins", GroupScope.UNIVERSAL, True, False),
    (553, "RAS and IAS Servers", GroupScope.DOMAIN_LOCAL, False, True),
    (1101, "DnsAdmins", GroupScope.DOMAIN_LOCAL, False, True),
    (1102, "DnsUpdateProxy", GroupScope.GLOBAL, False, True),
)


def add_builtin_objects(build: Builder) -> None:
    """AD's own containers, groups and accounts."""
    builtin = build.container("Builtin", delegated=False)
    for rid, name, protected, description, delegated in _BUILTIN_GROUPS:
        build.group(
            name,
            builtin,
            GroupScope.DOMAIN_LOCAL,
            sid=f"S-1-5-32-{rid}",
            builtin=True,
            critical=True,
            protected=protected,
            description=description,
            delegated=delegated,
        )
    build.container("Computers")
    build.container("Managed Service Accounts")
    foreign = build.container("ForeignSecurityPrincipals")
    build.other("S-1-5-11", foreign, sid="S-1-5-11", description="Authenticated Users")
    users = build.container("Users")
    for rid, name, scope, protected, delegated in _DOMAIN_GROUPS:
        build.group(
            name, users, scope, rid=rid, critical=rid < 1000, protected=protected, delegated=delegated
        )
    build.domain_users = build.principal("Domain Users")
    administrator = build.account("Administrator", users, rid=500, critical=True, protected=True)
    build.account("Guest", users, rid=501, critical=True, enabled=False)
    build.account("krbtgt", users, rid=502, critical=True, protected=True, enabled=False)
    controllers = build.ou("Domain Controllers", critical=True, delegated=False)
    for number, name in enumerate(("DC1", "DC2", "RODC1")):
        build.other(name, controllers, sid=f"{DOMAIN_SID}-{1000 + number}")
    for group in ("Domain Admins", "Schema Admins", "Enterprise Admins", "Administrators"):
        build.add_member(group, administrator)
    for group in ("Domain Admins", "Enterprise Admins"):
        build.add_member("Administrators", group)
    build.add_member("Users", "Domain Users")
    build.add_member("Guests", "Domain Guests")
