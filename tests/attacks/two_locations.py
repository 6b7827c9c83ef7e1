# SPDX-License-Identifier: MIT
"""Copies that lend the same chosen groups and have creation locations of their own: a temporary group and the
markers of its extensions stand where not every copy looks."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from jit_desktop.elevation.model import CheckoutRequest, Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider, PrivilegedAccount
from tests.attacks.doings import ARRIVED, FEW
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import PRIVILEGED_PASSWORD, SERVICE

_KIND = "another copy ends it early"
_LONG = 300
_BOB, _CAROL, _DAVE = "CORP\\bob", "CORP\\carol", "CORP\\dave"


def _at(provider: DomainProvider, field: Field, place: str) -> DomainProvider:
    """The provider with its creation location there."""
    return replace(provider, jit=replace(provider.jit, location=field.ref(place)))


def _two(field: Field) -> tuple[DomainProvider, DomainProvider, str]:
    """Two providers with the same chosen groups, and where the second one has its creation location."""
    place = field.arena.add_creation_ou(f"Other Place {field.arena.tag}")
    field.pair.await_replication()
    here = field.provider()
    return here, _at(here, field, place), place


def _extend(field: Field, copy: Copy, elevation: Elevation) -> None:
    copy.app.service.extend(elevation.id, _LONG, copy.recorder)
    field.pair.await_replication()


def _left_alone(field: Field, *copies: Copy) -> None:
    """All that sweep let it be, and none calls it an alarm."""
    for _ in range(2):
        for copy in copies:
            said = copy.sweep()
            if said.is_alarm:
                raise Broken("false_alarms", " ".join(said.words.split())[:300])
        time.sleep(ARRIVED)
        field.require_held("an extension was not heard of")


@attack(_KIND, "which never heard of the creation location, after an extension", short=True)
def unknown_location(field: Field) -> None:
    here, there, _ = _two(field)
    alice, bob = field.copy(provider=here), field.copy(_BOB, provider=there)
    elevation = bob.check_out(_LONG)
    _extend(field, bob, elevation)
    _left_alone(field, alice)


@attack(_KIND, "which never heard of the creation location, while one that took it over did")
def known_to_one(field: Field) -> None:
    here, there, _ = _two(field)
    alice, bob = field.copy(provider=here), field.copy(_BOB, provider=there)
    elevation = bob.check_out(_LONG)
    alice.sweep()
    _extend(field, bob, elevation)
    _left_alone(field, alice, field.copy(_CAROL, provider=here))


@attack(_KIND, "which only knows the creation location that was set after an extension")
def set_anew(field: Field) -> None:
    here, there, _ = _two(field)
    alice = field.copy(provider=here)
    elevation = alice.check_out(_LONG)
    _extend(field, alice, elevation)
    alice.app.store.save_provider(there, at=datetime.now(UTC), actor=alice.app.actor)
    _left_alone(field, alice, field.copy(_BOB, provider=there))


@attack(_KIND, "which never heard of the creation location, where everybody signs in as himself")
def unknown_location_of_another_account(field: Field) -> None:
    here, there, place = _two(field)
    name = f"bob-{field.arena.tag}"
    own = field.admin.create_user(name, field.arena.ou, PRIVILEGED_PASSWORD, sam_account_name=name)
    field.admin.delegate_creation(place, own)
    for target in field.arena.targets:
        field.admin.delegate_membership(target, own)
    field.pair.await_replication()
    upn = f"{name}@{SERVICE.upn.partition('@')[2]}"
    there = replace(there, connection=replace(there.connection, bind_as=upn))
    alice, bob = field.copy(provider=here), field.copy(_BOB, provider=there)
    bob.app.secrets.remember(there.id, Secret(PRIVILEGED_PASSWORD), keep=False)
    elevation = bob.check_out(_LONG)
    _extend(field, bob, elevation)
    _left_alone(field, alice)


@attack(_KIND, "whose creation location is a unit below, or above")
def one_below_the_other(field: Field) -> None:
    below = field.admin.create_ou("Below", field.arena.creation_ou)
    field.admin.delegate_creation(below, SERVICE.dn)
    second = field.arena.add_account(f"second-{field.arena.tag}")
    field.pair.await_replication()
    upper = field.provider()
    upper = replace(upper, accounts=(*upper.accounts, PrivilegedAccount(field.ref(second))))
    lower = _at(upper, field, below)
    alice, bob = field.copy(provider=upper), field.copy(_BOB, provider=lower)
    first = alice.check_out(3 * FEW)
    privileges = tuple(p.group.guid for p in upper.jit.privileges)
    request = CheckoutRequest(lower.id, field.ref(second).guid, privileges, 3 * FEW, bob.app.actor)
    other = bob.app.service.check_out(request, bob.recorder)
    _extend(field, alice, first)
    _extend(field, bob, other)
    field.wait_past(other)
    carol, dave = field.copy(_CAROL, provider=upper), field.copy(_DAVE, provider=lower)
    _left_alone(field, alice, bob, carol, dave)
    if set(field.held(second).values()) != {3}:
        raise Broken("wrong", f"the one of the unit below was ended: {field.held(second)}")


def _moved_and_taken_over(field: Field) -> tuple[Copy, Copy, Elevation]:
    """An administrator moves a temporary group, and another copy takes it over there."""
    here, _, place = _two(field)
    alice, bob = field.copy(provider=here), field.copy(_BOB, provider=here)
    elevation = alice.check_out(5 * FEW)
    field.admin.move(field.group(elevation), place)
    field.pair.await_replication()
    bob.sweep()
    alice.sweep()
    return alice, bob, elevation


@attack(_KIND, "which took it over where an administrator moved it to, before an extension", short=True)
def moved_before(field: Field) -> None:
    alice, bob, elevation = _moved_and_taken_over(field)
    _extend(field, alice, elevation)
    field.wait_past(elevation)
    _left_alone(field, bob, alice)


@attack(_KIND, "which took it over where an administrator moved it to, each sweep a program of its own")
def moved_before_and_scheduled(field: Field) -> None:
    alice, bob, elevation = _moved_and_taken_over(field)
    bob.app.store.close()
    _extend(field, alice, elevation)
    field.wait_past(elevation)
    for _ in range(2):
        said = bob.command("sweep")
        field.require_held(f"an extension was not heard of, and {said.code} said")
        if said.is_alarm:
            raise Broken("false_alarms", " ".join(said.words.split())[:300])
    _left_alone(field, alice, field.copy(_CAROL, provider=alice.provider))


@attack(_KIND, "which granted it, after an extension by who took it over where an administrator moved it to")
def moved_and_extended_there(field: Field) -> None:
    alice, bob, elevation = _moved_and_taken_over(field)
    _extend(field, bob, elevation)
    field.wait_past(elevation)
    _left_alone(field, alice, bob, field.copy(_CAROL, provider=alice.provider))
    bob.app.service.check_in(elevation.id, bob.recorder)
    is_alarm = False
    for _ in range(3):
        said = [copy.sweep() for copy in (alice, bob)]
        is_alarm = any(one.is_alarm for one in said)
        time.sleep(ARRIVED)
    field.require_gone()
    if is_alarm or field.arena.temporary_groups():
        raise Broken("wrong", f"left over: {field.arena.temporary_groups()}, an alarm: {is_alarm}")
