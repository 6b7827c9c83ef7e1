# SPDX-License-Identifier: MIT
"""What becomes due while something is asked that is only told goes before the next question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation import remaining
from jit_desktop.elevation.adopting import Adoption
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.identity import ObjectRef
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.sweeping import Sweeper
from jit_desktop.elevation.unhurried import unhurried
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

ACCOUNTS = 8
HOUR = 3600
DC2, RODC = "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    """One in which many accounts may be elevated."""
    world = World()
    location = world.provider.jit.location
    assert location is not None
    first = world.provider.accounts[0]
    more = []
    for number in range(ACCOUNTS):
        name = f"_many{number}"
        dn = world.console.create_account(name, location.dn)
        more.append(replace(first, account=ObjectRef(world.console.guid(dn), dn, name)))
    world.change(replace(world.provider, accounts=(*world.provider.accounts, *more)))
    return world


@dataclass
class Asked:
    """What is asked, and what is done, in turn; each question takes ``seconds`` from when it is set."""

    world: World
    monkeypatch: pytest.MonkeyPatch
    seconds: float = 0

    def __post_init__(self) -> None:
        self.names: list[str] = []
        for name in ("token_groups", "temporary_group", "temporary_groups", "member_links", "read"):
            self._note(DemoDirectory, name, name, takes_time=True)
        self._note(DemoDirectory, "empty_group", "taken", takes_time=False)
        self._note(Sweeper, "take_newly_due", "between", takes_time=False)

    def _note(self, owner: type, name: str, word: str, *, takes_time: bool) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def noted(*values: Any, **options: Any) -> Any:
            self.names.append(word)
            if takes_time:
                self.world.clock.advance(self.seconds)
            return real(*values, **options)

        self.monkeypatch.setattr(owner, name, noted)

    @property
    def before_it_was_taken(self) -> list[str]:
        assert "taken" in self.names
        return self.names[: self.names.index("taken")]


def by_a_colleague(world: World) -> None:
    """Another copy of the program lends something, of which this one knows nothing."""
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    other.check_out(world.request(account="_many0", seconds=4 * HOUR), Recorder())


def until_due(world: World, elevation: Elevation) -> float:
    """Seconds."""
    return (elevation.deadline - world.service.domain_now(world.provider.id)).total_seconds()


def test_that_a_sweep_asks_for_no_token_without_a_look_at_what_has_become_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_a_colleague(world)
    asked = Asked(world, monkeypatch)
    world.service.sweep(world.provider.id, world.recorder)
    places = [number for number, name in enumerate(asked.names) if name == "token_groups"]
    assert len(places) > ACCOUNTS
    assert {asked.names[place - 1] for place in places} == {"between"}


def test_that_what_becomes_due_while_tokens_are_read_waits_for_one_of_them_at_most(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_a_colleague(world)
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    world.clock.advance(until_due(world, elevation) - 12)
    asked = Asked(world, monkeypatch, seconds=2)
    world.service.sweep(world.provider.id, world.recorder)
    # Two seconds each from twelve before the deadline on: six questions fit in, and its own look is two more.
    questions = [name for name in asked.before_it_was_taken if name != "between"]
    assert len(questions) <= 6 + 1 + 2


def test_that_what_becomes_due_while_running_ones_are_looked_at_does_not_wait_for_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2, ACCOUNTS):
        world.check_out(account=f"_many{number}", seconds=4 * HOUR)
    due = [world.check_out(account=f"_many{number}", seconds=HOUR) for number in range(2)]
    world.settle()
    world.clock.advance(until_due(world, due[0]) - 1)
    looked_at: list[str] = []
    seen = Sweeper._seen

    def slowly(sweeper: Sweeper, one: Elevation, *rest: Any) -> Any:
        looked_at.append(one.account.name)
        world.clock.advance(2)
        sweeper._directory.own_sid()  # as many do that were extended
        return seen(sweeper, one, *rest)

    monkeypatch.setattr(Sweeper, "_seen", slowly)
    asked = Asked(world, monkeypatch)
    world.tick()
    assert "taken" in asked.names
    assert not any(world.holds(account=e.account.name) for e in due)
    assert len(looked_at) == ACCOUNTS - 1, "what is being ended is no more looked at as if it ran"
    sights = [sight for e in due if (sight := world.stored(e).sight) is not None]
    assert [sight for sight in sights if sight.at >= due[0].deadline] == []


def test_that_a_late_confirmation_keeps_nothing_waiting_for_more_than_one_that_is_silent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.check_out(seconds=600)
    second = world.check_out(account="_sqladmin02", seconds=900)
    world.settle()
    asked_at: list[float] = []
    connect = world.connector.connect

    def silent(*values: Any, server: str = "", **options: Any) -> Any:
        if server in (DC2, RODC):
            asked_at.append(until_due(world, second))
            world.clock.advance(5)
            raise DirectoryUnavailable(f"{server} did not answer in time.")
        return connect(*values, server=server, **options)

    monkeypatch.setattr(world.connector, "connect", silent)
    world.clock.advance(605)
    world.tick()
    assert set(world.stored(first).unconfirmed_on) == {DC2, RODC}
    while until_due(world, second) > 90:
        world.clock.advance(15)
        world.tick()
    world.service._pauses.end(world.provider.id)
    world.clock.advance(until_due(world, second) - 0.5)
    asked_at.clear()
    asked = Asked(world, monkeypatch)
    world.tick()
    assert "taken" in asked.names
    assert len([left for left in asked_at if left > 0]) == 1
    assert not world.holds(account="_sqladmin02")


@pytest.mark.parametrize("is_cut", [False, True])
def test_that_a_connection_that_is_cut_in_between_is_no_fault_of_what_was_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch, is_cut: bool
) -> None:
    by_a_colleague(world)
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    empty, treat = DemoDirectory.empty_group, Adoption._treat
    cut = [is_cut]

    def late(adoption: Adoption, *values: Any) -> None:
        world.clock.advance(max(until_due(world, elevation) + 1, 0))
        treat(adoption, *values)

    def emptied(directory: DemoDirectory, *values: Any) -> Any:
        if cut[0]:
            cut[0] = False
            directory.cancel()
            raise DirectoryUnavailable("The connection is closed.")
        return empty(directory, *values)

    monkeypatch.setattr(Adoption, "_treat", late)
    monkeypatch.setattr(DemoDirectory, "empty_group", emptied)
    report = world.service.sweep(world.provider.id, world.recorder)
    assert not world.holds()
    assert cut == [False]
    assert (report.is_alarm, report.problem, report.suspects) == (False, "", ())


def test_that_a_look_is_taken_in_one_go(world: World) -> None:
    elevation = world.check_out(seconds=HOUR)
    firsts: list[int] = []
    with world.connector.connect(world.provider.connection) as directory:
        over = unhurried(directory, lambda: firsts.append(1))
        assert over.info is directory.info
        assert over.is_usable
        over.work_until(None)
        assert firsts == []
        assert remaining.look(elevation, over, over.info.controller).gives
        assert len(firsts) == 1
        over.read(elevation.account.guid)
        assert len(firsts) == 2
    with over:
        pass
    assert not over.is_usable
