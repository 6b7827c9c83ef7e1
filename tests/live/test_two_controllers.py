# SPDX-License-Identifier: MIT
"""Elevations on two real domain controllers that replicate, one of which is away at the worst moment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from jit_desktop.elevation import ending
from jit_desktop.elevation.errors import JitError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus, SweepReport
from jit_desktop.elevation.settings import ReplicationMode
from jit_desktop.store import SqliteStore
from tests.faults.live_world import LiveWorld
from tests.faults.proxy import LdapProxy
from tests.samba import names
from tests.samba.arena import Arena, arena
from tests.samba.pair import TwoControllers, seconds_until
from tests.samba.server import SambaDomain
from tests.unit.elevation.helpers import Recorder

_SERVER_OF_DC2 = f"CN=DC2,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{names.BASE_DN}"
# [MS-ADTS] 6.1.1.2.2.1.2.1.1.
_DISABLE_INBOUND_REPLICATION = 2


class PairWorld(LiveWorld):
    """The provider of the settings leads to dc1; ``arena`` was made there and has replicated."""

    pair: TwoControllers

    def stored(self, elevation: Elevation) -> Elevation:
        return self.store.elevation(elevation.id)

    def confirm_replication(self, seconds: int) -> None:
        """Let a grant be active when every domain controller has it."""
        jit = self.provider.jit
        jit = replace(jit, replication_latency_seconds=seconds, replication_mode=ReplicationMode.CONFIRMED)
        self.save(replace(self.provider, jit=jit))

    def ticks_until(self, elevation: Elevation, state: State, *, at_most: float = 45) -> float:
        def reached() -> bool:
            self.service.tick(self.recorder)
            return self.stored(elevation).state is state

        return seconds_until(reached, at_most=at_most)

    def shows(self, domain: SambaDomain, elevation: Elevation) -> bool:
        """Whether this domain controller has the temporary group."""
        with domain.verifier() as verifier:
            return verifier.exists(f"CN={elevation.group_name},{self.arena.creation_ou}")

    def holds(self, domain: SambaDomain) -> bool:
        """Whether the account would have any of the rights after a logon at this domain controller."""
        with domain.verifier() as verifier:
            return any(verifier.is_effective_member(self.arena.account, dn) for dn in self.arena.targets)

    def nothing_left_anywhere(self) -> bool:
        for domain in self.pair.domains:
            with domain.verifier() as verifier:
                if verifier.groups_in(self.arena.creation_ou):
                    return False
            if self.holds(domain):
                return False
        return True


@pytest.fixture
def corner(two_controllers: TwoControllers) -> Iterator[Arena]:
    with arena(two_controllers.dc1) as made:
        two_controllers.await_replication()
        try:
            yield made
        finally:
            two_controllers.restore()


@pytest.fixture
def world(two_controllers: TwoControllers, corner: Arena, tmp_path: Path) -> Iterator[PairWorld]:
    straight = cast("LdapProxy", SimpleNamespace(port=two_controllers.dc1.ldaps_port))
    with SqliteStore(tmp_path / "data") as store:
        made = PairWorld(two_controllers.dc1, corner, straight, store)
        made.pair = two_controllers
        yield made


class Stopping(Recorder):
    """Takes a domain controller away as soon as a step is done."""

    def __init__(self, world: PairWorld, domain: SambaDomain, step: Step, *, replicated: bool) -> None:
        super().__init__()
        self._world, self._domain, self._step, self._replicated = world, domain, step, replicated

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == (self._step, StepStatus.DONE):
            if self._replicated:
                self._world.pair.await_replication()
            self._world.pair.stop(self._domain)


def test_that_a_grant_is_active_when_the_other_one_has_it_too(world: PairWorld) -> None:
    world.confirm_replication(30)
    elevation = world.check_out()
    assert elevation.state is State.PROPAGATING
    seconds = world.ticks_until(elevation, State.ACTIVE)
    logging.getLogger(__name__).info("dc2 had it after %.2f s", seconds)
    assert seconds < 30, "else it is active because the time was over"
    assert world.holds(world.pair.dc2)
    said = {s.subject: s.message for s in world.recorder.steps if s.step is Step.REPLICATION and s.subject}
    assert said == {d.host: f"{d.host} has it." for d in world.pair.domains}


def test_that_one_that_is_away_counts_as_not_having_it_for_the_configured_time_at_most(
    world: PairWorld,
) -> None:
    world.confirm_replication(2)
    world.pair.stop(world.pair.dc2)
    elevation = world.check_out()
    assert world.ticks_until(elevation, State.ACTIVE) < 15
    assert any("dc2" in s.message and "could not be asked" in s.message for s in world.recorder.steps)


def test_that_the_list_is_kept_fresh_and_found_in_the_directory(world: PairWorld) -> None:
    world.store.remember_controllers(world.provider.id, ["long-gone.corp.example.test"])
    world.check_out()
    hosts = [domain.host for domain in world.pair.domains]
    assert list(world.store.known_controllers(world.provider.id)) == hosts


def test_that_a_checkout_goes_on_at_the_other_one_when_that_of_the_settings_is_away(world: PairWorld) -> None:
    world.check_out()
    world.service.check_in(world.the_one().id, world.recorder)
    world.ticks_until(world.the_one(), State.ENDED)
    world.pair.stop(world.pair.dc1)
    elevation = world.check_out()
    assert elevation.domain_controller == world.pair.dc2.host
    assert world.holds(world.pair.dc2)
    world.pair.start()
    seconds_until(lambda: world.holds(world.pair.dc1))
    world.service.check_in(elevation.id, world.recorder)
    world.ticks_until(elevation, State.ENDED)
    assert world.nothing_left_anywhere()


@pytest.mark.parametrize("step", [Step.CREATE_GROUP, Step.NEST_GROUP])
@pytest.mark.parametrize("replicated", [False, True], ids=["before it has replicated", "replicated"])
def test_that_a_grant_whose_controller_dies_in_the_middle_is_taken_back_whole(
    world: PairWorld, step: Step, replicated: bool
) -> None:
    dc1, dc2 = world.pair.domains
    with pytest.raises(JitError):
        world.check_out(listener=Stopping(world, dc1, step, replicated=replicated))
    elevation = world.the_one()
    assert elevation.state is State.OVERDUE
    assert dc1.host in elevation.failure or elevation.attempts == 1
    assert not world.shows(dc2, elevation)
    assert not world.holds(dc2)
    world.pair.start()
    world.ticks_until(elevation, State.FAILED)
    assert world.nothing_left_anywhere()


@pytest.mark.parametrize("away", [0, 1], ids=["dc1, which took the grant", "dc2"])
def test_that_what_ended_while_one_was_away_is_confirmed_when_that_is_back(
    world: PairWorld, away: int
) -> None:
    elevation = world.check_out()
    gone, stays = world.pair.domains[away], world.pair.domains[1 - away]
    seconds_until(lambda: world.holds(stays))
    world.pair.stop(gone)
    world.service.check_in(elevation.id, world.recorder)
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (gone.host,))
    assert not world.holds(stays)
    world.pair.start()
    report = world.another_copy(world.store).sweep(elevation.provider_id, world.recorder)
    assert (report.problem, report.overdue) == ("", ())
    assert world.stored(elevation).unconfirmed_on == ()
    assert world.nothing_left_anywhere()


def test_that_it_ends_where_replication_does_not_bring_the_end(
    world: PairWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_OWN_HANDS_SECONDS", 5)
    dc2 = world.pair.dc2
    elevation = world.check_out()
    seconds_until(lambda: world.holds(dc2))
    with dc2.verifier() as verifier:
        verifier.set_attribute(f"CN=NTDS Settings,{_SERVER_OF_DC2}", "options", _DISABLE_INBOUND_REPLICATION)
        try:
            assert world.service.check_in(elevation.id, world.recorder).state is State.ENDING
            assert world.holds(dc2)
            world.ticks_until(elevation, State.ENDED)
            assert world.nothing_left_anywhere()
        finally:
            verifier.set_attribute(f"CN=NTDS Settings,{_SERVER_OF_DC2}", "options", 0)
    world.pair.await_replication()
    assert world.nothing_left_anywhere()


def test_that_absence_on_the_other_one_is_no_end_while_the_writing_one_is_away(world: PairWorld) -> None:
    dc1, dc2 = world.pair.domains
    world.pair.stop(dc2)
    elevation = world.check_out(seconds=2)
    world.pair.stop(dc1)
    world.pair.start(dc2)
    world.ticks_until(elevation, State.OVERDUE)
    report = world.another_copy(world.store).sweep(elevation.provider_id, world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]
    world.pair.start()
    world.ticks_until(elevation, State.ENDED)
    # The other one may have been asked before it was there again: it hears of the end by replication.
    seconds_until(world.nothing_left_anywhere)


def test_that_two_copies_that_end_the_same_at_the_same_time_raise_no_alarm(
    world: PairWorld, tmp_path: Path
) -> None:
    elevation = world.check_out(seconds=3)
    seconds_until(lambda: world.holds(world.pair.dc2))
    with SqliteStore(tmp_path / "other") as store:
        store.save_provider(
            replace(
                world.provider, connection=replace(world.provider.connection, server=world.pair.dc2.host)
            ),
            at=world.clock.utc_now(),
            actor="CORP\\bob",
        )
        copies = [world.service, world.another_copy(store, "CORP\\bob")]
        assert copies[1].sweep(elevation.provider_id, Recorder()).problem == ""
        seconds_until(lambda: copies[0].domain_now(elevation.provider_id) > elevation.deadline)
        together, reports = threading.Barrier(2), dict[int, SweepReport]()

        def sweep(number: int) -> None:
            together.wait()
            reports[number] = copies[number].sweep(elevation.provider_id, Recorder())

        threads = [threading.Thread(target=sweep, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [(r.overdue, r.problem) for r in reports.values()] == [((), ""), ((), "")]
        world.ticks_until(elevation, State.ENDED)
        seconds_until(
            lambda: (
                not copies[1].sweep(elevation.provider_id, Recorder()).ending and not store.open_elevations()
            )
        )
        for kept in (world.store, store):
            states = [t.to_state for t in kept.transitions(elevation.id)]
            assert states[-1] is State.ENDED
            assert State.OVERDUE not in states
    assert world.nothing_left_anywhere()
