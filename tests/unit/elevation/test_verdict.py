# SPDX-License-Identifier: MIT
"""Ours, suspect or a stranger's: each contradiction before its end and past it, known here and not."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.directory.demo import demo_provider
from jit_desktop.elevation import record
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectGuid, SecurityId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, GrantedPrivilege
from jit_desktop.elevation.ports import NotVisible, TemporaryGroup
from jit_desktop.elevation.verdict import (
    Evidence,
    Kind,
    Verdict,
    claim_in,
    is_elevation_of,
    may_delete,
    verdict_on,
)
from tests.unit.elevation.helpers import START, guid

PROVIDER = demo_provider()
LOCATION = PROVIDER.jit.location
assert LOCATION is not None
ACCOUNT = PROVIDER.accounts[0].account
TARGET = PROVIDER.jit.privileges[0].group
ID = ElevationId("11111111-2222-4333-8444-555555555555")
NAME = f"{PROVIDER.jit.group_prefix}_{ID}"
OWN, EVE = SecurityId("S-1-5-21-1-2-3-1000"), SecurityId("S-1-5-21-1-2-3-6666")
ENTRY = record.Record(ID, ACCOUNT.guid, (TARGET.guid,), START, START + timedelta(hours=1), "CORP\\alice")
GROUP = TemporaryGroup(
    guid=guid(),
    dn=child_dn("CN", NAME, LOCATION.dn),
    name=NAME,
    info=record.encode(ENTRY),
    members=(ACCOUNT.guid,),
    member_of=(TARGET.guid,),
    created_at=START,
    owner=OWN,
    record_version=1,
    description_version=1,
)
ROW = Elevation(
    id=ID,
    provider_id=PROVIDER.id,
    account=ACCOUNT,
    privileges=(GrantedPrivilege(TARGET),),
    group_name=NAME,
    location=LOCATION,
    requested_by="CORP\\alice",
    requested_at=START,
    duration_seconds=3600,
    deadline=ENTRY.deadline,
    state=State.ACTIVE,
    group_guid=GROUP.guid,
    granted_at=START,
)
STRANGE = ObjectGuid("99999999-9999-4999-8999-999999999999")


def judge(
    group: TemporaryGroup,
    *,
    known: Elevation | None = None,
    late: bool = False,
    until: datetime | None = None,
) -> Verdict:
    assert LOCATION is not None
    return verdict_on(
        group,
        provider=PROVIDER,
        location_dn=LOCATION.dn,
        known=known,
        trusted_owners=frozenset({OWN}),
        now=ENTRY.deadline if late else START,
        account_sids=frozenset({EVE}),
        proven_until=until,
        believed_until=until,
    )


def with_raw(**changes: object) -> str:
    return json.dumps(json.loads(GROUP.info) | changes, separators=(",", ":"))


CONTRADICTIONS = [
    replace(GROUP, info=""),
    replace(GROUP, info="note"),
    replace(GROUP, info=GROUP.info[:-10]),
    replace(GROUP, members=(ACCOUNT.guid, STRANGE)),
    replace(GROUP, member_of=(TARGET.guid, STRANGE)),
    replace(GROUP, name="Printers of Leeds"),
    replace(GROUP, dn=DistinguishedName(f"CN={NAME},DC=corp,DC=example,DC=test")),
]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("known", [None, ROW])
@pytest.mark.parametrize("group", CONTRADICTIONS)
def test_that_what_was_altered_is_suspect_and_gives_until_what_can_be_proven(
    group: TemporaryGroup, known: Elevation | None, late: bool
) -> None:
    verdict = judge(group, known=known, late=late)
    assert verdict.kind is Kind.SUSPECT
    assert verdict.reason
    has_deadline = known is not None or group.info not in ("", "note")
    assert verdict.is_alarm is (late or not has_deadline)


@pytest.mark.parametrize("known", [None, ROW])
def test_that_what_is_as_we_make_it_is_ours(known: Elevation | None) -> None:
    verdict = judge(GROUP, known=known)
    assert (verdict.kind, verdict.reason, verdict.deadline) == (Kind.OURS, "", ENTRY.deadline)
    assert verdict.evidence is (Evidence.AUTHENTIC if known is None else Evidence.ROW)
    assert judge(GROUP, known=known, late=True).is_past


def test_that_a_group_of_somebody_else_is_a_strangers() -> None:
    other = replace(GROUP, name="Printers of Leeds", info="", guid=STRANGE, owner=EVE, record_version=0)
    assert judge(other).kind is Kind.STRANGER
    assert judge(replace(other, owner=None, record_version=0)).kind is Kind.STRANGER
    assert judge(replace(other, owner=None, info="note")).kind is Kind.STRANGER
    assert not judge(other).is_alarm or not judge(other).gives
    assert judge(replace(other, name=f"OTHER_{ID}")).kind is Kind.STRANGER
    assert judge(replace(other, description="Temporary group of JIT Desktop: x")).kind is Kind.SUSPECT


def test_that_what_we_made_is_known_by_its_owner_whatever_is_wiped_of_it() -> None:
    wiped = replace(GROUP, name="Printers of Leeds", info="", description="", guid=STRANGE, record_version=2)
    assert (judge(wiped).kind, judge(wiped).is_alarm) == (Kind.SUSPECT, True)
    assert judge(replace(wiped, member_of=())).kind is Kind.STRANGER
    never = replace(wiped, record_version=0)
    assert judge(never).kind is Kind.STRANGER, "nothing was ever wiped of it"
    made_so = replace(wiped, info="note", record_version=1)
    assert judge(made_so).kind is Kind.STRANGER, "it never had a record"
    moved = replace(wiped, dn=DistinguishedName("CN=Printers of Leeds,DC=corp,DC=example,DC=test"))
    assert judge(moved).is_alarm
    assert judge(replace(moved, members=(STRANGE,))).kind is Kind.STRANGER
    assert judge(replace(moved, member_of=(STRANGE,))).kind is Kind.STRANGER


@pytest.mark.parametrize("version", [1, 2, None])
@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("owner", [OWN, None])
def test_that_a_text_that_is_hidden_is_no_text_that_never_was(
    owner: SecurityId | None, moved: bool, version: int | None
) -> None:
    hidden = replace(GROUP, name="Printers of Leeds", info="", record_version=version, owner=owner)
    if moved:
        hidden = replace(hidden, dn=DistinguishedName("CN=Printers of Leeds,DC=corp,DC=example,DC=test"))
    verdict = judge(hidden)
    assert (verdict.kind, verdict.is_alarm) == (Kind.SUSPECT, True)
    assert ("may not be read" in verdict.reason) is (version == 1)


@pytest.mark.parametrize("member", [ACCOUNT.guid, STRANGE])
@pytest.mark.parametrize(
    "changes",
    [
        {"info": "", "record_version": 2},
        {"info": "note", "record_version": 2, "owner": None},
        {"info": GROUP.info[:-10], "record_version": 2, "owner": EVE},
        {"info": "", "record_version": 1, "owner": EVE},
        {"info": "", "record_version": 2, "name": "Printers of Leeds"},
        {"info": "", "record_version": 1, "name": "Printers of Leeds"},
    ],
)
def test_that_one_of_ours_gives_whatever_it_is_in_also_what_is_not_offered_here(
    changes: dict[str, object], member: ObjectGuid
) -> None:
    verdict = judge(replace(GROUP, member_of=(STRANGE,), members=(member,), **changes), late=True)  # type: ignore[arg-type]
    assert (verdict.kind, verdict.is_alarm, verdict.gives) == (Kind.SUSPECT, True, (STRANGE,))
    assert not verdict.gives_offered


def test_that_a_record_that_names_less_than_one_of_ours_gives_hides_nothing() -> None:
    less = replace(GROUP, info=with_raw(tgt=[uuid.UUID(TARGET.guid).hex]), member_of=(TARGET.guid, STRANGE))
    assert judge(replace(less, record_version=2), late=True).gives == (TARGET.guid, STRANGE)
    others = replace(less, record_version=2, owner=EVE)
    assert judge(others, late=True).gives == (TARGET.guid,), "who wrote it may have made the group, too"
    ended = replace(ROW, state=State.ENDED)
    assert judge(less, known=ended, late=True).gives == (TARGET.guid,)


@pytest.mark.parametrize("altered", [{"members": ()}, {"member_of": ()}])
def test_that_a_suspect_that_gives_nothing_is_no_alarm_and_blocks_nobody(altered: dict[str, object]) -> None:
    group = replace(GROUP, info=with_raw(by=7), **altered)  # type: ignore[arg-type]
    verdict = judge(group, late=True)
    assert (verdict.kind, verdict.is_alarm, verdict.blocks_checkout) == (Kind.SUSPECT, False, False)


def test_that_one_of_ours_blocks_its_account_from_its_making_on() -> None:
    half = replace(GROUP, member_of=())
    assert judge(half).blocks_checkout
    assert not judge(half, late=True).blocks_checkout
    assert judge(GROUP, late=True).blocks_checkout, "it still gives"


def test_that_a_record_that_begins_in_the_future_lengthens_nothing() -> None:
    begin, end = START + timedelta(days=365), START + timedelta(days=365, hours=1)
    info = with_raw(**{"from": f"{begin:%Y-%m-%dT%H:%M:%SZ}"}, end=f"{end:%Y-%m-%dT%H:%M:%SZ}")
    hidden = replace(GROUP, info=info, description="", record_version=2, created_at=begin)
    for group in (hidden, replace(hidden, record_version=None)):
        verdict = judge(group)
        assert (verdict.deadline, verdict.is_alarm) == (None, True)


def test_that_a_long_record_counts_in_full_only_from_whom_it_is_proven() -> None:
    long = START + timedelta(days=30)
    info = with_raw(end=long.strftime("%Y-%m-%dT%H:%M:%SZ"))
    longest = START + timedelta(seconds=PROVIDER.policy.maximum_seconds)
    group = replace(GROUP, info=info)
    assert judge(group).deadline == long
    forged = replace(group, record_version=None, description_version=None)
    assert (judge(forged).kind, judge(forged).deadline) == (Kind.SUSPECT, longest)
    forged = replace(group, record_version=2, description_version=2)
    verdict = judge(forged)
    assert (verdict.kind, verdict.deadline, verdict.is_past) == (Kind.SUSPECT, None, True)
    verdict = judge(replace(group, owner=EVE))
    assert (verdict.kind, verdict.deadline) == (Kind.SUSPECT, longest)
    verdict = judge(replace(group, owner=SecurityId("S-1-5-21-9")))
    assert (verdict.kind, verdict.deadline) == (Kind.OURS, longest), (
        "a colleague's, as far as the policy goes"
    )


@pytest.mark.parametrize("start", [START, START + timedelta(days=1)])
def test_that_a_record_begins_no_later_where_when_its_group_was_made_is_hidden(
    start: datetime,
) -> None:
    info = with_raw(
        **{"from": f"{start:%Y-%m-%dT%H:%M:%SZ}"}, end=f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    )
    rewritten = replace(GROUP, info=info, description="", record_version=2, created_at=None)
    for group in (rewritten, replace(rewritten, record_version=None), replace(rewritten, owner=EVE)):
        verdict = judge(group)
        assert (verdict.kind, verdict.deadline, verdict.is_alarm) == (Kind.SUSPECT, None, True)
    assert judge(replace(GROUP, created_at=None)).deadline == ENTRY.deadline, (
        "its record stands as it was made"
    )


def test_that_who_hides_that_they_made_it_is_suspect_and_blocks_nobody() -> None:
    hidden = replace(GROUP, owner=None, record_version=None)
    assert (judge(hidden).kind, judge(hidden).reason) == (Kind.SUSPECT, "who made it can't be read")
    assert judge(hidden, known=ROW).kind is Kind.OURS
    assert not judge(replace(hidden, member_of=())).blocks_checkout


@pytest.mark.parametrize("start", [None, "9999-12-31T23:59:58Z", "0001-01-01T00:00:00Z"])
def test_that_no_time_in_a_record_is_too_early_or_too_late(start: str | None) -> None:
    info = with_raw(end="9999-12-31T23:59:59Z", **({} if start is None else {"from": start}))
    forged = replace(GROUP, info=info, created_at=None, owner=EVE, record_version=2)
    assert judge(forged).kind is Kind.SUSPECT


def test_that_a_later_end_is_honoured_as_far_as_a_marker_proves_it() -> None:
    group = replace(GROUP, info=with_raw(end="2026-11-23T20:00:00Z"), record_version=2)
    proven = START + timedelta(hours=2)
    assert judge(group, known=ROW).deadline == ROW.deadline
    assert judge(group, known=ROW).kind is Kind.SUSPECT
    assert judge(group, known=ROW, until=proven).deadline == proven
    assert judge(group, until=proven).deadline == proven


@pytest.mark.parametrize("version", [1, 2])
def test_that_the_latest_marker_counts_whatever_the_record_says(version: int) -> None:
    group = replace(GROUP, record_version=version)
    proven = START + timedelta(hours=30)
    assert judge(group, until=proven).deadline == proven
    assert judge(group, known=ROW, until=proven).deadline == proven


def test_that_a_record_that_was_written_again_ends_when_its_sentence_says() -> None:
    end = START + timedelta(hours=2)
    said = f"Temporary group of JIT Desktop: a until {end:%Y-%m-%d %H:%M:%S} UTC."
    group = replace(GROUP, info=with_raw(end="2026-11-23T19:00:00Z"), description=said)
    assert judge(replace(group, record_version=2)).deadline == end
    assert judge(replace(group, record_version=None, description_version=None)).deadline == end
    assert judge(replace(group, record_version=2, description_version=2)).deadline is None
    assert judge(group).deadline == datetime(2026, 11, 23, 19, tzinfo=UTC)


def test_that_an_end_deletes_a_suspect_group_only_where_nobody_else_is_in_it() -> None:
    suspect = replace(ROW, suspicion="it was moved")
    assert may_delete(ROW, replace(GROUP, members=(ACCOUNT.guid, STRANGE)))
    assert may_delete(suspect, GROUP)
    assert not may_delete(suspect, replace(GROUP, members=(ACCOUNT.guid, STRANGE)))
    assert not may_delete(suspect, replace(GROUP, member_of=(STRANGE,)))
    assert not may_delete(suspect, NotVisible("hidden"))


def test_that_only_a_whole_record_that_agrees_makes_a_way_a_temporary_one() -> None:
    assert is_elevation_of(GROUP, ACCOUNT.guid)
    assert not is_elevation_of(GROUP, STRANGE)
    assert not is_elevation_of(replace(GROUP, info=GROUP.info[:-5]), ACCOUNT.guid)


def test_that_of_a_damaged_record_is_read_what_can_be_read() -> None:
    for text in (GROUP.info[:-1], with_raw(jit=2), with_raw(extra=1)):
        claim = claim_in(text)
        assert (claim.id, claim.account, claim.targets) == (ID, ACCOUNT.guid, (TARGET.guid,))
        assert claim.deadline == ENTRY.deadline
    for text in ("", "[" * 2000, "[]", '{"jit":1,"tgt":7,"acc":[],"end":3}'):
        assert claim_in(text).account is None
