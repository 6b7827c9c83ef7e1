# SPDX-License-Identifier: MIT
"""Fills an empty domain with the example that the demo, the laboratory and the live tests share."""

from ldap3 import MODIFY_ADD

from tests.samba import names
from tests.samba.verifier import NORMAL_ACCOUNT, PASSWORD_NEVER_EXPIRES, Scope, Verifier

_SURROUNDINGS: dict[str, tuple[tuple[str, Scope], ...]] = {
    f"OU=External,{names.OU_VAULTS}": (("Vault Readers - External", "global"),),
    names.OU_GROUPS: (
        ("Backup Console Users", "domain local"),
        ("Hyper-V Console Operators", "domain local"),
        ("Print Fleet Managers", "global"),
        ("SQL Production Readers", "global"),
        ("SQL Production Writers", "domain local"),
        ("Web Farm Deployers", "universal"),
    ),
}


def fill(domain: Verifier) -> None:
    """Create the example's units, groups and accounts, and give the service account its least rights."""
    domain.set_attribute(
        names.ADMINISTRATOR.dn, "userAccountControl", NORMAL_ACCOUNT | PASSWORD_NEVER_EXPIRES
    )
    _let_kerberos_find_ldap(domain)
    for dn in (
        names.OU_DOMAIN_GROUPS, names.OU_VAULTS, names.OU_INTERNAL, names.OU_GROUPS,
        names.OU_PRIVILEGED, names.OU_SERVICES, f"OU=External,{names.OU_VAULTS}",
    ):  # fmt: skip
        domain.connection.add(dn, "organizationalUnit")
    _groups(domain)
    _accounts(domain)
    domain.delegate_creation(names.OU_INTERNAL, names.SERVICE.dn)
    for group in (names.GROUP_ADMINS, names.GROUP_SERVICE_DESK, names.GROUP_ADMINS_UNIVERSAL):
        domain.delegate_membership(group, names.SERVICE.dn)


def _let_kerberos_find_ldap(domain: Verifier) -> None:
    """Register the service names; `samba_spnupdate` does it in a domain controller with all its services."""
    host = names.DC1
    domain.connection.modify(
        f"CN=DC1,OU=Domain Controllers,{names.BASE_DN}",
        {
            "servicePrincipalName": [
                (MODIFY_ADD, [f"ldap/{host}", f"ldap/{host}/{names.DNS_DOMAIN}", "ldap/DC1"])
            ]
        },
    )


def _groups(domain: Verifier) -> None:
    privileges: tuple[tuple[str, Scope], ...] = (
        (names.GROUP_ADMINS, "global"),
        (names.GROUP_SERVICE_DESK, "domain local"),
        (names.GROUP_ADMINS_UNIVERSAL, "universal"),
    )
    for dn, scope in privileges:
        _group(domain, _common_name(dn), names.OU_GROUPS, scope)
    for ou, groups in _SURROUNDINGS.items():
        for name, scope in groups:
            _group(domain, name, ou, scope)


def _group(domain: Verifier, name: str, ou: str, scope: Scope) -> None:
    domain.create_group(name, ou, scope, attributes={"sAMAccountName": name})


def _accounts(domain: Verifier) -> None:
    for account, parent in ((names.SERVICE, names.OU_SERVICES), (names.NOBODY, f"CN=Users,{names.BASE_DN}")):
        domain.create_user(account.sam_account_name, parent, account.password)
    for name in (
        "_backupoperator15",
        "_permanent01",
        "_mustchange01",
        "_expired01",
        *names.ORDINARY_ACCOUNTS,
    ):
        domain.create_user(name, names.OU_PRIVILEGED, names.PRIVILEGED_PASSWORD)
    domain.create_user("_disabled01", names.OU_PRIVILEGED, names.PRIVILEGED_PASSWORD, enabled=False)
    domain.add_members(names.GROUP_ADMINS, [names.ACCOUNT_PERMANENT])
    for dn in (names.ACCOUNT_EXPIRED, names.ACCOUNT_MUST_CHANGE):
        domain.set_attribute(dn, "userAccountControl", NORMAL_ACCOUNT)
    domain.set_attribute(names.ACCOUNT_MUST_CHANGE, "pwdLastSet", 0)


def _common_name(dn: str) -> str:
    return dn.removeprefix("CN=").split(",", 1)[0]
