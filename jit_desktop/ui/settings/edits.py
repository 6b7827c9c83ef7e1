# SPDX-License-Identifier: MIT
"""Every change that the settings pages make, as functions from one frozen provider to the next.

Nothing of Qt is in here: what the pages do to a provider can be read and tested without a window.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from jit_desktop.elevation.identity import ObjectGuid, ObjectRef, PrivilegeSetId, ProviderId
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind, FoundDomain
from jit_desktop.elevation.settings import (
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    DomainProvider,
    JitSettings,
    PrivilegedAccount,
    PrivilegeSet,
    ProviderPrivilege,
    SignIn,
)


def new_provider(name: str, provider_id: ProviderId | None = None) -> DomainProvider:
    """A provider with nothing but a name and the defaults."""
    return DomainProvider(id=provider_id or ProviderId(str(uuid.uuid4())), name=name)


def duplicate(provider: DomainProvider, name: str) -> DomainProvider:
    """The same settings under a new name; the password is not taken along."""
    return replace(provider, id=ProviderId(str(uuid.uuid4())), name=name)


def reference(entry: DirectoryEntry) -> ObjectRef:
    """How the settings remember an entry: accounts by their logon name, everything else by its name."""
    name = entry.logon_name if entry.kind is EntryKind.ACCOUNT and entry.logon_name else entry.name
    return ObjectRef(entry.guid, entry.dn, name)


# --- connection ------------------------------------------------------------------------------------------


def with_found_domain(provider: DomainProvider, found: FoundDomain) -> DomainProvider:
    """The connection that the present session suggests, for a provider on which nobody has worked yet.

    Whoever is signed in to the domain needs no password, and sealed by Kerberos no certificate either.
    """
    if not found.name:
        return provider
    connection = replace(provider.connection, server=found.controller or found.name)
    if found.signed_in:
        connection = replace(connection, method=ConnectionMethod.SEALED, sign_in=SignIn.KERBEROS)
    return replace(provider, name=found.name, connection=connection)


def with_connection(provider: DomainProvider, connection: ConnectionSettings) -> DomainProvider:
    """Another connection; a way to sign in that the method does not offer becomes the one that it does."""
    if connection.method is ConnectionMethod.SEALED and connection.sign_in is not SignIn.KERBEROS:
        connection = replace(connection, sign_in=SignIn.KERBEROS)
    return replace(provider, connection=connection)


# --- provider privileges ---------------------------------------------------------------------------------


def with_jit(provider: DomainProvider, jit: JitSettings) -> DomainProvider:
    """Another *Just-in-time (JIT) elevation* page."""
    return replace(provider, jit=jit)


def add_privileges(provider: DomainProvider, groups: Iterable[DirectoryEntry]) -> DomainProvider:
    """Offer these groups too; those that are offered already stay as they are."""
    known = {privilege.group.guid for privilege in provider.jit.privileges}
    added = tuple(ProviderPrivilege(reference(group)) for group in groups if group.guid not in known)
    return with_jit(provider, replace(provider.jit, privileges=provider.jit.privileges + added))


def remove_privileges(provider: DomainProvider, groups: Iterable[ObjectGuid]) -> DomainProvider:
    """Offer these groups no longer, in no privilege set either."""
    gone = frozenset(groups)
    kept = tuple(p for p in provider.jit.privileges if p.group.guid not in gone)
    sets = tuple(replace(s, privileges=s.privileges - gone) for s in provider.jit.privilege_sets)
    return with_jit(provider, replace(provider.jit, privileges=kept, privilege_sets=sets))


def rename_privilege(provider: DomainProvider, group: ObjectGuid, display_name: str) -> DomainProvider:
    """Give a privilege a display name; the group's own name (or nothing) takes it away."""
    privileges = tuple(
        replace(p, display_name=_display_name(display_name, p.group)) if p.group.guid == group else p
        for p in provider.jit.privileges
    )
    return with_jit(provider, replace(provider.jit, privileges=privileges))


# --- privileged accounts ---------------------------------------------------------------------------------


def add_accounts(provider: DomainProvider, accounts: Iterable[DirectoryEntry]) -> DomainProvider:
    """Let these accounts be checked out too."""
    known = {account.account.guid for account in provider.accounts}
    added = tuple(PrivilegedAccount(reference(entry)) for entry in accounts if entry.guid not in known)
    return replace(provider, accounts=provider.accounts + added)


def remove_accounts(provider: DomainProvider, accounts: Iterable[ObjectGuid]) -> DomainProvider:
    """Let these accounts be checked out no longer; they leave the privilege sets as well."""
    gone = frozenset(accounts)
    sets = tuple(replace(s, accounts=s.accounts - gone) for s in provider.jit.privilege_sets)
    return replace(
        provider,
        accounts=tuple(a for a in provider.accounts if a.account.guid not in gone),
        jit=replace(provider.jit, privilege_sets=sets),
    )


def rename_account(provider: DomainProvider, account: ObjectGuid, display_name: str) -> DomainProvider:
    """Give an account a display name; its logon name (or nothing) takes it away."""
    accounts = tuple(
        replace(a, display_name=_display_name(display_name, a.account)) if a.account.guid == account else a
        for a in provider.accounts
    )
    return replace(provider, accounts=accounts)


# --- privilege sets --------------------------------------------------------------------------------------


def add_privilege_set(provider: DomainProvider, name: str) -> tuple[DomainProvider, PrivilegeSetId]:
    """One more privilege set, empty; and its id."""
    bundle = PrivilegeSet(PrivilegeSetId(str(uuid.uuid4())), name)
    jit = replace(provider.jit, privilege_sets=(*provider.jit.privilege_sets, bundle))
    return with_jit(provider, jit), bundle.id


def replace_privilege_set(provider: DomainProvider, bundle: PrivilegeSet) -> DomainProvider:
    """Another content or name for the set with the same id."""
    sets = tuple(bundle if s.id == bundle.id else s for s in provider.jit.privilege_sets)
    return with_jit(provider, replace(provider.jit, privilege_sets=sets))


def remove_privilege_set(provider: DomainProvider, set_id: PrivilegeSetId) -> DomainProvider:
    """One set less."""
    sets = tuple(s for s in provider.jit.privilege_sets if s.id != set_id)
    return with_jit(provider, replace(provider.jit, privilege_sets=sets))


# --- the rest --------------------------------------------------------------------------------------------


def with_location(provider: DomainProvider, place: DirectoryEntry) -> DomainProvider:
    """Another place in which temporary groups are created."""
    return with_jit(provider, replace(provider.jit, location=reference(place)))


def with_policy(provider: DomainProvider, policy: CheckoutPolicy) -> DomainProvider:
    """Other terms of a checkout."""
    return replace(provider, policy=policy)


def with_present_places(
    provider: DomainProvider, found: Mapping[ObjectGuid, DirectoryEntry]
) -> DomainProvider:
    """What the directory says now about names and places of the objects that the settings point at.

    An object keeps what was last known of it where it is not in `found`.
    """

    def present(ref: ObjectRef) -> ObjectRef:
        entry = found.get(ref.guid)
        return ref if entry is None else reference(entry)

    jit = replace(
        provider.jit,
        privileges=tuple(replace(p, group=present(p.group)) for p in provider.jit.privileges),
        location=None if provider.jit.location is None else present(provider.jit.location),
    )
    accounts = tuple(replace(a, account=present(a.account)) for a in provider.accounts)
    return replace(provider, jit=jit, accounts=accounts)


def _display_name(text: str, ref: ObjectRef) -> str:
    text = text.strip()
    return "" if text == ref.name else text
