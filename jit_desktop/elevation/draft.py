# SPDX-License-Identifier: MIT
"""A provider as a settings file has it: objects are named, and only the directory knows what they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jit_desktop.elevation.dn import same_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    AmbiguousName,
    InvalidName,
    InvalidSettings,
    NoSuchObject,
    RejectedByDirectory,
)
from jit_desktop.elevation.identity import (
    DistinguishedName,
    ObjectGuid,
    ObjectRef,
    PrivilegeSetId,
    ProviderId,
)
from jit_desktop.elevation.ports import Directory, DirectoryEntry, EntryKind
from jit_desktop.elevation.rules import provider_problems
from jit_desktop.elevation.settings import (
    CheckoutPolicy,
    ConnectionSettings,
    DomainProvider,
    JitSettings,
    PrivilegedAccount,
    PrivilegeSet,
    ProviderPrivilege,
    ReplicationMode,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Names an object of the directory by its GUID, else by its DN, else by its name; one of them is given.

    Where there is a GUID it alone decides: an object that was made anew under an old DN is another object.
    """

    guid: ObjectGuid | None = None
    dn: DistinguishedName | None = None
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.dn or self.guid or ""


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """A group or an account with the display name that it is to have."""

    what: Reference
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class SetDraft:
    """A privilege set; its members are among the provider's privileges and accounts."""

    name: str
    privileges: tuple[Reference, ...] = ()
    accounts: tuple[Reference, ...] = ()
    id: PrivilegeSetId | None = None


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """Everything that is set for a provider, before the directory was asked."""

    name: str
    id: ProviderId | None = None
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    privileges: tuple[ListedDraft, ...] = ()
    privilege_sets_enabled: bool = False
    privilege_sets: tuple[SetDraft, ...] = ()
    group_prefix: str = "JIT"
    location: Reference | None = None
    replication_latency_seconds: int = 0
    replication_mode: ReplicationMode = ReplicationMode.FIXED
    accounts: tuple[ListedDraft, ...] = ()
    policy: CheckoutPolicy = field(default_factory=CheckoutPolicy)


# --- from a provider --------------------------------------------------------------------------------------


def draft_of(provider: DomainProvider) -> ProviderDraft:
    """The draft from which ``provider`` can be set up again."""
    privileges = [p.group for p in provider.jit.privileges]
    accounts = [a.account for a in provider.accounts]
    return ProviderDraft(
        name=provider.name,
        id=provider.id,
        connection=provider.connection,
        privileges=tuple(ListedDraft(_named(p.group), p.display_name) for p in provider.jit.privileges),
        privilege_sets_enabled=provider.jit.privilege_sets_enabled,
        privilege_sets=tuple(
            SetDraft(
                name=bundle.name,
                privileges=_members(bundle.privileges, privileges),
                accounts=_members(bundle.accounts, accounts),
                id=bundle.id,
            )
            for bundle in provider.jit.privilege_sets
        ),
        group_prefix=provider.jit.group_prefix,
        location=_named(provider.jit.location) if provider.jit.location else None,
        replication_latency_seconds=provider.jit.replication_latency_seconds,
        replication_mode=provider.jit.replication_mode,
        accounts=tuple(ListedDraft(_named(a.account), a.display_name) for a in provider.accounts),
        policy=provider.policy,
    )


def _named(ref: ObjectRef) -> Reference:
    return Reference(ref.guid, ref.dn or None, ref.name)


def _members(guids: frozenset[ObjectGuid], listed: Sequence[ObjectRef]) -> tuple[Reference, ...]:
    """The members of a set in the order of the provider's list; what is not in that comes last."""
    found = [Reference(ref.guid, None, ref.name) for ref in listed if ref.guid in guids]
    strangers = guids - {ref.guid for ref in listed}
    return (*found, *(Reference(guid) for guid in sorted(strangers)))


# --- to a provider ----------------------------------------------------------------------------------------


def resolve(
    draft: ProviderDraft, directory: Directory, *, provider_id: ProviderId | None = None
) -> DomainProvider:
    """The provider that ``draft`` describes, with every object read from ``directory``.

    It gets ``provider_id``, else the identifier of the draft, else a new one.

    Raises :class:`InvalidSettings` with everything that is wrong, by field name (``jit.privileges[2]``): what
    is not there, is of the wrong kind, or breaks the rules of a provider; and what
    :class:`~jit_desktop.elevation.ports.Directory` raises where the directory itself fails.
    """
    found = _Resolution(directory)
    location = None
    if draft.location is not None:
        location = found.read("jit.location", draft.location, _location_problem)
    privileges = [
        (listed, found.read(f"jit.privileges[{i}]", listed.what, _group_problem))
        for i, listed in enumerate(draft.privileges)
    ]
    accounts = [
        (listed, found.read(f"accounts[{i}]", listed.what, _account_problem))
        for i, listed in enumerate(draft.accounts)
    ]
    sets = [
        PrivilegeSet(
            id=bundle.id or PrivilegeSetId(str(uuid.uuid4())),
            name=bundle.name,
            privileges=found.pick(f"jit.privilege_sets[{i}].privileges", bundle.privileges, privileges),
            accounts=found.pick(f"jit.privilege_sets[{i}].accounts", bundle.accounts, accounts),
        )
        for i, bundle in enumerate(draft.privilege_sets)
    ]
    provider = DomainProvider(
        id=provider_id or draft.id or ProviderId(str(uuid.uuid4())),
        name=draft.name,
        connection=draft.connection,
        jit=JitSettings(
            privileges=tuple(ProviderPrivilege(ref, d.display_name) for d, ref in privileges if ref),
            privilege_sets_enabled=draft.privilege_sets_enabled,
            privilege_sets=tuple(sets),
            group_prefix=draft.group_prefix,
            location=location,
            replication_latency_seconds=draft.replication_latency_seconds,
            replication_mode=draft.replication_mode,
        ),
        accounts=tuple(PrivilegedAccount(ref, d.display_name) for d, ref in accounts if ref),
        policy=draft.policy,
    )
    problems = found.problems
    if not problems:
        problems = provider_problems(provider)
    if problems:
        raise InvalidSettings(
            problems, subject=draft.name, remedy="Mend the settings file and import it again."
        )
    return provider


_Listed = Sequence[tuple[ListedDraft, ObjectRef | None]]


class _Resolution:
    """Reads objects and collects what is wrong with them."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.problems: dict[str, str] = {}

    def read(
        self, place: str, reference: Reference, problem_of: Callable[[DirectoryEntry], str]
    ) -> ObjectRef | None:
        """The object as it is called now; ``None`` where there is a problem, which is noted."""
        try:
            if reference.guid:
                entry = self._directory.read(reference.guid)
            elif reference.dn:
                entry = self._directory.read(reference.dn)
            else:
                entry = self._directory.find_account(reference.name)
        except NoSuchObject:
            self.problems[place] = _missing(reference)
            return None
        except (AmbiguousName, AccessDenied, InvalidName, RejectedByDirectory) as error:
            self.problems[place] = str(error)
            return None
        if problem := problem_of(entry):
            self.problems[place] = f"“{entry.name}” {problem}"
            return None
        name = entry.logon_name if entry.kind is EntryKind.ACCOUNT and entry.logon_name else entry.name
        return ObjectRef(entry.guid, entry.dn, name)

    def pick(self, place: str, members: Sequence[Reference], listed: _Listed) -> frozenset[ObjectGuid]:
        """The GUIDs of ``members`` among what the provider lists."""
        picked: set[ObjectGuid] = set()
        for i, member in enumerate(members):
            matches = [(draft, ref) for draft, ref in listed if _is_meant(member, draft, ref)]
            guids = {ref.guid for _, ref in matches if ref is not None}
            if len(guids) == 1:
                picked |= guids
            elif guids:
                self.problems[f"{place}[{i}]"] = f"“{member}” could be any of {len(guids)}; give its GUID."
            elif not matches:
                self.problems[f"{place}[{i}]"] = f"“{member}” is not listed in the provider's settings."
        return frozenset(picked)


def _is_meant(member: Reference, listed: ListedDraft, ref: ObjectRef | None) -> bool:
    if member.guid:
        return member.guid == (ref.guid if ref else listed.what.guid)
    if member.dn:
        dns = [dn for dn in (listed.what.dn, ref.dn if ref else None) if dn]
        return any(same_dn(member.dn, dn) for dn in dns)
    names = {listed.display_name, listed.what.name, ref.name if ref else ""}
    return member.name.casefold() in {name.casefold() for name in names if name}


def _missing(reference: Reference) -> str:
    if reference.guid:
        also = f" (last seen as {reference.dn})" if reference.dn else ""
        return f"No object has the GUID {reference.guid}{also}; for another domain, leave the GUID out."
    if reference.dn:
        return f"There is no {reference.dn}."
    return f"No account is called “{reference.name}”."


def _location_problem(entry: DirectoryEntry) -> str:
    if entry.kind in (EntryKind.OU, EntryKind.CONTAINER):
        return ""
    return "is no organisational unit or container."


def _group_problem(entry: DirectoryEntry) -> str:
    if entry.kind is not EntryKind.GROUP:
        return "is no group."
    return "" if entry.security_enabled else "is a distribution group, which gives no rights."


def _account_problem(entry: DirectoryEntry) -> str:
    return "" if entry.kind is EntryKind.ACCOUNT else "is no user account."


# --- back to a provider, without the directory --------------------------------------------------------------


def as_it_was(draft: ProviderDraft) -> DomainProvider:
    """The provider that :func:`draft_of` made ``draft`` of, as it was then: nothing is asked of the
    directory. :class:`ValueError` where an identifier is missing, so that no other object can be meant.
    """
    if draft.id is None:
        raise ValueError("the provider has no identifier")
    return DomainProvider(
        id=draft.id,
        name=draft.name,
        connection=draft.connection,
        jit=JitSettings(
            privileges=tuple(ProviderPrivilege(_ref(p.what), p.display_name) for p in draft.privileges),
            privilege_sets_enabled=draft.privilege_sets_enabled,
            privilege_sets=tuple(
                PrivilegeSet(
                    id=bundle.id or PrivilegeSetId(bundle.name),
                    name=bundle.name,
                    privileges=frozenset(_ref(p).guid for p in bundle.privileges),
                    accounts=frozenset(_ref(a).guid for a in bundle.accounts),
                )
                for bundle in draft.privilege_sets
            ),
            group_prefix=draft.group_prefix,
            location=_ref(draft.location) if draft.location else None,
            replication_latency_seconds=draft.replication_latency_seconds,
            replication_mode=draft.replication_mode,
        ),
        accounts=tuple(PrivilegedAccount(_ref(a.what), a.display_name) for a in draft.accounts),
        policy=draft.policy,
    )


def _ref(reference: Reference) -> ObjectRef:
    if reference.guid is None:
        raise ValueError(f"“{reference}” has no GUID")
    return ObjectRef(reference.guid, reference.dn or DistinguishedName(""), reference.name)
