# SPDX-License-Identifier: MIT
"""The domain provider that is ready to be tried out on the demo domain."""

from __future__ import annotations

from jit_desktop.directory.demo.content import SERVICE_ACCOUNT, example_content
from jit_desktop.directory.demo.objects import BASE_DN, DNS_NAME, NETBIOS_NAME, DemoObject, guid_for
from jit_desktop.elevation.identity import ObjectRef, PrivilegeSetId, ProviderId
from jit_desktop.elevation.settings import (
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    DomainProvider,
    FieldMode,
    JitSettings,
    PrivilegedAccount,
    PrivilegeSet,
    ProviderPrivilege,
    ReplicationMode,
)

DEMO_PROVIDER_ID = ProviderId(guid_for("the provider of the demo domain"))
"""The same in every copy, so that the demo's history belongs to one provider."""

_LOCATION = f"OU=Internal,OU=Vaults,OU=Domain Groups,{BASE_DN}"
_ADMINS = "Remote Desktop Manager Admins"
_SERVICE_DESK = "Remote Desktop Manager Service Desk"
_UNIVERSAL = "Remote Desktop Manager Admins - Universal"
_PRIVILEGES = (
    (_ADMINS, "RDM administrators"),
    (_SERVICE_DESK, "RDM service desk"),
    (_UNIVERSAL, "RDM administrators, all domains"),
)
_ACCOUNTS = (
    ("_backupoperator15", "Backup operator 15"),
    ("_sqladmin02", "SQL administrator 2"),
    ("_webadmin03", "Web administrator 3"),
    ("_helpdesk04", "Service desk 4"),
    ("_permanent01", "Standing administrator"),
    ("_disabled01", "Former operator"),
)


def demo_provider() -> DomainProvider:
    """The example provider, complete and valid: three privileges, six accounts, a shortest duration of one
    minute so that an end can be watched."""
    privileges = {logon: ProviderPrivilege(_ref(logon), label) for logon, label in _PRIVILEGES}
    accounts = {logon: PrivilegedAccount(_ref(logon), label) for logon, label in _ACCOUNTS}
    return DomainProvider(
        id=DEMO_PROVIDER_ID,
        name=f"Demo domain ({DNS_NAME})",
        connection=ConnectionSettings(
            server=DNS_NAME, method=ConnectionMethod.DEMO, bind_as=f"{NETBIOS_NAME}\\{SERVICE_ACCOUNT}"
        ),
        jit=JitSettings(
            privileges=tuple(privileges.values()),
            privilege_sets_enabled=False,
            privilege_sets=(
                _set("Service desk", (privileges[_SERVICE_DESK],), (accounts["_helpdesk04"],)),
                _set(
                    "Infrastructure",
                    tuple(privileges.values()),
                    tuple(account for logon, account in accounts.items() if logon != "_helpdesk04"),
                ),
            ),
            group_prefix="RDM_JIT",
            location=_ref_at(_LOCATION),
            replication_latency_seconds=8,
            replication_mode=ReplicationMode.CONFIRMED,
        ),
        accounts=tuple(accounts.values()),
        policy=CheckoutPolicy(
            default_seconds=2 * 3600, minimum_seconds=60, maximum_seconds=8 * 3600, reason=FieldMode.OPTIONAL
        ),
    )


def _set(
    name: str, privileges: tuple[ProviderPrivilege, ...], accounts: tuple[PrivilegedAccount, ...]
) -> PrivilegeSet:
    return PrivilegeSet(
        id=PrivilegeSetId(guid_for(f"the privilege set {name}")),
        name=name,
        privileges=frozenset(privilege.group.guid for privilege in privileges),
        accounts=frozenset(account.account.guid for account in accounts),
    )


def _ref(logon_name: str) -> ObjectRef:
    thing = example_content().find_logon(logon_name)
    assert thing is not None, logon_name
    return _ref_to(thing)


def _ref_at(dn: str) -> ObjectRef:
    thing = example_content().find_dn(dn)
    assert thing is not None, dn
    return _ref_to(thing)


def _ref_to(thing: DemoObject) -> ObjectRef:
    return ObjectRef(thing.guid, example_content().dn(thing), thing.name)
