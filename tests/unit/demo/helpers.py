# SPDX-License-Identifier: MIT
"""Names of the example content and the values that these tests write."""

from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import GroupScope, NewGroup

BASE = DistinguishedName("DC=corp,DC=example,DC=test")
INTERNAL = DistinguishedName(f"OU=Internal,OU=Vaults,OU=Domain Groups,{BASE}")
EXTERNAL = DistinguishedName(f"OU=External,OU=Vaults,OU=Domain Groups,{BASE}")
ADMINS = DistinguishedName(f"CN=Remote Desktop Manager Admins,OU=Groups,OU=Domain Groups,{BASE}")
SERVICE_DESK = DistinguishedName(f"CN=Remote Desktop Manager Service Desk,OU=Groups,OU=Domain Groups,{BASE}")
UNIVERSAL = DistinguishedName(
    f"CN=Remote Desktop Manager Admins - Universal,OU=Groups,OU=Domain Groups,{BASE}"
)
ACCOUNT = DistinguishedName(f"CN=_backupoperator15,OU=Privileged Accounts,{BASE}")
ENTERPRISE_ADMINS = DistinguishedName(f"CN=Enterprise Admins,CN=Users,{BASE}")


def new_group(name: str = "RDM_JIT_1", scope: GroupScope = GroupScope.GLOBAL) -> NewGroup:
    return NewGroup(name, INTERNAL, scope, ACCOUNT, info='{"v":1}', description="Made by a test")
