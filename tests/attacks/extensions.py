# SPDX-License-Identifier: MIT
"""Another copy ends early what was extended, or takes it for something else."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.model import CheckoutRequest, Elevation, Step, StepReport
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import PrivilegedAccount
from jit_desktop.elevation.surveying import Survey
from tests.attacks.doings import ARRIVED
from tests.attacks.field import Broken, Copy, Field
from tests.attacks.registry import attack
from tests.samba.names import ADMINISTRATOR, BASE_DN

_EARLY = "another copy ends it early"


def _extended_and_ended_by_bob(field: Field, alice: Copy, bob: Copy, elevation: Elevation) -> None:
    field.wait_past(elevation)
    for _ in range(2):
        bob.sweep()
        time.sleep(ARRIVED)
    field.require_held("an extension that was granted was ended early by another copy")


@attack(_EARLY, "which works at dc2, where the extension has not arrived", short=True)
def extension_not_heard_of(field: Field) -> None:
    alice, bob = field.copy(), field.copy("CORP\\bob", provider=field.provider(at=field.pair.dc2))
    elevation = alice.check_out(14)
    bob.sweep()
    with field.no_replication_to_dc2():
        alice.app.service.extend(elevation.id, 600, alice.recorder)
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


@attack(_EARLY, "two persons extend it, at a domain controller each, one right after the other")
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
    time.sleep(ARRIVED)
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


def _left(elevation: Elevation) -> float:
    return (elevation.deadline - datetime.now(UTC)).total_seconds()


@attack(_EARLY, "its sweep listed the groups before the extension, and judges them afterwards")
def extended_since_it_was_listed(field: Field) -> None:
    """A sweep of an empty copy that is stopped, as by a sleeping computer."""
    alice, bob = field.copy(), field.copy("CORP\\bob")
    elevation = alice.check_out(14)
    field.until_held()
    whole = Survey.run
    extended: list[Elevation] = []

    def run(survey: Survey, *arguments: Any) -> None:
        whole(survey, *arguments)
        time.sleep(max(0.0, _left(elevation) - 2))
        extended.append(alice.app.service.extend(elevation.id, 600, alice.recorder))
        time.sleep(4)

    time.sleep(max(0.0, _left(elevation) - 6))
    with mock.patch.object(Survey, "run", run):
        bob.sweep()
    if not extended:
        raise Broken("wrong", "nothing was extended")
    time.sleep(ARRIVED)
    field.require_held(f"ended {_left(extended[0]):.0f} s early by another copy")


@attack(_EARLY, "a pass of its own copy listed the markers before it was extended once more")
def extended_since_the_markers_were_listed(field: Field) -> None:
    """The pass is busy with another elevation, while the window extends this one."""
    copy = field.copy()
    second = field.arena.add_account(f"second-{field.arena.tag}")
    accounts = (*copy.provider.accounts, PrivilegedAccount(field.ref(second)))
    provider = replace(copy.provider, accounts=accounts)
    copy.app.store.save_provider(provider, at=datetime.now(UTC), actor=copy.app.actor)
    window = field.copy(folder=copy.folder, provider=provider, new=False)
    targets = tuple(p.group.guid for p in provider.jit.privileges)
    request = CheckoutRequest(provider.id, field.ref(second).guid, targets, 14, copy.app.actor)
    first = copy.app.service.check_out(request, copy.recorder)
    held = copy.check_out(10)
    field.until_held()
    seconds = int((first.deadline - held.deadline).total_seconds()) + 4
    held = copy.app.service.extend(held.id, seconds, copy.recorder)
    extended: list[Elevation] = []

    class Busy(type(copy.recorder)):  # type: ignore[misc]
        def on_step(self, report: StepReport) -> None:
            super().on_step(report)
            if report.elevation_id == first.id and report.step is Step.CONFIRM_END and not extended:
                extended.append(window.app.service.extend(held.id, 600, window.recorder))
                time.sleep(max(0.0, _left(held) + 3))

    time.sleep(max(0.0, _left(first) + 1.3))
    copy.app.service.tick(Busy())
    if not extended:
        raise Broken("wrong", "nothing was extended while the pass was busy")
    time.sleep(ARRIVED)
    field.require_held(f"ended {_left(extended[0]):.0f} s early: {copy.row(held).state}")
