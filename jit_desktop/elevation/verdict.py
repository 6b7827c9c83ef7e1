# SPDX-License-Identifier: MIT
"""What a group of the directory is to us: ours, suspect, or a stranger's. One function says so to the sweep,
the checkout, the adoption and the inspection.

A record may be written by whoever may write the group, and the account that was elevated often may. The
directory itself says whether it stands as it was written when the group was made (version 1,
``replPropertyMetaData``) and who made the group (its owner, who can't be set to somebody else without a
privilege of the domain controller's):

- The account that signs in made it: a copy of ours did. It counts in full, whatever this copy's policy says.
- Somebody else made it: whoever may create groups there was delegated that, and may write the members of the
  chosen groups besides, perhaps as a colleague's copy. It counts as far as this copy's policy goes.
- The elevated account, or a group that it is in, is the owner: it may be the work of its own hand. Suspect.

An end is *proven* by such a record, or by a marker (:mod:`.prolonging`), since an extension writes the record
again: the checkout, the sweep and the own row (:mod:`.own_row`) go by that. Who made a group can't be written
into it: whom a temporary group of ours has checked out does not depend on what became of its name and texts.
"""

from __future__ import annotations

import enum
import json
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation import prolonging, record
from jit_desktop.elevation.dn import is_within, parent_dn, same_dn
from jit_desktop.elevation.errors import StoreError
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, ProviderId, SecurityId
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, NotVisible, Store, TemporaryGroup
from jit_desktop.elevation.settings import DomainProvider

CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much the clock that a group was made by may differ from the domain's (Kerberos allows no more)."""
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SENTENCE_START = "Temporary group of JIT Desktop:"
_SENTENCE_END = re.compile(r" until (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) UTC")


class Kind(enum.StrEnum):
    """Whose a group is."""

    OURS = "ours"
    SUSPECT = "suspect"
    """It looks like one of ours, and is not as a copy of ours makes and leaves it."""
    STRANGER = "stranger"


class Evidence(enum.StrEnum):
    """By what a deadline is known."""

    ROW = "row"
    """This copy's own store."""
    AUTHENTIC = "authentic"
    """The record as somebody trusted wrote it when the group was made."""
    PROLONGED = "prolonged"
    """Another copy has shown that it prolonged it."""
    POLICY = "policy"
    """The record, as far as this copy's own policy goes from when the group was made."""
    NONE = "none"
    """There is no deadline that can be read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What can be read of a record, however damaged; nothing of it is proven."""

    id: ElevationId | None = None
    account: ObjectGuid | None = None
    targets: tuple[ObjectGuid, ...] = ()
    granted_at: datetime | None = None
    deadline: datetime | None = None
    requested_by: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a group is to us, why, and what it gives until when. Times are UTC."""

    kind: Kind
    reason: str = ""
    """What is wrong with it, in words that follow ``name:``; empty where nothing is."""
    claim: Claim = Claim()
    record: record.Record | None = None
    """Its record where that is whole."""
    gives: tuple[ObjectGuid, ...] = ()
    """The privileges that it gives to somebody: it is in them, and it is not proven that nobody is in it."""
    nested: tuple[ObjectGuid, ...] = ()
    """The privileges that it is in, whoever is in it: those that are offered here or that its record names,
    and whatever else it is in where it was made as one of ours and only the directory knows it."""
    gives_account: bool = False
    """Whether the account of the record is among those to whom it gives them."""
    gives_offered: bool = False
    """Whether any of them is offered here, and not by what its record says alone."""
    deadline: datetime | None = None
    """Until when it may give them, as far as that is proven; ``None`` where no deadline can be read."""
    evidence: Evidence = Evidence.NONE
    is_past: bool = False
    """Whether it is past that deadline, or has none."""
    lent_to: tuple[ObjectGuid, ...] = ()
    """Who is in it and has something by it, where the account that signs in made it as a temporary group:
    whatever its name and texts say now, and whatever is offered here."""

    @property
    def is_alarm(self) -> bool:
        """Whether it gives a privilege past its deadline, or without one."""
        return bool(self.gives) and self.is_past

    @property
    def is_proven(self) -> bool:
        """Whether it is proven that a copy of ours has set the deadline: with the record, or by a marker."""
        return self.evidence in (Evidence.AUTHENTIC, Evidence.PROLONGED)

    def checks_out(self, account: ObjectGuid) -> bool:
        """Whether ``account`` is checked out by it."""
        return account in self.lent_to or (account == self.claim.account and self.blocks_checkout)

    @property
    def blocks_checkout(self) -> bool:
        """Whether its account is checked out by it. One of ours does so from its making on, before it gives
        anything. A forged or altered one does so only where it gives what is offered here: whoever owns a
        group can nest it into another one of theirs and write into its record what they like."""
        if self.kind is Kind.STRANGER or self.claim.account is None:
            return False
        if self.kind is Kind.OURS:
            return not self.is_past or self.gives_account
        return self.gives_account and (self.gives_offered or self.is_proven)


def verdict_on(
    group: TemporaryGroup,
    *,
    provider: DomainProvider,
    location_dn: DistinguishedName,
    known: Elevation | None,
    trusted_owners: Collection[SecurityId],
    now: datetime,
    account_sids: Collection[SecurityId] = (),
    proven_until: datetime | None = None,
    used_dns: Collection[DistinguishedName] = (),
    is_marked: bool = False,
    marked_until: datetime | None = None,
    believed_until: datetime | None = None,
) -> Verdict:
    """Whether ``group`` is ours, as ``location_dn`` is the creation location now and ``known`` the elevation
    that this copy knows under its GUID, its record's id or its name.

    ``trusted_owners``: the account that signs in. ``account_sids``: of the account in the record, and of all
    groups that it is in. ``proven_until``: the latest end (UTC) of a marker for it that the account that
    signs in made (:mod:`.prolonging`). ``believed_until``: the latest one that is believed of all its
    markers, as a row goes by them (:func:`.prolonging.believed_of`). ``used_dns``: where the creation
    locations are that were used before.
    ``is_marked``: whoever made it has made a marker for it too. ``marked_until``: the latest end (UTC) that a
    marker names which is not by the elevated account itself, nor by a group that it is in.
    """
    claim = claim_in(group.info)
    whole, reason = _whole(group)
    lent_to = _lent_to(group, provider, location_dn, used_dns, known, trusted_owners)
    if whole is None and not _looks_like_ours(group, provider, location_dn, used_dns, known, trusted_owners):
        return Verdict(Kind.STRANGER, reason, claim, lent_to=lent_to)
    nested, offered = _nested(group, provider, known, whole, trusted_owners)
    claim = _completed(claim, group, provider, known, nested)
    # An account whose primary group it is stands in no list of members.
    gives = nested if group.members or group.maybe_members else ()
    authentic = whole is not None and is_authentic(group, trusted_owners)
    deadline, evidence = _deadline(
        group,
        claim,
        provider,
        known,
        proven_until,
        believed_until,
        marked_until,
        now,
        authentic=authentic,
    )
    homes = (location_dn, *used_dns) if known is None else (known.location.dn or location_dn,)
    wrong = _what_is_wrong(
        group,
        whole,
        reason,
        location_dn,
        homes,
        known,
        account_sids,
        deadline,
        evidence,
        is_marked=is_marked,
    )
    return Verdict(
        kind=Kind.SUSPECT if wrong else Kind.OURS,
        reason=wrong,
        claim=claim,
        record=whole,
        gives=gives,
        nested=nested,
        gives_account=bool(gives)
        and (claim.account in {*group.members, *group.unshown} or not group.members),
        gives_offered=not offered.isdisjoint(gives),
        deadline=deadline,
        evidence=evidence,
        is_past=deadline is None or now >= deadline or _is_over(group, known, proven_until, now),
        lent_to=lent_to,
    )


def _is_over(
    group: TemporaryGroup, known: Elevation | None, proven_until: datetime | None, now: datetime
) -> bool:
    """Whether the elevation of a group has ended, as this copy knows, and no marker proves that another copy
    went on with it: whatever its record says since."""
    is_closed = known is not None and not known.is_open and known.group_guid == group.guid
    return is_closed and (proven_until is None or now >= proven_until)


def is_authentic(group: TemporaryGroup, trusted_owners: Collection[SecurityId]) -> bool:
    """Whether the text in ``info`` is what somebody trusted made the group with."""
    return group.record_version == 1 and group.owner is not None and group.owner in trusted_owners


def may_delete(elevation: Elevation, group: TemporaryGroup | NotVisible) -> bool:
    """Whether the end of ``elevation`` may empty and delete ``group``.

    A suspect one holds perhaps others, and gives perhaps other things: then exactly what its record names is
    taken back, and the rest is left to whoever made it so.
    """
    if not elevation.suspicion:
        return True
    return (
        not isinstance(group, NotVisible)
        and set(group.members) <= {elevation.account.guid}
        and set(group.member_of) <= {p.group.guid for p in elevation.privileges}
    )


def may_be_lent(group: TemporaryGroup, own: SecurityId | None) -> bool:
    """Whether ``own``, the account that signs in, made a group as a temporary one, or may have made it,
    whatever it is called now. Anybody can make one that looks so."""
    if group.owner is not None and own is not None and group.owner != own:
        return False
    return record.is_begun(group.info) or has_lost_its_record(group)


def is_named_as_one(name: str) -> bool:
    """Whether a name ends as that of a temporary group does, in any copy."""
    return re.search(f"_{_UUID}$", name, re.IGNORECASE) is not None


def is_elevation_of(group: TemporaryGroup, account: ObjectGuid) -> bool:
    """Whether a group is the temporary one of an elevation of ``account``, by its name and its record."""
    whole, _ = _whole(group)
    return whole is not None and whole.account == account and not record.contradiction(whole, group)


@dataclass(frozen=True, slots=True)
class Others:
    """What is known of other elevations, and until when they are believed to be ones. What the store knows of
    a group goes before whatever that says of itself: its name and its texts can be written by whoever may
    write the group, and name any account and any end."""

    store: Store
    provider_id: ProviderId
    now: datetime

    def row_of(self, group: ObjectGuid) -> Elevation | None:
        """The elevation whose temporary group this is by its GUID, open or over; ``None`` where the store
        knows of none, or can't be read."""
        try:
            ids = {self.provider_id, *(provider.id for provider in self.store.providers())}
            rows = [self.store.elevations_of_groups(one, [group]).get(group) for one in ids]
        except StoreError:
            return None
        # Where two providers know it, that which is open counts: it is lent by that.
        known = [row for row in rows if row is not None]
        return next((row for row in known if row.is_open), known[0] if known else None)

    def lent_until(self, group: TemporaryGroup, account: ObjectGuid, directory: Directory) -> datetime | None:
        """Until when ``group`` is lent to ``account`` (UTC), by its row, else by the record that the account
        that signs in made it with; ``None`` where it is not, or not any more."""
        row = self.row_of(group.guid)
        if row is not None:
            is_lent = row.is_open and row.account.guid == account
            end = row.deadline if is_lent else None
        else:
            is_lent = is_authentic(group, prolonging.trusted_owners(directory))
            end = record.decode(group.info).deadline if is_lent and is_elevation_of(group, account) else None
        return end if end is not None and end > self.now else None


def name_is_ours(name: str, provider: DomainProvider, known: Elevation | None = None) -> ElevationId | None:
    """The elevation whose temporary group has this name, by the prefix that is set, or that ``known`` had."""
    prefixes = {provider.jit.group_prefix}
    if known is not None:
        prefixes.add(known.group_name.rpartition("_")[0])
    for prefix in prefixes:
        found = re.fullmatch(f"{re.escape(prefix)}_({_UUID})", name, re.IGNORECASE)
        if found is not None:
            return ElevationId(found[1].lower())
    return None


def claim_in(text: str) -> Claim:
    """What can be read of a record, each part for itself."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return _claim_in_fragments(text) if record.is_begun(text) else Claim()
    if not isinstance(raw, dict) or "jit" not in raw or prolonging.decode(text) is not None:
        return Claim()  # a marker says nothing of the group that it stands in
    targets = raw.get("tgt")
    found = [_guid(t) for t in targets[: record.MAXIMUM_PRIVILEGES]] if isinstance(targets, list) else []
    elevation_id, account = _guid(raw.get("id")), _guid(raw.get("acc"))
    person = raw.get("by")
    return Claim(
        id=ElevationId(elevation_id) if elevation_id else None,
        account=ObjectGuid(account) if account else None,
        targets=tuple(ObjectGuid(t) for t in found if t),
        granted_at=_time(raw.get("from"), "%Y-%m-%dT%H:%M:%SZ"),
        deadline=_time(raw.get("end"), "%Y-%m-%dT%H:%M:%SZ"),
        requested_by=record.clean_person(person) if isinstance(person, str) else "",
    )


def _claim_in_fragments(text: str) -> Claim:
    """A record that was cut off or scribbled over: what stands where we write it."""

    def part(name: str) -> str | None:
        found = re.search(f'"{name}":"([^"]*)"', text)
        return found[1] if found else None

    elevation_id, account = _guid(part("id")), _guid(part("acc"))
    targets = re.search(r'"tgt":\[([^\]]*)', text)
    named = re.findall(r'"([0-9a-f]{32})"', targets[1]) if targets else []
    return Claim(
        id=ElevationId(elevation_id) if elevation_id else None,
        account=ObjectGuid(account) if account else None,
        targets=tuple(ObjectGuid(str(uuid.UUID(t))) for t in named),
        granted_at=_time(part("from"), "%Y-%m-%dT%H:%M:%SZ"),
        deadline=_time(part("end"), "%Y-%m-%dT%H:%M:%SZ"),
        requested_by=record.clean_person(part("by") or ""),
    )


def _whole(group: TemporaryGroup) -> tuple[record.Record | None, str]:
    try:
        return record.decode(group.info), ""
    except record.RecordInvalid as error:
        return None, str(error)


def _looks_like_ours(
    group: TemporaryGroup,
    provider: DomainProvider,
    location_dn: DistinguishedName,
    used_dns: Collection[DistinguishedName],
    known: Elevation | None,
    trusted_owners: Collection[SecurityId],
) -> bool:
    if prolonging.is_marker(group):
        return False
    return (
        (known is not None and known.group_guid == group.guid)
        or name_is_ours(group.name, provider, known) is not None
        or record.is_begun(group.info)
        or group.description.startswith(_SENTENCE_START)
        or _was_wiped(group, provider, location_dn, used_dns, trusted_owners)
    )


def _lent_to(
    group: TemporaryGroup,
    provider: DomainProvider,
    location_dn: DistinguishedName,
    used_dns: Collection[DistinguishedName],
    known: Elevation | None,
    trusted_owners: Collection[SecurityId],
) -> tuple[ObjectGuid, ...]:
    """Who is checked out by a group whatever its text says: who is in it, where it gives them something and
    the account that signs in made it, and not for good."""
    if group.owner not in trusted_owners or not group.member_of:
        return ()
    looks_so = _looks_like_ours(group, provider, location_dn, used_dns, known, trusted_owners)
    return group.members if looks_so or has_lost_its_record(group) else ()


def has_lost_its_record(group: TemporaryGroup) -> bool:
    """Whether a group that was made with a text in ``info``, or may have been, shows no record of ours there:
    it was written again, or it is hidden. The text that it was made with proves that it was none where it is
    shown."""
    if record.is_begun(group.info):
        return False
    return hides_its_record(group) or group.record_version is None or group.record_version > 1


def hides_its_record(group: TemporaryGroup) -> bool:
    """Whether ``info`` stands as it was made, and may not be read: what has no text was never written, or
    again."""
    return group.record_version == 1 and not group.info


def _was_wiped(
    group: TemporaryGroup,
    provider: DomainProvider,
    location_dn: DistinguishedName,
    used_dns: Collection[DistinguishedName],
    trusted_owners: Collection[SecurityId],
) -> bool:
    """Whether it gives what is lent, or was made where temporary groups are and gives anything (to an offered
    account, where they were before), and shows no text of its making: name and texts can be taken off a group
    of ours, or hidden, and that it once had them can't."""
    if not has_lost_its_record(group):
        return False
    if group.owner is not None and group.owner not in trusted_owners:
        return False
    if group.owner is not None and is_within(group.dn, location_dn):
        return bool(group.member_of)  # who signs in makes nothing else there
    accounts = {a.account.guid for a in provider.accounts}
    offered = set(provider.jit.offered)
    insiders = {*group.members, *group.unshown}  # one that may be in it was it perhaps lent to
    if accounts.isdisjoint(insiders):
        return False
    if group.owner is not None and any(is_within(group.dn, dn) for dn in used_dns):
        return bool(group.member_of)
    return not offered.isdisjoint(group.member_of)


def _completed(
    claim: Claim,
    group: TemporaryGroup,
    provider: DomainProvider,
    known: Elevation | None,
    nested: tuple[ObjectGuid, ...],
) -> Claim:
    """What the record does not say any more, from what this copy knows, the name, the description, and what
    it is in."""
    if known is not None and known.group_guid == group.guid:
        return Claim(
            known.id,
            known.account.guid,
            tuple(p.group.guid for p in known.privileges),
            known.granted_at,
            claim.deadline,
            known.requested_by,
        )
    accounts = [a.account.guid for a in provider.accounts if a.account.guid in group.members]
    account = claim.account
    if account not in group.members and len(accounts) == 1:
        account = accounts[0]  # whom it is lent to is who is in it, whoever the record names
    return Claim(
        id=claim.id or name_is_ours(group.name, provider, known),
        account=account,
        targets=claim.targets or nested,
        granted_at=claim.granted_at,
        deadline=claim.deadline or _said(group),
        requested_by=claim.requested_by,
    )


def _nested(
    group: TemporaryGroup,
    provider: DomainProvider,
    known: Elevation | None,
    whole: record.Record | None,
    trusted_owners: Collection[SecurityId],
) -> tuple[tuple[ObjectGuid, ...], frozenset[ObjectGuid]]:
    """What it is in and gives to whoever is in it, and what is offered here."""
    offered = set(provider.jit.offered)
    if known is not None:
        offered |= {p.group.guid for p in known.privileges}
    may_be_ours = group.owner is None or name_is_ours(group.name, provider) is not None
    if known is None and (group.owner in trusted_owners or (whole is None and may_be_ours)):
        # Another copy may lend what is not offered here, and what the record says of it can be taken off.
        return group.member_of, frozenset(offered)
    named = whole.targets if whole is not None else ()  # other copies may offer more
    counted = offered.union(named)
    return tuple(target for target in group.member_of if target in counted), frozenset(offered)


def _deadline(
    group: TemporaryGroup,
    claim: Claim,
    provider: DomainProvider,
    known: Elevation | None,
    proven_until: datetime | None,
    believed_until: datetime | None,
    marked_until: datetime | None,
    now: datetime,
    *,
    authentic: bool,
) -> tuple[datetime | None, Evidence]:
    if known is not None and known.is_open and known.group_guid in (None, group.guid):
        own = max(known.deadline, known.extending_to or known.deadline)
        if believed_until is not None and own < believed_until:
            return believed_until, Evidence.PROLONGED
        return own, Evidence.ROW
    if claim.deadline is None:
        return None, Evidence.NONE
    # Where the account that signs in has proven an end, others who sign in differently may have prolonged it.
    is_proven = authentic or proven_until is not None
    if is_proven and believed_until is not None and not (authentic and believed_until <= claim.deadline):
        return believed_until, Evidence.PROLONGED
    if authentic:
        return claim.deadline, Evidence.AUTHENTIC
    end = _end_by_its_maker(group, claim.deadline, marked_until)
    if end is None:
        return None, Evidence.NONE  # whoever wrote these texts chose the end
    latest = latest_by_policy(group, provider, claim.granted_at, now)
    if latest is None:
        return None, Evidence.NONE
    return min(end, latest), Evidence.POLICY


def latest_by_policy(
    group: TemporaryGroup, provider: DomainProvider, granted_at: datetime | None, now: datetime
) -> datetime | None:
    """When the longest duration of the checkout policy is over (UTC) from when ``group`` was made, or was
    lent as its record says, where that is earlier; ``None`` where that can't be told."""
    if group.created_at is None:
        return None  # by the record alone it begins whenever its last writer likes
    start = group.created_at if granted_at is None else min(group.created_at, granted_at)
    if start > now + CLOCKS_DIFFER:
        return None  # what begins in the future proves nothing of now
    return start + timedelta(seconds=provider.policy.maximum_seconds)


def _end_by_its_maker(
    group: TemporaryGroup, written: datetime, marked_until: datetime | None
) -> datetime | None:
    """The end (UTC) that whoever made the group gave it, by ``written``, its record's, and its other texts;
    ``None`` where they were all written again. An extension writes them again too, and leaves a marker before
    that and after it."""
    said = _said(group)
    ends = [marked_until]
    if record.is_begun(group.info) and group.record_version == 1:
        ends.append(written)
    elif group.description_version == 1 and said is not None:
        ends.append(said)
    elif group.record_version is None:
        # A directory that does not show it of any group: who writes a later end into the record may have left
        # the sentence as it was.
        ends.append(min(written, said or written))
    return max((end for end in ends if end is not None), default=None)


def _what_is_wrong(
    group: TemporaryGroup,
    whole: record.Record | None,
    unreadable: str,
    location_dn: DistinguishedName,
    homes: Collection[DistinguishedName],
    known: Elevation | None,
    account_sids: Collection[SecurityId],
    deadline: datetime | None,
    evidence: Evidence,
    *,
    is_marked: bool,
) -> str:
    if whole is None:
        is_hidden = hides_its_record(group)
        return "its record may not be read by the account that signs in" if is_hidden else unreadable
    if reason := record.contradiction(whole, group):
        return reason
    if known is not None and known.is_open and known.group_guid not in (None, group.guid):
        return (
            "its record names an elevation that has another temporary group; "
            "it is removed when that has ended"
        )
    is_home = any(is_within(group.dn, home) for home in homes)
    if not same_dn(parent_dn(group.dn), location_dn) and not is_home:
        return "it was moved out of the creation location"
    if evidence is Evidence.ROW:
        if deadline is not None and whole.deadline > deadline:
            return "its record names a later end than a copy of the program is known to have written"
        return ""
    if evidence is Evidence.NONE:
        return "until when it may give anything can't be told"
    if group.owner is None:
        # Its maker can hide it, and whoever else made it has no reason to.
        return "who made it can't be read" if evidence is Evidence.POLICY else ""
    if group.owner in account_sids:
        return "the account that it elevates may have made it"
    if group.record_version == 1 or evidence is not Evidence.POLICY or is_marked:
        return ""
    if group.record_version is None:
        return "whether its record was written again can't be read"
    return "its record was written again, and no copy of the program is known to have done so"


def _said(group: TemporaryGroup) -> datetime | None:
    """The end in the sentence for people."""
    found = _SENTENCE_END.search(group.description) if group.description.startswith(_SENTENCE_START) else None
    return _time(found[1] if found else None, "%Y-%m-%d %H:%M:%S")


def _guid(value: object) -> str | None:
    if not isinstance(value, str) or len(value) not in (32, 36):
        return None
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return None


def _time(value: object, form: str) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, form).replace(tzinfo=UTC)
    except ValueError:
        return None
