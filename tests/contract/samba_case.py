# SPDX-License-Identifier: MIT
"""The real domain as a case of the contract: the adapter on a Samba domain controller, over verified TLS."""

import uuid

from jit_desktop.directory.connector import DirectoryConnector
from jit_desktop.directory.demo import demo_factory
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import CancelToken, Directory, GroupScope
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import CertificateTrust, ConnectionMethod, ConnectionSettings
from tests.contract.case import DirectoryCase
from tests.samba import names, rights
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain
from tests.samba.verifier import Scope, Verifier, sid_text
from tests.samba.windows_like import WindowsLikeProxy
from tests.unit.elevation.helpers import ManualClock

_SCOPES: dict[GroupScope, Scope] = {
    GroupScope.GLOBAL: "global",
    GroupScope.DOMAIN_LOCAL: "domain local",
    GroupScope.UNIVERSAL: "universal",
}


class VerifierView:
    """The administrator's own LDAP connection as a second view."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def exists(self, what: DistinguishedName) -> bool:
        return self._verifier.exists(what)

    def guid(self, what: DistinguishedName) -> ObjectGuid:
        return ObjectGuid(str(uuid.UUID(bytes_le=self._verifier.guid(what))))

    def members(self, group: DistinguishedName) -> set[DistinguishedName]:
        return {DistinguishedName(dn) for dn in self._verifier.members(group)}

    def texts(self, what: DistinguishedName) -> tuple[str, str]:
        return self._verifier.text(what, "info") or "", self._verifier.text(what, "description") or ""

    def create_ou(self, name: str, parent: DistinguishedName) -> DistinguishedName:
        return DistinguishedName(self._verifier.create_ou(name, parent))

    def create_group(
        self, name: str, parent: DistinguishedName, scope: GroupScope, logon_name: str
    ) -> DistinguishedName:
        attributes = {"sAMAccountName": logon_name}
        return DistinguishedName(
            self._verifier.create_group(name, parent, _SCOPES[scope], attributes=attributes)
        )

    def create_account(
        self, name: str, parent: DistinguishedName, logon_name: str, *, enabled: bool = True
    ) -> DistinguishedName:
        return DistinguishedName(
            self._verifier.create_user(
                name, parent, names.PRIVILEGED_PASSWORD, sam_account_name=logon_name, enabled=enabled
            )
        )

    def add_member(self, group: DistinguishedName, member: DistinguishedName) -> None:
        self._verifier.add_members(group, [member])

    def rename(self, what: DistinguishedName, name: str) -> DistinguishedName:
        return DistinguishedName(self._verifier.rename(what, name))

    def move(self, what: DistinguishedName, parent: DistinguishedName) -> DistinguishedName:
        return DistinguishedName(self._verifier.move(what, parent))

    def delete(self, what: DistinguishedName) -> None:
        self._verifier.delete_tree(what)

    def hide(self, what: DistinguishedName) -> None:
        self._verifier.deny(what, names.SERVICE.dn, rights.Access.SEE, below_too=True)

    def make_primary(self, group: DistinguishedName, account: DistinguishedName) -> None:
        rid = sid_text(self._verifier.sid(group)).rpartition("-")[2]
        self._verifier.set_attribute(account, "primaryGroupID", int(rid))

    def hide_members(self, group: DistinguishedName) -> None:
        access = rights.Access.READ_PROPERTY
        self._verifier.deny(group, names.SERVICE.dn, access, what=rights.MEMBER)

    def hide_memberships(self, group: DistinguishedName) -> None:
        access = rights.Access.READ_PROPERTY
        self._verifier.deny(group, names.SERVICE.dn, access, what=rights.ATTRIBUTES["memberOf"])

    def hide_contents(self, folder: DistinguishedName) -> None:
        self._verifier.deny(folder, names.SERVICE.dn, rights.Access.LIST_CHILDREN)


def samba_case(
    domain: SambaDomain, arena: Arena, windows_like: WindowsLikeProxy | None = None
) -> DirectoryCase:
    """The arena of one test, seen through the adapter, past ``windows_like`` where that is given."""
    connector = DirectoryConnector(demo_factory(None, ManualClock()))

    def connect(
        *,
        bind_as: str = "",
        password: str | None = None,
        server: str = "",
        cancel: CancelToken | None = None,
    ) -> Directory:
        settings = ConnectionSettings(
            server=server or domain.host,
            method=ConnectionMethod.LDAPS,
            port=domain.ldaps_port if windows_like is None else windows_like.port,
            bind_as=bind_as or domain.service.upn,
            trust=CertificateTrust.CA_FILE,
            ca_file=str(domain.ca_file),
        )
        return connector.connect(settings, Secret(password or domain.service.password), cancel=cancel)

    def upn(name: str) -> str:
        return f"{name}@{names.DNS_DOMAIN}"

    return DirectoryCase(
        connect=connect,
        outside=VerifierView(arena.verifier),
        base_dn=DistinguishedName(domain.base_dn),
        tag=arena.tag,
        ou=DistinguishedName(arena.ou),
        location=DistinguishedName(arena.creation_ou),
        targets={
            GroupScope.GLOBAL: DistinguishedName(arena.global_target),
            GroupScope.DOMAIN_LOCAL: DistinguishedName(arena.domain_local_target),
            GroupScope.UNIVERSAL: DistinguishedName(arena.universal_target),
        },
        foreign_target=DistinguishedName(arena.foreign_target),
        account=DistinguishedName(arena.account),
        account_name=arena.account_name,
        service_name=domain.service.sam_account_name,
        bad_sign_ins={
            "wrong password": (domain.service.upn, "not the password"),
            "expired password": (upn("_expired01"), names.PRIVILEGED_PASSWORD),
            "disabled account": (upn("_disabled01"), names.PRIVILEGED_PASSWORD),
        },
        checks_nesting=False,
        elapse=None if windows_like is None else windows_like.clock.advance,
        powerless=(domain.nobody.upn, domain.nobody.password),
    )
