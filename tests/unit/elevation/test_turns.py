# SPDX-License-Identifier: MIT
"""Many domain controllers that let their callers wait: each gets its turn, and none takes the time of what is
due."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from jit_desktop.directory.demo import DemoDirectory, line
from jit_desktop.elevation import reaching
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable, StoreError
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import Directory, DomainController
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_confirming import DC1, DC2, RODC
from tests.unit.elevation.test_failover import know
from tests.unit.elevation.world import World


def others(count: int, name: str = "x") -> list[str]:
    return [f"{name}{number:02}.corp.example.test" for number in range(count)]


class Silence:
    """Lets whoever tries to connect to these hosts wait for as long as it may."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.monkeypatch = monkeypatch
        self.silent: set[str] = set()
        self.tried: list[str] = []
        self.within: list[float | None] = []
        self.held: list[bool] = []
        """Whether the right was there when one of them was asked."""
        self._connect = world.connector.connect
        monkeypatch.setattr(world.connector, "connect", self.connect)
        # Connections count by the clock of the test too.
        clock = SimpleNamespace(monotonic=lambda: world.clock.ticks)
        for module in (reaching, line):
            monkeypatch.setattr(module, "time", clock)

    def connect(
        self, *arguments: object, server: str = "", within_seconds: float | None = None, **_: object
    ) -> Directory:
        self.tried.append(server)
        self.within.append(within_seconds)
        if server not in self.silent:
            return self._connect(*arguments, server=server)  # type: ignore[arg-type]
        with self._connect(self.world.provider.connection, server=DC1) as directory:
            account, group = self.world.account(), self.world.privilege()
            self.held.append(directory.read(group).sid in directory.token_groups(account))
        # What waits is not quite done when its time is over.
        self.world.clock.advance((30 if within_seconds is None else min(30, within_seconds)) + 0.01)
        raise DirectoryUnavailable(f"{server or DC1} did not answer in time.")

    def list(self, *hosts: str) -> None:
        """Let the domain list these alone."""
        listed = [DomainController(host) for host in hosts]
        self.monkeypatch.setattr(DemoDirectory, "domain_controllers", lambda _: listed)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def silence(world: World, monkeypatch: pytest.MonkeyPatch) -> Silence:
    return Silence(world, monkeypatch)


def due(world: World, count: int = 1) -> Sequence[Elevation]:
    """So many elevations, all due now by every clock."""
    names = [account.account.name for account in world.provider.accounts][:count]
    elevations = [world.check_out(account=name, seconds=600) for name in names]
    world.settle()
    late = elevations[-1].deadline - world.service.domain_now(world.provider.id)
    world.clock.advance(late.total_seconds())
    return elevations


def sweep(world: World) -> None:
    """In a process of its own."""
    world.another_copy(world.store).sweep(world.provider.id, Recorder())


def asked(controllers: Controllers) -> set[str]:
    """Who of all domain controllers could be asked."""
    answering = set()
    for host in controllers.hosts():
        try:
            controllers.at(host)
        except DirectoryError:
            continue
        answering.add(host)
    return answering


# --- who left the list ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_recorded", [True, False])
@pytest.mark.parametrize("count", [3, 26])
def test_that_what_is_due_does_not_wait_for_those_that_left_the_list_at_once(
    world: World, silence: Silence, monkeypatch: pytest.MonkeyPatch, count: int, *, is_recorded: bool
) -> None:
    """As where a site was given up: their names are there, and nothing answers under them."""
    (elevation,) = due(world)
    gone = others(count)
    silence.silent.update(gone)
    know(world, DC1, DC2, *gone)

    def fails(*_: object) -> None:
        raise StoreError("It is read-only.")

    if not is_recorded:
        monkeypatch.setattr(world.store, "remember_controllers", fails)
    began = world.clock.ticks
    sweep(world)
    assert silence.held
    assert not any(silence.held)
    assert world.clock.ticks - began < reaching.ALL_DEPARTED_SECONDS + reaching.OTHERS_SECONDS + 1
    sweep(world)
    stored = world.stored(elevation)
    assert stored.state is State.ENDED
    assert set(gone) <= set(stored.unconfirmed_on), "whatever they have of it, they still may have"


def test_that_all_that_left_the_list_get_their_turn(world: World, silence: Silence) -> None:
    """Also where each sweep is a program of its own, and nothing of it can be recorded."""
    gone = others(12)
    silence.silent.update(gone)
    for _ in range(40):
        know(world, DC1, DC2, *gone)
        world.clock.advance(61)
        sweep(world)
    assert set(gone) <= set(silence.tried)


def test_that_one_that_left_the_list_is_known_until_it_was_asked(world: World, silence: Silence) -> None:
    silence.silent.add("x.corp.example.test")
    know(world, DC1, "x.corp.example.test")
    for _ in range(2):
        world.clock.advance(3600)
        with world.service.reach.controllers(world.provider) as controllers:
            (since,) = controllers.departed.values()
            assert world.service.domain_now(world.provider.id) - since < timedelta(seconds=1)
    assert "x.corp.example.test" not in silence.tried
    assert "x.corp.example.test" in world.store.known_controllers(world.provider.id)
    with world.service.reach.controllers(world.provider) as controllers:
        assert controllers.silent == ("x.corp.example.test",)
    assert "x.corp.example.test" not in world.store.known_controllers(world.provider.id)
    assert "x.corp.example.test" in world.store.departed_controllers(world.provider.id)


def test_that_one_that_left_the_list_and_is_rejected_is_asked_for_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lends may still count, and what is granted after that need not wait for it."""
    world.check_out()
    know(world, DC1, DC2, "x.corp.example.test")
    connect = world.connector.connect

    def rejected(*arguments: object, server: str = "", **_: object) -> Directory:
        if server.startswith("x"):
            raise DirectoryError("Its certificate is not trusted.")
        return connect(*arguments, server=server)  # type: ignore[arg-type]

    monkeypatch.setattr(world.connector, "connect", rejected)
    world.clock.advance(61)
    world.tick()
    assert "x.corp.example.test" in world.store.departed_controllers(world.provider.id)


# --- all the others of a pass -----------------------------------------------------------------------------


def test_that_many_silent_ones_do_not_use_up_the_pass(world: World, silence: Silence) -> None:
    elevations = due(world, 4)
    silence.list(DC1, *others(30))
    know(world, DC1)
    silence.silent.update(others(30))
    began = world.clock.ticks
    report = world.service.tick(world.recorder)
    assert not report.overdue
    assert not report.problems
    assert world.clock.ticks - began < reaching.PASS_SECONDS
    for elevation in elevations:
        assert world.stored(elevation).state is State.ENDED
        assert set(world.stored(elevation).unconfirmed_on) >= set(others(30))


def test_that_a_pass_spends_no_more_than_its_time_on_others(world: World, silence: Silence) -> None:
    silence.list(DC1, *others(30))
    silence.silent.update(others(30))
    began = world.clock.ticks
    with world.service.reach.controllers(world.provider, within_seconds=120) as controllers:
        assert asked(controllers) == {DC1}
        unasked = next(host for host in others(30) if host not in silence.tried)
        with pytest.raises(DirectoryUnavailable, match="was not asked"):
            controllers.at(unasked)
    assert world.clock.ticks - began < reaching.ALL_OTHERS_SECONDS + reaching.OTHERS_SECONDS


def test_that_those_that_left_the_list_take_no_time_from_the_others(world: World, silence: Silence) -> None:
    silence.list(DC1, DC2)
    silence.silent.update(others(30))
    know(world, DC1, DC2, *others(30))
    with world.service.reach.controllers(world.provider, within_seconds=120) as controllers:
        assert asked(controllers) == {DC1, DC2}


def test_that_a_person_who_asks_waits_for_all(world: World, silence: Silence) -> None:
    silence.list(DC1, *others(8))
    silence.silent.update(others(8))
    with world.service.reach.controllers(world.provider) as controllers:
        asked(controllers)
    assert set(others(8)) <= set(silence.tried)


@pytest.mark.parametrize("is_one_process", [True, False])
def test_that_one_that_lives_is_asked_however_many_are_silent(
    world: World, silence: Silence, *, is_one_process: bool
) -> None:
    silence.list(DC1, *others(30), DC2)
    silence.silent.update(others(30))
    service = world.service
    passes = 0
    for _ in range(60):
        world.clock.advance(31)
        passes += 1
        if not is_one_process:
            service = world.another_copy(world.store)
        with service.reach.controllers(world.provider, within_seconds=120) as controllers:
            if DC2 in asked(controllers):
                break
    assert DC2 in silence.tried
    assert not is_one_process or passes <= 31 / (reaching.ALL_OTHERS_SECONDS / reaching.OTHERS_SECONDS) + 1


def test_that_nobody_is_asked_twice_before_all_were_asked(world: World, silence: Silence) -> None:
    silence.list(DC1, *others(30))
    silence.silent.update(others(30))
    for _ in range(8):
        world.clock.advance(61)
        with world.service.reach.controllers(world.provider, within_seconds=120) as controllers:
            asked(controllers)
    assert set(others(30)) <= set(silence.tried)


def test_that_one_that_was_away_is_asked_later_however_many_still_are(world: World, silence: Silence) -> None:
    """It is the last of those that are to be asked, and the others let us wait."""
    (elevation,) = due(world)
    silence.list(DC1, *others(12), DC2)
    silence.silent.update([*others(12), DC2])
    world.tick()
    assert set(world.stored(elevation).unconfirmed_on) >= {DC2, *others(12)}
    silence.silent.discard(DC2)
    for _ in range(12):
        world.clock.advance(3601)
        world.tick()
    assert set(world.stored(elevation).unconfirmed_on) == set(others(12))


def test_that_one_that_had_no_time_to_answer_is_not_left_alone(world: World, silence: Silence) -> None:
    world.check_out()  # which asks for the time
    silence.silent.add(DC2)
    with world.service.reach.controllers(world.provider, within_seconds=10) as controllers:
        world.clock.advance(8)
        assert DC2 not in asked(controllers)
    silence.silent.clear()
    with world.service.reach.controllers(world.provider, within_seconds=10) as controllers:
        assert DC2 in asked(controllers)


# --- who serves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 12])
def test_that_hanging_ones_do_not_keep_the_living_one_from_being_tried_by_any_process(
    world: World, silence: Silence, count: int
) -> None:
    """Each sweep is a program of its own, and the settings' server hangs too."""
    (elevation,) = due(world)
    silence.silent.update(["", DC1, *others(count)])
    silence.list(DC1, DC2)
    for _ in range(20):
        know(world, *others(count), DC2)
        sweep(world)
        world.clock.advance(60)
    assert world.stored(elevation).state is State.ENDED
    assert not world.holds(server=DC2)


def test_that_hanging_ones_do_not_keep_the_one_that_can_be_written_from_being_tried(
    world: World, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings lead to a read-only one."""
    (elevation,) = due(world)
    connection = replace(world.provider.connection, server=RODC)
    world.change(replace(world.provider, connection=connection))
    know(world, RODC)
    silence.silent.update(others(2))
    listed = [DomainController(RODC, writable=False), *map(DomainController, [*others(2), DC2])]
    monkeypatch.setattr(DemoDirectory, "domain_controllers", lambda _: listed)
    sweep(world)
    assert not world.holds(server=DC2)
    assert world.stored(elevation).state in (State.ENDING, State.ENDED)


def test_that_a_pass_divides_its_time_among_those_that_may_serve(world: World, silence: Silence) -> None:
    know(world, *others(3))
    silence.silent.update(["", *others(3)])
    with (
        pytest.raises(DirectoryUnavailable),
        world.service.reach.controllers(world.provider, within_seconds=reaching.PASS_SECONDS),
    ):
        """None of them answers."""
    assert silence.tried == ["", *others(3)]
    assert [round(within or 0) for within in silence.within] == [30, 15, 10, 65]


def test_that_one_that_says_nothing_after_the_sign_in_has_no_more_than_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    until: dict[str, list[float | None]] = {}

    def work_until(directory: DemoDirectory, monotonic: float | None) -> None:
        until.setdefault(directory.info.controller, []).append(monotonic)

    def lists(directory: DemoDirectory) -> Sequence[DomainController]:
        now = time.monotonic()
        (turn,) = until[directory.info.controller]
        assert turn is not None
        assert now < turn <= now + reaching.MAIN_SECONDS
        return [DomainController(DC1), DomainController(DC2)]

    know(world, DC1, DC2)
    monkeypatch.setattr(DemoDirectory, "work_until", work_until)
    monkeypatch.setattr(DemoDirectory, "domain_controllers", lists)
    with world.service.reach.controllers(world.provider, within_seconds=reaching.PASS_SECONDS) as controllers:
        assert controllers.is_main(DC1)
        last = until[DC1][-1]
        assert last is not None
        assert last > time.monotonic() + reaching.MAIN_SECONDS + 5, "then all of the pass is its"
