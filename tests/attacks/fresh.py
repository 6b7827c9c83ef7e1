# SPDX-License-Identifier: MIT
"""What a group gives, judged by what is shown of it: primary groups, hidden members, records that name
somebody else, domain controllers that are no longer listed, extensions that have not arrived."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jit_desktop.elevation.ending import End
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import PrivilegedAccount, ProviderPrivilege
from jit_desktop.store.sqlite_store import FILE_NAME
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import ADMINISTRATOR, BASE_DN, SERVICE
from tests.samba.rights import MEMBER, Access
from tests.samba.verifier import sid_text

_FEW = 4
_ARRIVED = 6
_DC2 = f"CN=DC2,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{BASE_DN}"
_DOMAIN_USERS = 513

_PRIMARY = "a membership that stands in no member attribute"
_RECORD = "a record that names somebody or something else"
_NOT_ASKED = "a domain controller that nobody asks"
_HIDDEN = "hidden after it was seen"
_EXPLAINED = "a way that is not permanent explains what is left"
_TRACES = "a group of ours without any text of ours"
_EARLY = "another copy ends it early"
_TWICE = "one account, twice, in parts"
_FALSE = "a false alarm"
_WORDS = "words that are not true"


# --- means ------------------------------------------------------------------------------------------------


def _swept(field: Field, copy: Copy, times: int = 3) -> None:
    """What is still held when all has arrived everywhere is an alarm at each sweep."""
    said = NOTHING_SAID
    for number in range(times):
        if number:
            time.sleep(_ARRIVED)
        said = copy.sweep()
    field.require_not_silent(said)


def _make_primary(field: Field, who: str, group: str) -> None:
    field.stack.callback(lambda: field.admin.set_attribute(who, "primaryGroupID", _DOMAIN_USERS))
    rid = sid_text(field.admin.sid(group)).rpartition("-")[2]
    field.admin.set_attribute(who, "primaryGroupID", int(rid))


def _guest(field: Field, name: str = "guest") -> str:
    return field.arena.add_account(f"{name}-{field.arena.tag}")


def _hex(field: Field, dn: str) -> str:
    return uuid.UUID(bytes_le=field.admin.guid(dn)).hex


def _retell(field: Field, group: str, **changes: object) -> None:
    found = json.loads(field.admin.text(group, "info") or "{}") | changes
    field.admin.set_attribute(group, "info", json.dumps(found, separators=(",", ":")))


def _between(field: Field, group: str) -> None:
    """The account is in it through a group of somebody's own, and not directly any more."""
    between = field.admin.create_group(f"Between {field.arena.tag}", field.arena.ou)
    field.admin.add_members(between, [field.arena.account])
    field.admin.add_members(group, [between])
    field.admin.remove_members(group, [field.arena.account])


def _protect(field: Field, group: str) -> None:
    field.admin.deny(group, SERVICE.dn, Access.DELETE | Access.DELETE_TREE)
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.DELETE_CHILD)


def _deny_one_target(field: Field) -> None:
    field.admin.deny(field.arena.domain_local_target, SERVICE.dn, Access.WRITE_PROPERTY)


def _wipe(field: Field, group: str) -> str:
    field.admin.set_attribute(group, "info")
    field.admin.set_attribute(group, "description")
    return field.admin.rename(group, f"Printers {field.arena.tag}")


def _unlist_dc2(field: Field) -> None:
    before = field.admin.deny(_DC2, SERVICE.dn, Access.SEE, below_too=True)
    field.stack.callback(lambda: field.admin.allow_again(_DC2, before))


def _then(field: Field, elevation: Elevation) -> None:
    field.pair.await_replication()
    field.wait_past(elevation)


def _sql(copy: Copy, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(copy.folder / FILE_NAME)) as database:
        database.execute(statement, values)
        database.commit()


# --- rights that outlive their deadline -------------------------------------------------------------------


@attack(_PRIMARY, "the temporary group is the account's primary group; an empty copy sweeps", short=True)
def primary_and_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    _make_primary(field, field.arena.account, field.group(elevation))
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"))


@attack(
    _PRIMARY,
    "besides, the account is hidden and one chosen group's delegation taken; its own copy",
    short=True,
)
def primary_and_hidden(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _make_primary(field, field.arena.account, field.group(elevation))
    field.admin.deny(field.arena.account, SERVICE.dn, Access.SEE)
    _deny_one_target(field)
    _then(field, elevation)
    _swept(field, copy)


@attack(_PRIMARY, "somebody else has it for a primary group, and one chosen group's delegation is taken")
def primary_of_a_guest(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    guest = _guest(field)
    field.admin.add_members(field.group(elevation), [guest])
    _make_primary(field, guest, field.group(elevation))
    _deny_one_target(field)
    _then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(_ARRIVED)
    held = [sid for sid in field._sids if sid in field.admin.token_groups(guest)]
    if held and not said.is_alarm:
        raise Broken("outlived_deadline", f"a guest keeps a chosen group: {copy.row(elevation).leftover}")


@attack(_PRIMARY, "members may not be read, and it is protected; an empty copy sweeps", short=True)
def members_hidden_and_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    group = field.group(elevation)
    field.admin.deny(group, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
    _protect(field, group)
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"))


@attack(_RECORD, "another account and another group; an empty copy sweeps again and again", short=True)
def another_account_and_group(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    foreign = [_hex(field, field.arena.foreign_target)]
    _retell(field, field.group(elevation), acc=_hex(field, _guest(field)), tgt=foreign)
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"))


@attack(_RECORD, "fewer groups, and the account comes in through another one; an empty copy sweeps")
def fewer_groups(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    _between(field, field.group(elevation))
    _retell(field, field.group(elevation), tgt=[_hex(field, field.arena.global_target)])
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"))


@attack(_RECORD, "the id of an elevation of somebody else that the other copy has ended", short=True)
def id_of_an_old_one(field: Field) -> None:
    provider = field.provider()
    guest = PrivilegedAccount(field.ref(_guest(field)))
    provider = replace(provider, accounts=(*provider.accounts, guest))
    bob = field.copy("CORP\\bob", provider=provider)
    request = replace(
        bob.request(600),
        account=guest.account.guid,
        privileges=(provider.jit.privileges[0].group.guid,),
    )
    old = bob.app.service.check_out(request, bob.recorder)
    bob.app.service.check_in(old.id, bob.recorder)
    field.pair.await_replication()
    bob.sweep()
    elevation = field.copy(provider=provider).check_out(_FEW)
    _retell(field, field.group(elevation), id=str(old.id))
    _then(field, elevation)
    _swept(field, bob)


@attack(_RECORD, "a later end within the policy; an empty copy sweeps")
def later_end_and_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    end = datetime.now(UTC) + timedelta(hours=1)
    _retell(field, field.group(elevation), end=f"{end:%Y-%m-%dT%H:%M:%SZ}")
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"), 2)


@attack(_RECORD, "a later end in the row of its own copy, while the directory has the right one")
def later_end_in_the_row(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    end = elevation.deadline + timedelta(hours=1)
    _sql(copy, "update elevation set deadline = ?", f"{end:%Y-%m-%dT%H:%M:%S.%fZ}")
    _then(field, elevation)
    _swept(field, copy, 2)


@attack(_RECORD, "the provider's row is gone while its elevation is open, and another provider is swept")
def provider_gone(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    provider = copy.provider
    second = replace(
        provider,
        id=ProviderId(str(uuid.uuid4())),
        name="second",
        jit=replace(provider.jit, privileges=(ProviderPrivilege(field.ref(field.arena.foreign_target)),)),
        accounts=(PrivilegedAccount(field.ref(_guest(field))),),
    )
    _sql(copy, "delete from provider where id = ?", str(provider.id))
    again = field.copy(folder=copy.folder, provider=second)
    _then(field, elevation)
    _swept(field, again, 2)


@attack(_NOT_ASKED, "dc2 is hidden from the list of domain controllers, and has not heard")
def not_listed(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW + 4)
    copy.sweep()  # it has known dc2
    _unlist_dc2(field)
    field.pair.await_replication()
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        _swept(field, copy)


@attack(_NOT_ASKED, "dc2 could not be reached at the end, and is hidden from the list when it is back")
def not_listed_any_more(field: Field) -> None:
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        two.refuse()
        copy.sweep()
        _unlist_dc2(field)
        two.mend()
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        said = again.sweep()
        row = again.row(elevation)
        if field.is_held() and not (row.is_open or row.unconfirmed_on or said.is_alarm):
            raise Broken("outlived_deadline", f"settled for dc2, and held {field.held()}")


@attack(
    _HIDDEN, "at dc2, which has not heard: the account, the location, the members of the groups", short=True
)
def hidden_while_replicating(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    at_dc2 = field.verifiers[field.pair.dc2.host]
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        copy.sweep()
        at_dc2.deny(field.arena.account, SERVICE.dn, Access.SEE)
        at_dc2.deny(field.arena.creation_ou, SERVICE.dn, Access.SEE, below_too=True)
        for target in field.arena.targets:
            at_dc2.deny(target, SERVICE.dn, Access.READ_PROPERTY, what=MEMBER)
        said = NOTHING_SAID
        for _ in range(3):
            time.sleep(5)
            said = copy.sweep()
            if field.is_held() and not said.is_alarm:
                field.require_open(copy, elevation, f"held {field.held()}")


@attack(_EXPLAINED, "the account comes in through another group; delegations taken; its own copy")
def explained_by_its_own_way(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _between(field, field.group(elevation))
    field.admin.deny(field.arena.creation_ou, SERVICE.dn, Access.CHANGE, below_too=True)
    _deny_one_target(field)
    _then(field, elevation)
    _swept(field, copy)


@attack(
    _EXPLAINED, "the account comes in through another group; one delegation taken; an empty copy", short=True
)
def explained_to_another_copy(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    _between(field, field.group(elevation))
    _deny_one_target(field)
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"))


@attack(_TRACES, "renamed, record and description removed; an empty copy sweeps")
def wiped(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    _wipe(field, field.group(elevation))
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"), 2)


@attack(_TRACES, "renamed, record and description removed, and moved; an empty copy sweeps")
def wiped_and_moved(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    field.admin.move(_wipe(field, field.group(elevation)), field.arena.ou)
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"), 2)


@attack(_TRACES, "renamed and moved to where nothing may be seen; an empty copy sweeps")
def moved_into_the_dark(field: Field) -> None:
    elevation = field.copy().check_out(_FEW)
    dark = field.admin.create_ou(f"Dark {field.arena.tag}", field.arena.ou)
    field.admin.deny(dark, SERVICE.dn, Access.SEE, below_too=True)
    group = field.admin.rename(field.group(elevation), f"Printers {field.arena.tag}")
    field.admin.deny(field.admin.move(group, dark), SERVICE.dn, Access.SEE)
    _then(field, elevation)
    _swept(field, field.copy("CORP\\bob"), 2)


def _killed(field: Field) -> tuple[Copy, Elevation]:
    """A grant that gave everything and was killed before its row says which group gives it."""
    copy = field.copy()
    program = Path(__file__).with_name("killed_grant.py")
    subprocess.run(
        [sys.executable, str(program), str(copy.folder), SERVICE.password, "8"],
        env=dict(copy.environment),
        check=False,
    )
    field.until_held()
    (row,) = copy.rows()
    return copy, row


@attack(_TRACES, "of a grant that was killed: renamed, texts removed; its own copy sweeps", short=True)
def killed_and_wiped(field: Field) -> None:
    copy, elevation = _killed(field)
    _wipe(field, field.group(elevation))
    _then(field, elevation)
    _swept(field, copy)
    if field.is_held():
        field.require_open(copy, elevation, f"held {field.held()}")


# --- ended early ------------------------------------------------------------------------------------------


def _extended_and_ended_by_bob(field: Field, alice: Copy, bob: Copy, elevation: Elevation) -> None:
    field.wait_past(elevation)
    for _ in range(2):
        bob.sweep()
        time.sleep(_ARRIVED)
    field.require_held("an extension that was granted was ended early by another copy")


@attack(_EARLY, "which works at dc2, where the extension has not arrived", short=True)
def extension_not_heard_of(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob", provider=field.provider(at=field.pair.dc2))
    elevation = alice.check_out(14)
    bob.sweep()
    with field.no_replication_to_dc2():
        alice.app.service.extend(elevation.id, 600, alice.recorder)
        _extended_and_ended_by_bob(field, alice, bob, elevation)


@attack(_EARLY, "somebody has deleted what proves the extension")
def marker_deleted(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(12)
    bob.sweep()
    alice.app.service.extend(elevation.id, 600, alice.recorder)
    for group in field.admin.groups_in(field.arena.creation_ou):
        if '"ext"' in (field.admin.text(group, "info") or ""):
            field.admin.delete(group)
    field.pair.await_replication()
    _extended_and_ended_by_bob(field, alice, bob, elevation)


@attack(_EARLY, "the group had been renamed when that copy took it over")
def renamed_before_the_other_copy(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(14)
    field.admin.rename(field.group(elevation), f"Printers {field.arena.tag}")
    bob.sweep()
    alice.app.service.extend(elevation.id, 600, alice.recorder)
    field.pair.await_replication()
    _extended_and_ended_by_bob(field, alice, bob, elevation)


@attack(_EARLY, "the program signs in as a domain administrator, and the account is one")
def owner_is_domain_admins(field: Field) -> None:
    """What a member of Domain Admins makes belongs to that group."""
    field.admin.add_members(f"CN=Domain Admins,CN=Users,{BASE_DN}", [field.arena.account])
    field.pair.await_replication()
    provider = field.provider()
    provider = replace(provider, connection=replace(provider.connection, bind_as=ADMINISTRATOR.upn))
    alice, bob = field.copy(provider=provider), field.copy("CORP\\bob", provider=provider)
    for copy in (alice, bob):
        copy.app.secrets.remember(provider.id, Secret(ADMINISTRATOR.password), keep=False)
    elevation = alice.check_out(14)
    bob.sweep()
    alice.app.service.extend(elevation.id, 600, alice.recorder)
    field.pair.await_replication()
    _extended_and_ended_by_bob(field, alice, bob, elevation)


# --- twice ------------------------------------------------------------------------------------------------


def _part(copy: Copy, number: int) -> CheckoutRequest:
    request = copy.request(600)
    return replace(request, privileges=(request.privileges[number],))


def _rename_and_move(field: Field, group: str) -> None:
    field.admin.move(field.admin.rename(group, f"Printers {field.arena.tag}"), field.arena.ou)


_ALTERED: dict[str, Callable[[Field, str], None]] = {
    "its record names another account": lambda f, g: _retell(f, g, acc=_hex(f, _guest(f))),
    "its record is overwritten": lambda f, g: f.admin.set_attribute(g, "info", "note of the auditor"),
    "it gets another member": lambda f, g: f.admin.add_members(g, [_guest(f)]),
    "it is the account's primary group": lambda f, g: _make_primary(f, f.arena.account, g),
    "it is renamed and moved": _rename_and_move,
}


def _in_parts(way: str) -> None:
    def play(field: Field) -> None:
        alice, bob = field.copy(), field.copy("CORP\\bob")
        one = alice.app.service.check_out(_part(alice, 0), alice.recorder)
        _ALTERED[way](field, field.group(one))
        field.pair.await_replication()
        with contextlib.suppress(JitError):
            bob.app.service.check_out(_part(bob, 2), bob.recorder)
            raise Broken("doubled", f"the account is lent to two persons: {field.held()}")

    attack(_TWICE, f"the group is altered: {way}", short=way == "it gets another member")(play)


for _way in _ALTERED:
    _in_parts(_way)


# --- false alarms and false words -------------------------------------------------------------------------


@attack(_FALSE, "the account is deleted, and two copies know the elevation")
def account_deleted_and_two_copies(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(8)
    bob.sweep()
    field.admin.delete(field.arena.account)
    _then(field, elevation)
    for copy in (alice, bob, alice, bob):
        copy.sweep()
        time.sleep(_ARRIVED)
    field.require_no_alarm(alice)
    field.require_no_alarm(bob)


@attack(_FALSE, "the account is deleted while it is ended, and it is overdue for ever")
def account_deleted_within_the_end(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    field.wait_past(elevation)
    concluded = End.concluded

    def meanwhile(self: End, *args: object, **kinds: object) -> object:
        End.concluded = concluded  # type: ignore[method-assign]
        field.admin.delete(field.arena.account)
        return concluded(self, *args, **kinds)  # type: ignore[arg-type]

    End.concluded = meanwhile  # type: ignore[method-assign,assignment]
    try:
        copy.sweep()
    finally:
        End.concluded = concluded  # type: ignore[method-assign]
    said = NOTHING_SAID
    for _ in range(3):
        time.sleep(12)
        said = copy.sweep()
    if said.is_alarm:
        raise Broken("false_alarms", f"nobody is left to have anything: {' '.join(said.words.split())[:300]}")


@attack(_FALSE, "the temporary group is the primary group, and dc2 is a moment behind", short=True)
def primary_and_a_moment(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _make_primary(field, field.arena.account, field.group(elevation))
    _then(field, elevation)
    copy.sweep()
    time.sleep(_ARRIVED)
    copy.sweep()
    field.require_no_alarm(copy, elevation)


@attack(_WORDS, "“gives nothing” of a group that gives another group")
def leftover_gives_something(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    group = field.group(elevation)
    _make_primary(field, field.arena.account, group)
    field.admin.add_members(field.arena.foreign_target, [group])
    _then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(_ARRIVED)
    foreign = sid_text(field.admin.sid(field.arena.foreign_target))
    if foreign in field.admin.token_groups(field.arena.account) and not said.is_alarm:
        raise Broken("wrong", f"it has the foreign group by it: {copy.row(elevation).leftover}")


@attack(_WORDS, "one elevation whose group can't be deleted is “ended” at each sweep", short=True)
def ended_again_and_again(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    _protect(field, field.group(elevation))
    _then(field, elevation)
    counts = []
    for _ in range(4):
        counts.append(int(copy.sweep().words.split(" ended")[0].split()[-1]))
        time.sleep(4)
    if sum(counts) != 1:
        raise Broken("wrong", f"one elevation, and so many ended: {counts}")


@attack(_WORDS, "“a permanent member” of what another copy has lent it")
def called_permanent(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(600)
    field.admin.add_members(field.group(elevation), [_guest(field)])
    field.pair.await_replication()
    try:
        bob.app.service.check_out(bob.request(600), bob.recorder)
    except JitError as error:
        if "permanent" in str(error):
            raise Broken("wrong", f"it is lent until {elevation.deadline:%H:%M}: {error}") from None


@attack(_NOT_ASKED, "replication to dc2 stands still, and a sweep comes once a minute")
def looks_are_counted(field: Field) -> None:
    """The end is written where it has not arrived after 50 s: those are counted by looks, not by a clock."""
    copy = field.copy()
    elevation = copy.check_out(_FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        said = NOTHING_SAID
        for number in range(3):
            if number:
                time.sleep(60)
            said = copy.sweep()
        if field.is_held() and not said.is_alarm:
            row = copy.row(elevation)
            raise Broken("outlived_deadline", f"two minutes, {row.attempts} looks, held {field.held()}")


@attack(_EARLY, "two persons extend it, at a domain controller each, one right after the other", short=True)
def extended_at_two(field: Field) -> None:
    """Who extends by less does not take away what the other one was told."""
    alice, bob = field.copy(), field.copy("CORP\\bob", provider=field.provider(at=field.pair.dc2))
    elevation = alice.check_out(20)
    bob.sweep()
    told = bob.app.service.extend(elevation.id, 1800, bob.recorder).deadline
    alice.app.service.extend(elevation.id, 10, alice.recorder)
    field.pair.await_replication()
    time.sleep(4)
    alice.sweep()
    bob.sweep()
    if alice.row(elevation).deadline < told:
        field.wait_past(alice.row(elevation))
    alice.sweep()
    time.sleep(_ARRIVED)
    field.require_held(f"bob was told that it ends at {told:%H:%M:%S}")


@attack(_EARLY, "two persons extend it at the same moment, five times")
def extended_at_once(field: Field) -> None:
    different = []
    for _ in range(5):
        alice, bob = field.copy(), field.copy("CORP\\bob")
        elevation = alice.check_out(60)
        bob.sweep()
        together = threading.Barrier(2)

        def extend(copy: Copy, seconds: int, gate: threading.Barrier, which: Elevation) -> None:
            gate.wait()
            with contextlib.suppress(JitError):
                copy.app.service.extend(which.id, seconds, copy.recorder)

        threads = [
            threading.Thread(target=extend, args=(copy, seconds, together, elevation))
            for copy, seconds in ((alice, 600), (bob, 1800))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        field.pair.await_replication()
        alice.sweep()
        bob.sweep()
        one, other = alice.row(elevation).deadline, bob.row(elevation).deadline
        if one != other:
            different.append(f"{one:%H:%M:%S} and {other:%H:%M:%S}")
        alice.app.service.check_in(elevation.id, alice.recorder)
        for _ in range(2):
            time.sleep(4)
            alice.sweep()
            bob.sweep()
    if different:
        raise Broken("wrong", f"{len(different)} of 5 times the ends that were told differ: {different[0]}")
