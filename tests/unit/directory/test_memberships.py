# SPDX-License-Identifier: MIT
"""Memberships with a time to live, and of very large groups: what no directory at hand does is played."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from jit_desktop.directory.provenance import descriptor_of
from jit_desktop.elevation.dn import child_dn
from jit_desktop.elevation.errors import AlreadyExists, NoSuchObject, RejectedByDirectory
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.ports import Directory, GroupScope, Membership, NewGroup
from jit_desktop.elevation.surveying import rdn
from tests.unit.directory.scripted import Request, ScriptedServer, entry, parts, result
from tests.unit.directory.test_abilities import PAM_GUID, PAM_NAME, feature
from tests.unit.directory.test_domain import BASE, PARTITIONS, WindowsServer, directory_on

LINK_TTL = b"1.2.840.113556.1.4.2309"
GROUP = DistinguishedName(f"CN=Target,{BASE}")
GROUP_GUID = uuid.UUID("11111111-2222-3333-4444-555555555555")
MEMBER = child_dn("CN", 'Strange, "na\\me" <with> all + of=it; #', BASE)
MEMBER_GUID = uuid.UUID("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
VALUES_AT_A_TIME = 1500


@dataclass
class Group(WindowsServer):
    """One group that Windows would give in ranges, in a forest with or without memberships that end."""

    ttl_links: bool = True
    values: Sequence[str] = ()
    """As the control shows them."""
    answer: int = 0
    """What is answered to a write."""
    asked: list[Request] = field(default_factory=list)
    written: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = feature(PAM_NAME, PAM_GUID, *([PARTITIONS] if self.ttl_links else []))

    def __call__(self, request: Request) -> Iterable[bytes]:
        if request.kind in {"addRequest", "modifyRequest"}:
            self.written.append(request)
            yield result(request, self.answer)
            return
        member = {MEMBER, f"<GUID={MEMBER_GUID}>"}
        if request.base in member:
            yield entry(request, MEMBER, {"objectGUID": [MEMBER_GUID.bytes_le]})
            yield result(request)
        elif request.base in {GROUP, f"<GUID={GROUP_GUID}>"}:
            self.asked.append(request)
            yield from self._group(request)
        else:
            yield from super().__call__(request)

    def _group(self, request: Request) -> Iterable[bytes]:
        wanted = request.attributes[0]
        if not wanted.startswith("member"):
            # Asked whether the group is there, or whether this is one of its members.
            if MEMBER.encode() not in request.raw or self._has(MEMBER):
                yield entry(request, GROUP, {"objectGUID": [GROUP_GUID.bytes_le]})
            yield result(request)
            return
        shown = list(self.values)
        if LINK_TTL not in request.raw:
            shown = [re.sub(r"^<TTL=\d+>,|^<TTL=\d+,|>$", "", value) for value in shown]
        start = int(wanted.partition("=")[2].partition("-")[0] or 0)
        last = "*" if start + VALUES_AT_A_TIME >= len(shown) else str(start + VALUES_AT_A_TIME - 1)
        name = f"member;range={start}-{last}" if len(shown) > VALUES_AT_A_TIME else "member"
        yield entry(request, GROUP, {"member": [], name: shown[start : start + VALUES_AT_A_TIME]})
        yield result(request)

    def _has(self, dn: str) -> bool:
        return any(dn in value for value in self.values)


def _membership(group: Group, member: str = MEMBER) -> Membership | None:
    with ScriptedServer(group) as server:
        return directory_on(server).membership(GROUP, DistinguishedName(member))


@pytest.mark.parametrize("shown", [f"<TTL=6987>,{MEMBER}", f"<TTL=6987,{MEMBER}>"])
def test_that_a_time_to_live_is_read_in_both_spellings(shown: str) -> None:
    group = Group(values=[f"CN=Other,{BASE}", shown])
    assert _membership(group) == Membership(ends_in_seconds=6987)
    assert LINK_TTL in group.asked[-1].raw


def test_that_a_membership_about_to_end_is_not_one_without_an_end() -> None:
    assert _membership(Group(values=[f"<TTL=0>,{MEMBER}"])) == Membership(ends_in_seconds=0)


def test_that_a_membership_without_an_end_has_none() -> None:
    assert _membership(Group(values=[MEMBER])) == Membership(ends_in_seconds=None)


def test_that_a_stranger_has_no_membership() -> None:
    assert _membership(Group(values=[f"<TTL=5>,CN=Other,{BASE}"])) is None


def test_that_group_and_member_are_named_by_guid_too() -> None:
    with ScriptedServer(Group(values=[f"<TTL=77>,{MEMBER}"])) as server:
        directory = directory_on(server)
        found = directory.membership(ObjectGuid(str(GROUP_GUID)), ObjectGuid(str(MEMBER_GUID)))
    assert found == Membership(ends_in_seconds=77)


def test_that_a_name_spelled_in_another_way_is_found() -> None:
    other = MEMBER.replace("CN=", "cn = ").replace("\\,", "\\2C")
    group = Group(values=[f"<TTL=12>,{other}", MEMBER[:0] + f"CN=Last,{BASE}"])
    group._has = lambda dn: True  # type: ignore[method-assign]
    assert _membership(group) == Membership(ends_in_seconds=12)


def test_that_a_time_to_live_is_found_among_thousands_of_members() -> None:
    strangers = [f"CN=Member {number},{BASE}" for number in range(3200)]
    group = Group(values=[*strangers[:3100], f"<TTL=42>,{MEMBER}", *strangers[3100:]])
    assert _membership(group) == Membership(ends_in_seconds=42)
    reads = [request for request in group.asked if request.attributes[0].startswith("member")]
    assert [r.attributes for r in reads] == [["member"], ["member;range=1500-*"], ["member;range=3000-*"]]
    assert all(LINK_TTL in request.raw for request in reads)


def test_that_a_forest_without_thefeature_is_never_asked_for_it() -> None:
    group = Group(ttl_links=False, values=[MEMBER])
    with ScriptedServer(group) as server:
        assert directory_on(server).membership(GROUP, MEMBER) == Membership()
        assert not any(LINK_TTL in request.raw for request in server.requests)


# --- writing ---------------------------------------------------------------------------------------------


def _changes(request: Request) -> list[tuple[int, str, list[str]]]:
    """Operation (0 add, 1 delete, 2 replace), attribute and values of each change (RFC 4511 4.6)."""
    changes = []
    for _, change in parts(parts(request.body)[1][1]):
        (_, operation), (_, attribute) = parts(change)
        (_, name), (_, values) = parts(attribute)
        changes.append((operation[0], name.decode(), [value.decode() for _, value in parts(values)]))
    return changes


def test_that_a_member_is_added_with_its_time_to_live() -> None:
    group = Group()
    with ScriptedServer(group) as server:
        directory_on(server).add_member(GROUP, MEMBER, lifetime_seconds=7200)
    (request,) = group.written
    assert _changes(request) == [(0, "member", [f"<TTL=7200,{MEMBER}>"])]


def test_that_a_membership_is_renewed_in_one_request_without_a_gap() -> None:
    group = Group(values=[f"<TTL=10>,{MEMBER}"])
    with ScriptedServer(group) as server:
        directory_on(server).renew_member(GROUP, MEMBER, 3600)
    (request,) = group.written
    assert request.kind == "modifyRequest"
    assert _changes(request) == [(1, "member", [MEMBER]), (0, "member", [f"<TTL=3600,{MEMBER}>"])]


def test_that_a_stranger_is_not_made_a_member_by_renewing() -> None:
    group = Group(values=[f"CN=Other,{BASE}"])
    with ScriptedServer(group) as server, pytest.raises(NoSuchObject, match="no member"):
        directory_on(server).renew_member(GROUP, MEMBER, 3600)
    assert not group.written


@pytest.mark.parametrize(("code", "kind"), [(16, NoSuchObject), (68, AlreadyExists), (20, AlreadyExists)])
def test_that_a_refused_renewal_says_why(code: int, kind: type[Exception]) -> None:
    with ScriptedServer(Group(values=[MEMBER], answer=code)) as server, pytest.raises(kind):
        directory_on(server).renew_member(GROUP, MEMBER, 3600)


def test_that_a_time_to_live_laid_over_a_membership_is_reported_as_one() -> None:
    with ScriptedServer(Group(values=[MEMBER], answer=68)) as server:
        directory = directory_on(server)
        with pytest.raises(AlreadyExists, match="member of the group already"):
            directory.add_member(GROUP, MEMBER, lifetime_seconds=7200)


def _create(directory: Directory) -> None:
    directory.create_group(_new_group(member_lifetime_seconds=7200))


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda d: d.add_member(GROUP, MEMBER, lifetime_seconds=7200), id="add"),
        pytest.param(lambda d: d.renew_member(GROUP, MEMBER, 7200), id="renew"),
        pytest.param(_create, id="create"),
    ],
)
def test_that_no_time_to_live_is_sent_to_a_forest_that_has_none(write: Callable[[Directory], None]) -> None:
    group = Group(ttl_links=False, values=[MEMBER])
    with ScriptedServer(group) as server:
        directory = directory_on(server)
        with pytest.raises(RejectedByDirectory, match="ends no membership by itself"):
            write(directory)
    assert not group.written


def _new_group(
    *,
    member: DistinguishedName = MEMBER,
    lifetime_seconds: int | None = None,
    member_lifetime_seconds: int | None = None,
) -> NewGroup:
    return NewGroup(
        name="Target",
        location=DistinguishedName(BASE),
        scope=GroupScope.GLOBAL,
        member=member,
        info="{}",
        description="",
        lifetime_seconds=lifetime_seconds,
        member_lifetime_seconds=member_lifetime_seconds,
    )


@dataclass
class Dynamic(Group):
    """Shows the made group with what is left of its time, or without."""

    shown: Sequence[str] = ()

    def _group(self, request: Request) -> Iterable[bytes]:
        assert "entryTTL" in request.attributes
        time: dict[str, Sequence[str]] = {"entryTTL": self.shown} if self.shown else {}
        yield entry(request, GROUP, {"objectGUID": [GROUP_GUID.bytes_le], "name": ["Target"], **time})
        yield result(request)


def _added(request: Request) -> dict[str, list[str]]:
    return {
        parts(one)[0][1].decode(): [value.decode() for _, value in parts(parts(one)[1][1])]
        for _, one in parts(parts(request.body)[1][1])
    }


def test_that_a_dynamic_group_is_made_in_one_write_and_its_time_is_read_back() -> None:
    group = Dynamic(shown=["900"])
    with ScriptedServer(group) as server:
        wanted = _new_group(lifetime_seconds=60, member_lifetime_seconds=61)
        made = directory_on(server).create_group(wanted)
    assert made.ends_in_seconds == 900
    (request,) = group.written
    added = _added(request)
    assert added["objectClass"] == ["top", "group", "dynamicObject"]
    assert added["entryTTL"] == ["60"]
    assert added["member"] == [f"<TTL=61,{MEMBER}>"]


def test_that_a_group_about_to_go_is_not_one_that_stays() -> None:
    with ScriptedServer(Dynamic(shown=["0"])) as server:
        assert directory_on(server).create_group(_new_group(lifetime_seconds=60)).ends_in_seconds == 0


def test_that_a_group_whose_time_is_not_shown_has_none() -> None:
    with ScriptedServer(Dynamic(shown=[])) as server:
        assert directory_on(server).create_group(_new_group(lifetime_seconds=60)).ends_in_seconds is None


def test_that_an_ordinary_group_has_no_time_and_may_begin_without_a_member() -> None:
    group = Dynamic()
    with ScriptedServer(group) as server:
        directory_on(server).create_group(_new_group(member=DistinguishedName("")))
    added = _added(group.written[0])
    assert added["objectClass"] == ["top", "group"]
    assert "entryTTL" not in added
    assert "member" not in added


def test_that_the_record_and_the_time_are_written_in_one_request() -> None:
    group = Group()
    with ScriptedServer(group) as server:
        directory_on(server).write_record(GROUP, "{1}", "", lifetime_seconds=5400)
    (request,) = group.written
    assert _changes(request) == [(2, "info", ["{1}"]), (2, "description", []), (2, "entryTTL", ["5400"])]


def test_that_a_record_without_a_time_leaves_the_time_alone() -> None:
    group = Group()
    with ScriptedServer(group) as server:
        directory_on(server).write_record(GROUP, "{1}", "words")
    assert [name for _, name, _ in _changes(group.written[0])] == ["info", "description"]


def test_that_a_server_has_to_know_what_a_ttl_is() -> None:
    """Critical: else it would answer as if no link had an end."""
    group = Group(values=[MEMBER])
    _membership(group)
    after = group.asked[-1].raw.partition(LINK_TTL)[2]
    assert after.startswith(b"\x01\x01\xff"), "criticality TRUE (RFC 4511 4.1.11)"


def test_that_a_member_that_may_not_be_taken_out_is_no_member_that_is_not_there() -> None:
    with ScriptedServer(Group(values=[MEMBER], answer=19)) as server:
        directory = directory_on(server)
        with pytest.raises(RejectedByDirectory):
            directory.take_out(GROUP, ObjectGuid(str(MEMBER_GUID)))


OWN, ADMINISTRATORS = SecurityId("S-1-5-21-1-2-3-1105"), SecurityId("S-1-5-21-1-2-3-512")


@dataclass
class OfAdministrators(Group):
    """What is made belongs to *Domain Admins*, until its owner is written."""

    refusal: int = 0
    owner: SecurityId = ADMINISTRATORS

    def __call__(self, request: Request) -> Iterable[bytes]:
        if request.kind == "modifyRequest":
            self.written.append(request)
            if not self.refusal:
                self.owner = OWN
            yield result(request, self.refusal)
        elif request.kind == "searchRequest" and "tokenGroups" in request.attributes:
            yield entry(request, "", {"tokenGroups": [descriptor_of(OWN)[20:]]})
            yield result(request)
        else:
            yield from super().__call__(request)

    def _group(self, request: Request) -> Iterable[bytes]:
        shown = {"objectGUID": [GROUP_GUID.bytes_le], "nTSecurityDescriptor": [descriptor_of(self.owner)]}
        yield entry(request, GROUP, {**shown, "name": ["Target"]})
        yield result(request)


@pytest.mark.parametrize(("refusal", "is_own"), [(0, True), (50, False)])
def test_that_what_an_administrator_makes_is_made_his_own_where_that_is_allowed(
    refusal: int, is_own: bool
) -> None:
    group = OfAdministrators(refusal=refusal)
    with ScriptedServer(group) as server:
        made = directory_on(server).create_group(_new_group())
    assert made.owner == (OWN if is_own else ADMINISTRATORS)
    assert [request.kind for request in group.written] == ["addRequest", "modifyRequest"]


# --- who is in a group ------------------------------------------------------------------------------------

_KEPT: Mapping[str, Sequence[str | bytes]] = {
    "objectClass": ["top", "group"],
    "objectGUID": [MEMBER_GUID.bytes_le],
    "name": ["Printers"],
}


@dataclass
class Listed(WindowsServer):
    """One group that lists a member, which is found by what of it is shown, and shows not what it is in."""

    shown: Mapping[str, Sequence[str | bytes]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Iterable[bytes]:
        if request.base in {GROUP, f"<GUID={GROUP_GUID}>"}:
            listed = [f"<GUID={MEMBER_GUID}>;{MEMBER}"]
            yield entry(request, GROUP, {"objectGUID": [GROUP_GUID.bytes_le], "member": listed})
            yield result(request)
        elif request.base != BASE or request.is_of_one_object:
            yield from super().__call__(request)
        else:
            wants_group = b"objectClass\x04\x05group" in request.raw
            is_matched = {"objectGUID", *(["objectClass"] if wants_group else [])} <= set(self.shown)
            if MEMBER_GUID.bytes_le in request.raw and is_matched:
                yield entry(request, MEMBER, self.shown)
            yield result(request)


def test_that_a_group_is_found_by_the_list_of_the_one_that_it_is_in() -> None:
    with ScriptedServer(Listed(shown=_KEPT)) as server:
        (found,) = directory_on(server).groups_in(ObjectGuid(str(GROUP_GUID)))
    # The name is that in the DN: the attribute can be hidden.
    assert (found.guid, found.name, found.member_of) == (str(MEMBER_GUID), rdn(MEMBER), ())


@pytest.mark.parametrize("kept", ["objectClass", "objectGUID", ""])
def test_that_what_does_not_show_what_it_is_is_not_seen(kept: str) -> None:
    shown = {name: values for name, values in _KEPT.items() if name != kept}
    with ScriptedServer(Listed(shown=shown)) as server:
        directory = directory_on(server)
        links = directory.member_links(GROUP)
        assert list(directory.unseen(GROUP, links)) == (list(links) if kept else [])
        assert bool(directory.groups_in(GROUP)) is not bool(kept)
