# SPDX-License-Identifier: MIT
"""One account twice in parts, alarms for nothing, and words that are not true."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from jit_desktop.elevation.ending import End
from jit_desktop.elevation.errors import AccountCheckedOut, JitError
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import Event
from jit_desktop.elevation.model import CheckoutRequest, Elevation, TimeSource
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ProviderPrivilege
from jit_desktop.platform.clock import SystemClock
from tests.attacks.doings import (
    ARRIVED,
    FEW,
    add_guest,
    guid_hex,
    make_primary,
    move_account,
    protect,
    retell,
    then,
)
from tests.attacks.field import LATE_SECONDS, NOTHING_SAID, Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import SERVICE
from tests.samba.verifier import sid_text

_TWICE = "one account, twice, in parts"
_OTHER_GROUPS = "one account, twice, by a copy that lends other groups"
_FALSE = "a false alarm"
_WORDS = "words that are not true"


def _part(copy: Copy, number: int) -> CheckoutRequest:
    request = copy.request(600)
    return replace(request, privileges=(request.privileges[number],))


def _rename_and_move(field: Field, group: str) -> None:
    field.admin.move(field.admin.rename(group, f"Printers {field.arena.tag}"), field.arena.ou)


_ALTERED: dict[str, Callable[[Field, str], None]] = {
    "its record names another account": lambda f, g: retell(f, g, acc=guid_hex(f, add_guest(f))),
    "its record is overwritten": lambda f, g: f.admin.set_attribute(g, "info", "note of the auditor"),
    "it gets another member": lambda f, g: f.admin.add_members(g, [add_guest(f)]),
    "it is the account's primary group": lambda f, g: make_primary(f, f.arena.account, g),
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


def _extend(field: Field, alice: Copy, elevation: Elevation) -> None:
    alice.app.service.extend(elevation.id, 60, alice.recorder)


def _extend_and_lose_the_marker(field: Field, alice: Copy, elevation: Elevation) -> None:
    _extend(field, alice, elevation)
    groups = field.admin.groups_in(field.arena.creation_ou)
    for marker in set(groups) - {field.group(elevation)}:
        field.admin.delete(marker)


def _wipe_rename_and_move(field: Field, alice: Copy, elevation: Elevation) -> None:
    group = field.group(elevation)
    field.admin.set_attribute(group, "info")
    field.admin.set_attribute(group, "description")
    _rename_and_move(field, group)


_SHOWN_OTHERWISE: dict[str, Callable[[Field, Copy, Elevation], None]] = {
    "it was extended": _extend,
    "it was extended and the marker deleted": _extend_and_lose_the_marker,
    "it was wiped and renamed and moved": _wipe_rename_and_move,
}


def _other_groups(field: Field) -> tuple[ProviderPrivilege, ...]:
    return (ProviderPrivilege(field.ref(field.arena.add_target(f"Other {field.arena.tag}"))),)


def _of_other_groups(way: str) -> None:
    def play(field: Field) -> None:
        alice, provider = field.copy(), field.provider()
        jit = replace(provider.jit, privileges=_other_groups(field))
        one = alice.check_out(600)
        _SHOWN_OTHERWISE[way](field, alice, one)
        field.pair.await_replication()
        bob = field.copy("CORP\\bob", provider=replace(provider, jit=jit))
        with contextlib.suppress(AccountCheckedOut):
            bob.app.service.check_out(bob.request(600), bob.recorder)
            raise Broken("doubled", f"the account is lent to two persons: {field.memberships()}")

    attack(_OTHER_GROUPS, way, short=way == "it was extended")(play)


for _way in _SHOWN_OTHERWISE:
    _of_other_groups(_way)


@attack(_OTHER_GROUPS, "it was extended; two providers of one domain in one database")
def two_providers(field: Field) -> None:
    copy = field.copy()
    jit = replace(copy.provider.jit, privileges=_other_groups(field))
    second = replace(copy.provider, id=ProviderId(str(uuid.uuid4())), name="second", jit=jit)
    copy.app.store.save_provider(second, at=copy.app.clock.utc_now(), actor=copy.app.actor)
    copy.app.secrets.remember(second.id, Secret(SERVICE.password), keep=False)
    _extend(field, copy, copy.check_out(600))
    field.pair.await_replication()
    request = replace(copy.request(600), provider_id=second.id, privileges=jit.offered)
    with contextlib.suppress(AccountCheckedOut):
        copy.app.service.check_out(request, copy.recorder)
        raise Broken("doubled", f"the account is lent twice: {field.memberships()}")


@attack(_FALSE, "the account is deleted, and two copies know the elevation")
def account_deleted_and_two_copies(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(8)
    bob.sweep()
    field.admin.delete(field.arena.account)
    then(field, elevation)
    for copy in (alice, bob, alice, bob):
        copy.sweep()
        time.sleep(ARRIVED)
    field.require_no_alarm(alice)
    field.require_no_alarm(bob)


@attack(_FALSE, "the account is deleted, and a copy that does not know the elevation sweeps")
def account_deleted_and_an_empty_copy(field: Field) -> None:
    provider = field.provider()
    elevation = field.copy(provider=provider).check_out(FEW + 8)
    field.admin.delete(field.arena.account)
    field.pair.await_replication()
    before, after = (field.copy(person, provider=provider) for person in ("CORP\\bob", "CORP\\carol"))
    before.sweep()
    then(field, elevation)
    _require_nothing_said(after, before)


@attack(_FALSE, "the account is deleted, and its unit was renamed before")
def account_deleted_in_a_renamed_unit(field: Field) -> None:
    unit = field.admin.create_ou(f"Admins {field.arena.tag}", field.arena.ou)
    move_account(field, unit)
    field.pair.await_replication()
    copy = field.copy()
    elevation = copy.check_out(FEW + 8)
    field.admin.rename(unit, f"Operators {field.arena.tag}")
    account = f"{field.arena.account.partition(',')[0]},OU=Operators {field.arena.tag},{field.arena.ou}"
    field.admin.delete(account)
    then(field, elevation)
    _require_nothing_said(copy)


@attack(
    _FALSE, "a chosen group is deleted and taken from the settings; a copy that does not know the elevation"
)
def chosen_group_deleted(field: Field) -> None:
    provider = field.provider()
    elevation = field.copy().check_out(FEW + 8)
    field.admin.delete(field.arena.universal_target)
    field.arena = replace(field.arena, universal_target=field.arena.global_target)
    without = replace(provider, jit=replace(provider.jit, privileges=provider.jit.privileges[:2]))
    then(field, elevation)
    _require_nothing_said(field.copy("CORP\\bob", provider=without))


def _require_nothing_said(*copies: Copy) -> None:
    """It is over soon, and no alarm then."""
    said = [NOTHING_SAID]
    for _ in range(3):
        said = [copy.sweep() for copy in copies]
        time.sleep(12)
    for one in said:
        if one.is_alarm:
            raise Broken("false_alarms", f"nothing is left: {' '.join(one.words.split())[:300]}")


@attack(_FALSE, "the account is deleted while it is ended, and it is overdue for ever")
def account_deleted_within_the_end(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
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


@attack(_FALSE, "the temporary group is the primary group, and dc2 is a moment behind")
def primary_and_a_moment(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    make_primary(field, field.arena.account, field.group(elevation))
    then(field, elevation)
    copy.sweep()
    time.sleep(ARRIVED)
    copy.sweep()
    field.require_no_alarm(copy, elevation)


@attack(_WORDS, "“gives nothing” of a group that gives another group")
def leftover_gives_something(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    group = field.group(elevation)
    make_primary(field, field.arena.account, group)
    field.admin.add_members(field.arena.foreign_target, [group])
    then(field, elevation)
    said = NOTHING_SAID
    for _ in range(3):
        said = copy.sweep()
        time.sleep(ARRIVED)
    foreign = sid_text(field.admin.sid(field.arena.foreign_target))
    if foreign in field.admin.token_groups(field.arena.account) and not said.is_alarm:
        raise Broken("wrong", f"it has the foreign group by it: {copy.row(elevation).leftover}")


@attack(_WORDS, "one elevation whose group can't be deleted is “ended” at each sweep", short=True)
def ended_again_and_again(field: Field) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW)
    protect(field, field.group(elevation))
    then(field, elevation)
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
    field.admin.add_members(field.group(elevation), [add_guest(field)])
    field.pair.await_replication()
    try:
        bob.app.service.check_out(bob.request(600), bob.recorder)
    except JitError as error:
        if "permanent" in str(error):
            raise Broken("wrong", f"it is lent until {elevation.deadline:%H:%M}: {error}") from None


class _Set(SystemClock):
    """A clock that somebody has set."""

    def __init__(self, seconds: int) -> None:
        self._seconds = timedelta(seconds=seconds)

    def utc_now(self) -> datetime:
        return super().utc_now() + self._seconds


def _told_by_a_set_clock(seconds: int, *, short: bool = False) -> None:
    def play(field: Field) -> None:
        copy = field.copy()
        elevation = copy.check_out(600)
        copy.sweep()
        copy.app.store.close()
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False, clock=_Set(seconds))
        again.app.service.check_in(elevation.id, again.recorder)
        field.until_over(again, elevation)
        moves, steps = again.app.store.transitions(elevation.id), again.app.store.steps(elevation.id)
        told = [(m.at, m.clock) for m in moves], [(s.at, s.clock) for s in steps]
        if any(one > other for story in told for (one, _), (other, _) in pairwise(story)):
            raise Broken("wrong", f"what is told runs backwards: {told}")
        latest = datetime.now(UTC) + timedelta(seconds=LATE_SECONDS)
        if any(at > latest for story in told for at, clock in story if clock is TimeSource.DOMAIN):
            raise Broken("wrong", f"a time of the domain that has not come: {told}")
        begun = next(m.at for m in moves if m.event is Event.END_STARTED)
        ended_at = again.row(elevation).ended_at
        if ended_at is None or ended_at < begun:
            raise Broken("wrong", f"ended at {ended_at}, begun at {begun}")

    which = "ahead" if seconds > 0 else "behind"
    attack(_WORDS, f"a check-in while this computer's clock is four minutes {which}", short=short)(play)


_told_by_a_set_clock(240)
_told_by_a_set_clock(-240)
