# SPDX-License-Identifier: MIT
"""What the operating system does for the promise is remembered, so that its loss is noticed."""

from __future__ import annotations

import pytest

from jit_desktop.elevation.errors import StoreReadOnly
from jit_desktop.elevation.scheduling import AuditedSchedule, RememberedLogonStart, in_words
from jit_desktop.platform.schedule import NoSchedule
from jit_desktop.tour.pretending import PretendedLogonStart, PretendedSchedule
from tests.unit.elevation.helpers import ManualClock, MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def system() -> PretendedSchedule:
    """The operating system's, which anybody can change."""
    return PretendedSchedule()


def started(system: PretendedSchedule, store: MemoryStore) -> AuditedSchedule:
    """A program that has just started."""
    return AuditedSchedule(system, store=store, clock=ManualClock(), actor="CORP\\anna")


def test_that_a_sweep_that_was_removed_while_nothing_ran_is_noticed_by_the_next_start(
    system: PretendedSchedule, store: MemoryStore
) -> None:
    assert not started(system, store).state().was_removed, "it never was there"
    started(system, store).install(60)
    system.remove()
    assert started(system, store).state().was_removed
    assert started(system, store).state().was_removed, "until somebody takes note"


def test_that_a_sweep_that_was_removed_is_not_told_as_if_none_had_been_set_up(
    system: PretendedSchedule, store: MemoryStore
) -> None:
    assert "none is set up" in in_words(started(system, store).state())
    assert "removed" not in in_words(started(system, store).state())
    assert "a sweep runs every 1 minute" in in_words(started(system, store).install(60))
    system.remove()
    assert "it was removed" in in_words(started(system, store).state())
    assert "removed" not in in_words(started(system, store).take_note())
    assert in_words(NoSchedule("").state()) == "None can be set up on this system."


def test_that_one_that_somebody_else_set_up_is_remembered_too(
    system: PretendedSchedule, store: MemoryStore
) -> None:
    system.install(60)
    assert not started(system, store).state().was_removed
    system.remove()
    assert started(system, store).state().was_removed


def test_that_one_that_was_removed_by_a_command_is_told_by_the_next_window(
    system: PretendedSchedule, store: MemoryStore
) -> None:
    command = started(system, store)
    command.install(60)
    assert command.remove().was_removed
    assert started(system, store).state().was_removed


@pytest.mark.parametrize("what", ["take note", "set it up"])
def test_that_it_is_told_until_somebody_takes_note_or_sets_it_up(
    system: PretendedSchedule, store: MemoryStore, what: str
) -> None:
    started(system, store).install(60)
    system.remove()
    schedule = started(system, store)
    after = schedule.take_note() if what == "take note" else schedule.install(60)
    assert not after.was_removed
    assert not started(system, store).state().was_removed


def test_that_in_one_run_it_is_noticed_without_a_store_that_can_be_written(
    system: PretendedSchedule, store: MemoryStore
) -> None:
    system.install(60)
    store.fail_writes_with = StoreReadOnly("The database can't be written.")
    schedule = started(system, store)
    assert not schedule.state().was_removed
    system.remove()
    assert schedule.state().was_removed


def test_that_where_nothing_can_be_set_up_nothing_is_missed(
    system: PretendedSchedule, store: MemoryStore
) -> None:
    started(system, store).install(60)
    elsewhere = AuditedSchedule(NoSchedule("None."), store=store, clock=ManualClock(), actor="CORP\\anna")
    assert not elsewhere.state().was_removed


def test_that_a_start_at_sign_in_that_somebody_else_removed_is_noticed(store: MemoryStore) -> None:
    system = PretendedLogonStart()
    RememberedLogonStart(system, store=store).enable()
    system.disable()
    logon = RememberedLogonStart(system, store=store)
    assert logon.state().was_removed
    assert not logon.take_note().was_removed
    assert not RememberedLogonStart(system, store=store).state().was_removed


def test_that_who_takes_the_start_at_sign_in_away_here_knows_it(store: MemoryStore) -> None:
    logon = RememberedLogonStart(PretendedLogonStart(), store=store)
    logon.enable()
    assert not logon.disable().was_removed
    assert not logon.state().was_removed
