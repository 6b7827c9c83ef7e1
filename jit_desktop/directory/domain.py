# SPDX-License-Identifier: MIT
"""What a domain controller tells about itself and its domain: rootDSE, names, domain controllers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from jit_desktop.directory.abilities import DYNAMIC_REFRESH, read_abilities
from jit_desktop.directory.attributes import Found, extended_sid, generalized_time, sid_text
from jit_desktop.directory.filters import all_of, any_of, equals
from jit_desktop.directory.session import ONE_LEVEL, LdapSession
from jit_desktop.directory.starttls import not_a_directory
from jit_desktop.elevation.dn import domain_name, normalised, parent_dn, same_dn, split_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    DirectoryUnavailable,
    NoSuchObject,
    ReferredElsewhere,
)
from jit_desktop.elevation.identity import DistinguishedName, SecurityId
from jit_desktop.elevation.ports import Abilities, DomainController, DomainInfo

_ACTIVE_DIRECTORY: Final = "1.2.840.113556.1.4.800"
"""LDAP_CAP_ACTIVE_DIRECTORY_OID ([MS-ADTS] 3.1.1.3.4.3.1)."""
_WHO_AM_I: Final = "1.3.6.1.4.1.4203.1.11.3"
"""RFC 4532."""
_DOMAIN_CONTROLLERS: Final = "516"
_READ_ONLY_ONES: Final = "521"
"""DOMAIN_GROUP_RID_CONTROLLERS and DOMAIN_GROUP_RID_READONLY_CONTROLLERS ([MS-SAMR] 2.2.1.14)."""
_Key: TypeAlias = tuple[tuple[str, str], ...]
"""A DN in the form in which it is compared."""

_ROOT_ATTRIBUTES: Final = (
    "defaultNamingContext",
    "configurationNamingContext",
    "dnsHostName",
    "currentTime",
    "domainFunctionality",
    "supportedCapabilities",
    "supportedExtension",
    "isSynchronized",
)


@dataclass(frozen=True, slots=True)
class RootDse:
    """The server's description of itself ([MS-ADTS] 3.1.1.3.2), readable before signing in."""

    base_dn: DistinguishedName
    configuration_dn: DistinguishedName
    host: str
    time: datetime
    functional_level: int
    extensions: frozenset[str]
    synchronized: bool = True


def read_root(session: LdapSession) -> RootDse:
    """Read rootDSE; :class:`DirectoryUnavailable` where the server is no Active Directory domain
    controller."""
    root = session.read("", _ROOT_ATTRIBUTES, subject=session.peer)
    if _ACTIVE_DIRECTORY not in root.texts("supportedCapabilities") or not root.text("defaultNamingContext"):
        raise DirectoryUnavailable(
            f"{session.peer} is a directory server, but no domain controller of Active Directory.",
            subject=session.peer,
            remedy="Name a domain controller, or the domain itself.",
        )
    if not root.values("currentTime"):
        raise not_a_directory(session.peer)
    return RootDse(
        base_dn=DistinguishedName(root.text("defaultNamingContext")),
        configuration_dn=DistinguishedName(root.text("configurationNamingContext")),
        host=root.text("dnsHostName").lower(),
        time=generalized_time(root.values("currentTime")[0]),
        functional_level=root.integer("domainFunctionality"),
        extensions=frozenset(root.texts("supportedExtension")),
        synchronized=root.text("isSynchronized").upper() != "FALSE",
    )


def current_time(session: LdapSession) -> datetime:
    """The domain controller's clock, UTC."""
    shown = session.read("", ["currentTime"], subject=session.peer).values("currentTime")
    if not shown:
        raise not_a_directory(session.peer)
    return generalized_time(shown[0])


def describe(
    session: LdapSession,
    root: RootDse,
    *,
    encryption: str,
    fingerprint: str,
    expires: datetime | None,
    known: DomainInfo | None = None,
) -> DomainInfo:
    """All that a fresh connection tells, in a few short requests.

    ``known`` is what another domain controller told the same account a moment ago: of this domain, whose SID
    each one tells by itself, it says who signed in and what the forest ends by itself.
    """
    netbios, sid = _names_of_domain(session, root)
    if known is not None and not (same_dn(known.base_dn, root.base_dn) and known.domain_sid == sid):
        known = None
    return DomainInfo(
        dns_name=domain_name(root.base_dn),
        base_dn=root.base_dn,
        netbios_name=netbios,
        controller=root.host,
        identity=_identity(session, root, netbios) if known is None else known.identity,
        encryption=encryption,
        functional_level=root.functional_level,
        abilities=_abilities(session, root, known),
        certificate_fingerprint=fingerprint,
        certificate_expires=expires,
        synchronized=root.synchronized,
        domain_sid=sid,
    )


def _abilities(session: LdapSession, root: RootDse, known: DomainInfo | None) -> Abilities:
    """What the forest says, and whether this domain controller has dynamic objects: it may be of another
    version."""
    dynamic_objects = DYNAMIC_REFRESH in root.extensions
    if known is not None:
        return replace(known.abilities, dynamic_objects=dynamic_objects)
    return read_abilities(session, root.configuration_dn, dynamic_objects=dynamic_objects)


def _domain_sid(session: LdapSession, root: RootDse) -> SecurityId | None:
    """That of the domain head, or, where it is hidden, what those of its domain controllers begin with."""
    try:
        shown = session.read(root.base_dn, ["objectSid"], subject=root.base_dn).values("objectSid")
    except (NoSuchObject, AccessDenied, ReferredElsewhere):
        shown = []
    if shown:
        return sid_text(shown[0])
    where = equals("primaryGroupID", _DOMAIN_CONTROLLERS)
    for account in session.search(root.base_dn, where, ["objectSid"]):
        if sid := account.values("objectSid"):
            return SecurityId(sid_text(sid[0]).rpartition("-")[0])
    return None


def own_sid(session: LdapSession, root: RootDse, info: DomainInfo) -> SecurityId | None:
    """The SID of the account that signed in: that of the account of this domain with its name, or else the
    first one of its token, which is its own; ``None`` where neither is shown."""
    netbios, _, name = info.identity.partition("\\")
    if name and netbios.lower() == info.netbios_name.lower():
        for found in session.search(root.base_dn, equals("sAMAccountName", name), ["objectSid"]):
            if sid := found.values("objectSid"):
                return sid_text(sid[0])
    token = session.read("", ["tokenGroups"], subject=session.peer).values("tokenGroups")
    return sid_text(token[0]) if token else None


def domain_controllers(session: LdapSession, root: RootDse) -> Sequence[DomainController]:
    """The domain controllers of this domain from the sites of the forest, sorted by host.

    A server object counts while it has its NTDS Settings, which a demotion removes ([MS-ADTS]
    6.1.1.2.2.1.2.1). The computer accounts are a second witness: one that is hidden in the sites is one by
    its primary group (*Domain Controllers* or *Read-only Domain Controllers*). Who answers is one. A list
    that does not name it, or has NTDS Settings without a name of their own, was not shown to the account that
    signs in, and says nothing of the others. The name is that of the server object or, where that does not
    show one, that of the computer account that refers to it: another account, as that of one that was taken
    out of the domain and left behind, makes up for none.
    """
    hosts: dict[_Key, str] = {}
    accounts: dict[_Key, _Key] = {}
    """The computer account of each server object, as that says."""
    settings = []
    where = any_of(equals("objectClass", "server"), equals("objectClass", "nTDSDSA"))
    held = ("msDS-HasDomainNCs", "msDS-hasFullReplicaNCs")
    attributes = ("objectClass", "dNSHostName", "serverReference", *held)
    try:
        shown = list(session.search(f"CN=Sites,{root.configuration_dn}", where, attributes))
    except NoSuchObject:
        shown = []  # every forest has it: it is hidden as a whole
    for found in shown:
        if "server" in found.texts("objectClass"):
            hosts[normalised(found.dn)] = found.text("dNSHostName").lower()
            if account_dn := found.text("serverReference"):
                accounts[normalised(found.dn)] = normalised(account_dn)
        elif "nTDSDSA" in found.texts("objectClass"):
            settings.append(found)
    controllers: dict[str, DomainController] = {}
    servers: list[_Key] = []
    for found in settings:
        read_only = "nTDSDSARO" in found.texts("objectClass")
        domains = found.texts("msDS-hasFullReplicaNCs" if read_only else "msDS-HasDomainNCs")
        server = parent_dn(found.dn)
        host = hosts.get(normalised(server), "")
        # One that does not say of which domain it is may be of this one.
        if domains and not any(same_dn(domain, root.base_dn) for domain in domains):
            continue
        servers.append(normalised(server))
        if not domains:
            continue
        if host:
            # CN=NTDS Settings,CN=DC1,CN=Servers,CN=<site>,CN=Sites,…
            site = split_dn(server)[2][1]
            controllers[host] = DomainController(host, site, writable=not read_only)
    controllers.setdefault(root.host, DomainController(root.host, is_listed=False))
    for account in _computer_accounts(session, root):
        host, group = account.text("dNSHostName").lower(), account.text("primaryGroupID")
        if host and group:
            writable = group == _DOMAIN_CONTROLLERS
            controllers.setdefault(host, DomainController(host, writable=writable))
            own = {one for one in servers if accounts.get(one) == normalised(account.dn)}
            for one in own.union(map(normalised, account.texts("serverReferenceBL"))):
                hosts[one] = hosts.get(one) or host
    names = {hosts.get(one, "") for one in servers}
    if len(names & controllers.keys()) < len(servers):
        # One does not show its name, or has that of another one.
        controllers[root.host] = replace(controllers[root.host], is_listed=False)
    return tuple(sorted(controllers.values(), key=lambda controller: controller.host))


def _computer_accounts(session: LdapSession, root: RootDse) -> Iterator[Found]:
    groups = (equals("primaryGroupID", group) for group in (_DOMAIN_CONTROLLERS, _READ_ONLY_ONES))
    where = all_of(equals("objectClass", "computer"), any_of(*groups))
    yield from session.search(root.base_dn, where, ("dNSHostName", "primaryGroupID", "serverReferenceBL"))


def _names_of_domain(session: LdapSession, root: RootDse) -> tuple[str, SecurityId | None]:
    """The NetBIOS name of the domain and its SID: its crossRef has the name, and the SID in the extended form
    of ``nCName`` ([MS-ADTS] 3.1.1.3.4.1.5)."""
    where = all_of(equals("objectClass", "crossRef"), equals("nCName", root.base_dn))
    partitions = f"CN=Partitions,{root.configuration_dn}"
    names = ["nETBIOSName", "nCName"]
    for found in session.search(partitions, where, names, scope=ONE_LEVEL, extended_dn=True):
        sid = next(map(extended_sid, found.values("nCName")), None)
        return found.text("nETBIOSName"), sid or _domain_sid(session, root)
    return domain_name(root.base_dn).partition(".")[0].upper(), _domain_sid(session, root)


def _identity(session: LdapSession, root: RootDse, netbios: str) -> str:
    """``DOMAIN\\user``: what the server answers to *Who am I?*, or else the account of its own token's
    first SID."""
    if _WHO_AM_I in root.extensions and (answer := session.extended(_WHO_AM_I)):
        return answer.decode("utf-8", errors="replace").removeprefix("u:")
    token = session.read("", ["tokenGroups"], subject=session.peer).values("tokenGroups")
    if not token:
        return ""
    sid = sid_text(token[0])
    try:
        account = session.read(f"<SID={sid}>", ["sAMAccountName"])
    except NoSuchObject:
        return sid
    return f"{netbios}\\{account.text('sAMAccountName')}"
