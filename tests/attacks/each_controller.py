# SPDX-License-Identifier: MIT
"""Each domain controller is judged by what it shows itself: what another one shows of a group, or does not,
says nothing of it. And what leads to a right only through what is lent does not stay."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jit_desktop.elevation import rehearsal_groups
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.settings import PrivilegedAccount
from tests.attacks.doings import (
    ARRIVED,
    FEW,
    add_guest,
    dark_folder,
    guid_hex,
    make_primary,
    protect,
    put_between,
    retell,
    swept,
    then,
)
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field
from tests.attacks.own_row import set_in_row
from tests.attacks.registry import attack
from tests.attacks.tokens import put_middle
from tests.attacks.unlisted_controllers import DC2, DC2_COMPUTER
from tests.samba.names import BASE_DN, SERVICE
from tests.samba.rights import ATTRIBUTES, MEMBER, Access
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier

_KIND = "one domain controller speaks for another"
_LENT = "a way through what is lent to somebody else"
_FORGED = "a permanent group is given a name and a record"


def _keep_deaf(field: Field, *which: SambaDomain) -> None:
    """They hear nothing from the other one any more, until the attack is over."""
    for one in which:
        field.let_hear(one, False)
        field.stack.callback(field.let_hear, one, True)
    time.sleep(1)


def _both_deaf(field: Field) -> None:
    field.pair.await_replication()
    _keep_deaf(field, field.pair.dc1, field.pair.dc2)


def _at_dc2(field: Field) -> Verifier:
    return field.verifiers[field.pair.dc2.host]


def _by_an_empty_copy(field: Field, elevation: Elevation) -> None:
    field.wait_past(elevation)
    swept(field, field.copy("CORP\\bob"))


def _take_apart(field: Field, verifier: Verifier, group: str) -> None:
    for target in field.arena.targets:
        verifier.remove_members(target, [group])
    verifier.remove_members(group, [field.arena.account])


def _give_again(field: Field, verifier: Verifier, group: str) -> None:
    verifier.add_members(group, [field.arena.account])
    for target in field.arena.targets:
        verifier.add_members(target, [group])


def _keep(field: Field, group: str, names: Iterable[str]) -> None:
    for name in names:
        what = MEMBER if name == "member" else ATTRIBUTES[name]
        field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=what)


@attack(_KIND, "dc1 hides the group, which gives there, and dc2 shows it taken apart", short=True)
def hidden_at_main(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 8)
    _both_deaf(field)
    _take_apart(field, _at_dc2(field), field.group(elevation))
    field.admin.deny(field.group(elevation), SERVICE.dn, Access.SEE)
    _by_an_empty_copy(field, elevation)


@attack(_KIND, "dc2 hides the group, which gives there, and dc1 shows it altered and taken apart")
def hidden_at_other(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 8)
    group = field.group(elevation)
    retell(field, group, by="x")
    protect(field, group)
    _both_deaf(field)
    _take_apart(field, field.admin, group)
    _at_dc2(field).deny(group, SERVICE.dn, Access.SEE)
    _by_an_empty_copy(field, elevation)


def _mark_as_a_rehearsals(field: Field, group: str) -> str:
    """Its new name."""
    mark = rehearsal_groups.Mark("0123456789ab", datetime.now(UTC) + timedelta(hours=20))
    field.admin.set_attribute(group, "info", rehearsal_groups.encode(mark))
    return field.admin.rename(group, "X_REHEARSAL_0123456789ab_GROUP")


@attack(_KIND, "dc1 shows a rehearsal's, and dc2 what it was before")
def a_rehearsals_at_one(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 8)
    _both_deaf(field)
    _take_apart(field, field.admin, field.group(elevation))
    _mark_as_a_rehearsals(field, field.group(elevation))
    _by_an_empty_copy(field, elevation)


def _left_over(field: Field) -> tuple[Copy, Elevation, str]:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    group = field.group(elevation)
    retell(field, group, by="x")
    protect(field, group)
    then(field, elevation)
    for _ in range(3):
        copy.sweep()
        time.sleep(ARRIVED)
    _both_deaf(field)
    return copy, elevation, group


@attack(_KIND, "what is left over at dc1 is hidden at dc2, and gives again there; its own copy")
def left_over_and_hidden(field: Field) -> None:
    copy, _, group = _left_over(field)
    _give_again(field, _at_dc2(field), group)
    _at_dc2(field).deny(group, SERVICE.dn, Access.SEE)
    swept(field, copy)


@attack(_KIND, "what is left over at dc1 gives again at dc2, by a record with a later end; its own copy")
def left_over_and_prolonged(field: Field) -> None:
    copy, _, group = _left_over(field)
    there = _at_dc2(field)
    _give_again(field, there, group)
    end = datetime.now(UTC) + timedelta(hours=7)
    record = json.loads(there.text(group, "info") or "{}") | {"end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    there.set_attribute(group, "info", json.dumps(record, separators=(",", ":")))
    there.set_attribute(group, "description")
    swept(field, copy)


@attack(_KIND, "at dc2 alone all of it was moved to the dark; through another group; its own copy")
def in_the_dark_at_other(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 12)
    group, account = field.group(elevation), f"<GUID={elevation.account.guid}>"
    put_between(field, group)
    dark = dark_folder(field)
    _both_deaf(field)
    for dn in (group, field.arena.account, *field.arena.targets):
        _at_dc2(field).move(dn, dark)
    field.wait_past(elevation)
    said = NOTHING_SAID
    for number in range(3):
        if number:
            time.sleep(ARRIVED)
        said = copy.sweep()
        held, row = field.held(account), copy.row(elevation)
        if any(held.values()) and not row.is_open:
            raise Broken("outlived_deadline", f"called {row.state}, held {held}: {said.words[-200:]}")
    if any(field.held(account).values()) and not said.is_alarm:
        raise Broken("outlived_deadline", f"held, exit code {said.code}: {said.words[-200:]}")


def _hide_of_which_domain_it_is(field: Field) -> None:
    schema = f"CN=ms-DS-Has-Domain-NCs,CN=Schema,CN=Configuration,{BASE_DN}"
    guid = uuid.UUID(bytes_le=field.admin.read(schema, "schemaIDGUID")["schemaIDGUID"][0])
    for dn, what in (
        (f"CN=NTDS Settings,{DC2}", guid),
        (DC2_COMPUTER, ATTRIBUTES["primaryGroupID"]),
    ):
        before = field.admin.deny(dn, SERVICE.dn, Access.READ_PROPERTY, what=what)
        field.stack.callback(field.admin.allow_again, dn, before)
    field.pair.await_replication()


@attack(_KIND, "dc2 does not show of which domain it is, to a copy that never saw it")
def half_listed(field: Field) -> None:
    _hide_of_which_domain_it_is(field)
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        said = NOTHING_SAID
        for _ in range(3):
            said = copy.sweep()
        row = copy.row(elevation)
        if field.is_held() and not (said.is_alarm or row.is_open or row.unconfirmed_on):
            raise Broken("outlived_deadline", f"called {row.state}, held {field.held()}: {said.words[-200:]}")


@attack(_KIND, "SID, members and what it is in are kept, and the record is retold; an empty copy")
def keeps_sid_and_links(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 4)
    group = field.group(elevation)
    put_middle(field, group)
    retell(field, group, by="x")
    _keep(field, group, ("objectSid", "member", "memberOf"))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KIND, "SID and what it is in are kept, and it is the primary group; an empty copy")
def keeps_sid_and_is_primary(field: Field) -> None:
    elevation = field.copy().check_out(FEW + 4)
    group = field.group(elevation)
    put_middle(field, group)
    make_primary(field, field.arena.account, group)
    _keep(field, group, ("objectSid", "memberOf"))
    then(field, elevation)
    swept(field, field.copy("CORP\\bob"))


@attack(_KIND, "its end waits in the own row, and it looks like a rehearsal's; scheduled sweeps")
def waits_and_looks_like_a_rehearsals(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 6)
    _keep(field, _mark_as_a_rehearsals(field, field.group(elevation)), ("member", "memberOf"))
    field.pair.await_replication()
    waits = "state = 'ending', end_reason = 'check-in', attempts = 1, next_attempt_at = ?"
    set_in_row(copy, waits, elevation.deadline + timedelta(minutes=9))
    field.wait_past(elevation, ARRIVED * 4)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.command("sweep")
        time.sleep(ARRIVED)
    field.require_not_silent(said)


# --- lent to somebody else ---------------------------------------------------------------------------------


def beside_a_guest(field: Field) -> tuple[Copy, Elevation, Elevation]:
    """A copy, the elevation of a guest that has time, and the one that is attacked."""
    provider = field.provider()
    guest = PrivilegedAccount(field.ref(add_guest(field)))
    copy = field.copy(provider=replace(provider, accounts=(*provider.accounts, guest)))
    request = replace(copy.request(600), account=guest.account.guid)
    return copy, copy.app.service.check_out(request, copy.recorder), copy.check_out(FEW + 4)


def _put_into(field: Field, elevation: Elevation) -> str:
    """The account into the group of ``elevation``, by a group of somebody's own, which is returned."""
    between = field.admin.create_group(f"Between {field.arena.tag}", field.arena.ou)
    field.admin.add_members(between, [field.arena.account])
    field.admin.add_members(field.group(elevation), [between])
    return between


@attack(_LENT, "a group of somebody's own between; its own copy", short=True)
def through_a_guests_group(field: Field) -> None:
    copy, guests, elevation = beside_a_guest(field)
    _put_into(field, guests)
    then(field, elevation)
    swept(field, copy)


@attack(_LENT, "a group of somebody's own between; an empty copy")
def through_a_guests_group_for_others(field: Field) -> None:
    copy, guests, elevation = beside_a_guest(field)
    _put_into(field, guests)
    then(field, elevation)
    swept(field, field.copy("CORP\\bob", provider=copy.provider))


@attack(_LENT, "and that one is permanent, too; its own copy")
def for_good_besides(field: Field) -> None:
    """What is told then is the truth, and no alarm."""
    copy, guests, elevation = beside_a_guest(field)
    between = _put_into(field, guests)
    for target in field.arena.targets:
        field.admin.add_members(target, [between])
    then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(ARRIVED)
    row = copy.row(elevation)
    if row.is_open or not row.remains:
        raise Broken("false_alarms", f"called {row.state}, {row.remains}: {said.words[-200:]}")


# --- forged into what is permanent -------------------------------------------------------------------------


def _forge(field: Field, folder: str, members: list[str]) -> str:
    made = str(uuid.uuid4())
    group = field.admin.create_group(f"Helpdesk {field.arena.tag}", folder)
    field.admin.add_members(group, members)
    field.admin.add_members(field.arena.global_target, [group])
    time.sleep(7)  # longer than the making of a group takes
    record = {
        "jit": 1,
        "id": made.replace("-", ""),
        "acc": guid_hex(field, field.arena.account),
        "from": "2019-01-01T00:00:00Z",
        "end": "2019-01-01T01:00:00Z",
        "by": "x",
        "tgt": [guid_hex(field, field.arena.global_target)],
    }
    field.admin.set_attribute(group, "info", json.dumps(record, separators=(",", ":")))
    group = field.admin.rename(group, f"RDM_JIT_{made}")
    field.pair.await_replication()
    return group


def _require_untouched(field: Field, group: str, members: list[str]) -> None:
    copy, said = field.copy(), NOTHING_SAID
    for _ in range(2):
        said = copy.sweep()
    if not field.admin.exists(group) or not field.admin.is_member(group, field.arena.global_target):
        raise Broken("took_permanent", f"the group of somebody else was taken away: {said.words[-300:]}")
    if not set(members) <= field.admin.members(group):
        raise Broken("took_permanent", f"its members were taken out: {said.words[-300:]}")


@attack(_FORGED, "elsewhere, with members")
def forged_elsewhere(field: Field) -> None:
    members = [add_guest(field, "staff"), field.arena.account]
    _require_untouched(field, _forge(field, field.arena.ou, members), members)


@attack(_FORGED, "in the location, with the account alone", short=True)
def forged_in_the_location(field: Field) -> None:
    members = [field.arena.account]
    _require_untouched(field, _forge(field, field.arena.creation_ou, members), members)
