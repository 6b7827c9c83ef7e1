# SPDX-License-Identifier: MIT
"""Two who sign in differently have both extended one elevation, and a copy that knows nothing of it looks;
and one that nobody can take back is looked at again and again."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import DomainProvider
from tests.attacks.doings import ARRIVED, then
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import PRIVILEGED_PASSWORD, SERVICE
from tests.samba.rights import Access

_SIGNERS = "two who sign in differently extend it"
_STUCK = "it can't be taken back for some minutes"
_LITTLE: Final = 8
_MUCH: Final = 600
_LOOK_SECONDS: Final = 20


def _another_account(field: Field) -> str:
    """The UPN of another account for the program, with the same rights."""
    name = f"svc-b-{field.arena.tag}"
    dn = field.admin.create_user(name, field.arena.ou, PRIVILEGED_PASSWORD, sam_account_name=name)
    field.admin.delegate_creation(field.arena.creation_ou, dn)
    for target in field.arena.targets:
        field.admin.delegate_membership(target, dn)
    field.pair.await_replication()
    return f"{name}@{SERVICE.upn.partition('@')[2]}"


def _signing_in_as(provider: DomainProvider, upn: str) -> DomainProvider:
    return replace(provider, connection=replace(provider.connection, bind_as=upn))


def _bob(field: Field, provider: DomainProvider, password: str = PRIVILEGED_PASSWORD) -> Copy:
    made = field.copy("CORP\\bob", provider=provider)
    made.app.secrets.remember(provider.id, Secret(password), keep=False)
    return made


def _require_it_goes_on(field: Field, empty: Copy, told: Elevation) -> None:
    """An empty copy looks twice, and ends nothing."""
    for _ in range(2):
        said = empty.sweep()
        time.sleep(ARRIVED)
        field.require_held(f"{told.deadline:%H:%M:%S} was told: {said.words[:200]}")
        if said.is_alarm:
            raise Broken("false_alarms", said.words[:200])


def _both_extend(field: Field, *, is_alice_first: bool) -> None:
    """Whoever is first does so for a little, and the other one for long; an empty copy signs in as the
    first."""
    upn = _another_account(field)
    alice = field.copy()
    elevation = alice.check_out(25)
    theirs = _signing_in_as(alice.provider, upn)
    bob = _bob(field, theirs)
    bob.sweep()
    first, last = (alice, bob) if is_alice_first else (bob, alice)
    earlier = first.app.service.extend(elevation.id, _LITTLE, first.recorder)
    told = last.app.service.extend(elevation.id, _MUCH, last.recorder)
    field.pair.await_replication()
    field.wait_past(earlier)
    alice.sweep()
    bob.sweep()
    empty = field.copy("CORP\\alice", provider=alice.provider) if is_alice_first else _bob(field, theirs)
    _require_it_goes_on(field, empty, told)


@attack(_SIGNERS, "who made its group first, and an empty copy of theirs looks after the first later end")
def maker_first(field: Field) -> None:
    _both_extend(field, is_alice_first=True)


@attack(
    _SIGNERS, "who made its group last, and an empty copy of the other one looks after the first later end"
)
def maker_last(field: Field) -> None:
    _both_extend(field, is_alice_first=False)


@attack(_SIGNERS, "the account is changed between two extensions, and an empty copy has the former one")
def account_changed(field: Field) -> None:
    upn = _another_account(field)
    alice = field.copy()
    before = alice.provider
    elevation = alice.check_out(25)
    earlier = alice.app.service.extend(elevation.id, _LITTLE, alice.recorder)
    after = _signing_in_as(before, upn)
    alice.app.store.save_provider(after, at=datetime.now(UTC), actor=alice.app.actor)
    alice.app.secrets.remember(after.id, Secret(PRIVILEGED_PASSWORD), keep=False)
    told = alice.app.service.extend(elevation.id, _MUCH, alice.recorder)
    field.pair.await_replication()
    field.wait_past(earlier)
    _require_it_goes_on(field, _bob(field, before, SERVICE.password), told)


@attack(_SIGNERS, "the extension of who made its group was refused, and left a marker of the earlier end")
def refused_before(field: Field) -> None:
    upn = _another_account(field)
    alice = field.copy()
    elevation = alice.check_out(30)
    group = field.group(elevation)
    descriptor = field.admin.deny(group, SERVICE.dn, Access.WRITE_PROPERTY)
    with suppress(JitError):
        alice.app.service.extend(elevation.id, _MUCH, alice.recorder)
    field.admin.allow_again(group, descriptor)
    bob = _bob(field, _signing_in_as(alice.provider, upn))
    bob.sweep()
    told = bob.app.service.extend(elevation.id, _MUCH, bob.recorder)
    field.pair.await_replication()
    field.wait_past(elevation)
    _require_it_goes_on(field, field.copy("CORP\\alice", provider=alice.provider), told)


@attack(_STUCK, "with a look every twenty seconds, and then it can")
def looked_at_again_and_again(field: Field) -> None:
    """It is one elevation all the time, overdue and then ended."""
    copy = field.copy()
    elevation = copy.check_out(8)
    place = field.arena.creation_ou
    denied = [(place, field.admin.deny(place, SERVICE.dn, Access.CHANGE, below_too=True))]
    denied += [(t, field.admin.deny(t, SERVICE.dn, Access.WRITE_PROPERTY)) for t in field.arena.targets]
    then(field, elevation)
    for _ in range(8):
        if not copy.sweep().is_alarm:
            raise Broken("silent_alarms", "it could not be taken back, and that was not said")
        if len(copy.rows()) != 1:
            raise Broken("doubled", f"one elevation, and {len(copy.rows())} rows")
        time.sleep(_LOOK_SECONDS)
    for dn, descriptor in denied:
        field.admin.allow_again(dn, descriptor)
    field.pair.await_replication()
    for _ in range(4):
        copy.sweep()
        time.sleep(ARRIVED)
    (row,) = copy.rows()
    if row.id != elevation.id or row.state is not State.ENDED or field.is_held():
        raise Broken("wrong", f"{row.state.value}: {field.held()}")
