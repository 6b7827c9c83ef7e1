# SPDX-License-Identifier: MIT
"""A connection that is cut while a sweep looks for what gives rights: the look is begun again once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jit_desktop.commands.exit_codes import ExitCode, sweep_exit_code
from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.errors import DirectoryUnavailable
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import SweepReport
from jit_desktop.elevation.ports import GroupScope
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

DC1, DC2 = "dc1.corp.example.test", "dc2.corp.example.test"
LOOKS = ("read", "temporary_groups", "member_links", "groups_in")


@pytest.fixture
def world() -> World:
    return World()


def cutting(
    monkeypatch: pytest.MonkeyPatch, name: str, *, host: str = DC1, times: int = 1, at: int = 1
) -> list[int]:
    """Let the connection to ``host`` be cut from the ``at``-th time on that ``name`` is asked there, so many
    ``times``. Gives how often it was."""
    asked, cut = [0], [0]
    real: Callable[..., Any] = getattr(DemoDirectory, name)

    def answer(directory: DemoDirectory, *arguments: Any, **options: Any) -> Any:
        if directory.info.controller == host:
            asked[0] += 1
            if asked[0] >= at and cut[0] < times:
                cut[0] += 1
                directory.cancel()
                raise DirectoryUnavailable("The connection is closed.")
        return real(directory, *arguments, **options)

    monkeypatch.setattr(DemoDirectory, name, answer)
    return cut


def swept_past_its_deadline(world: World) -> SweepReport:
    """A sweep of a copy that knows nothing."""
    return world.another_copy(MemoryStore(), "CORP\\bob").sweep(world.provider.id, Recorder())


@pytest.fixture
def record(world: World) -> None:
    """One that only its record tells of, past its deadline."""
    world.check_out(seconds=3600)
    world.settle()
    world.clock.advance(3700)


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("host", [DC1, DC2])
def test_that_what_gives_rights_is_looked_for_again_over_another_connection(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    cut = cutting(monkeypatch, name, host=host)
    report = swept_past_its_deadline(world)
    assert cut == [1]
    assert not world.holds()
    assert [e.state for e in report.ending] == [State.ENDING]
    assert (report.problem, sweep_exit_code([report])) == ("", ExitCode.DONE)


@pytest.mark.usefixtures("record")
def test_that_a_connection_that_is_cut_twice_is_a_problem(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = [cutting(monkeypatch, "groups_in", host=host, times=9) for host in (DC1, DC2)]
    report = swept_past_its_deadline(world)
    assert cut == [[1], [1]]
    assert sweep_exit_code([report]) is ExitCode.DIRECTORY
    assert "The connection is closed." in report.problem


@pytest.mark.usefixtures("record")
def test_that_another_one_is_looked_at_where_one_cuts_each_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cutting(monkeypatch, "groups_in", times=9) == [0]
    report = swept_past_its_deadline(world)
    assert (report.problem, dict(report.unsearched)) == ("", {DC1: "The connection is closed."})
    assert [e.state for e in report.ending] == [State.ENDING]


def test_that_what_was_found_before_it_was_cut_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out(seconds=3600)
    location = world.provider.jit.location
    assert location is not None
    world.console.create_group("Payroll", location.dn, GroupScope.GLOBAL)
    world.settle()
    world.clock.advance(3700)
    assert cutting(monkeypatch, "delete_group") == [0]
    report = swept_past_its_deadline(world)
    assert (report.problem, world.holds()) == ("", False)
    assert len(report.adopted) == 1
    assert [group.name for group in report.foreign] == ["Payroll"]


def test_that_a_cut_of_any_connection_is_one(world: World) -> None:
    with world.service.reach.controllers(world.provider) as controllers:
        controllers.at(DC2)
        assert not controllers.is_cut
        controllers.at(DC2).cancel()
        assert controllers.is_cut


def test_that_what_still_has_time_is_not_ended_because_looks_at_it_are_cut(world: World) -> None:
    elevation = world.check_out(seconds=7200)
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.TEMPORARY_GROUP)
    for _ in range(3):
        world.clock.advance(61)
        world.tick()
        assert world.stored(elevation).state is State.ACTIVE
    world.faults.clear()
    world.tick()
    assert world.holds()
