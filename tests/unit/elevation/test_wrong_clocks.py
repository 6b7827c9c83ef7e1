# SPDX-License-Identifier: MIT
"""One domain controller whose clock is a day wrong: nothing lasts longer for it, nothing ends sooner, and
nothing is lent by it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.errors import ClockDoubtful, SignInFailed
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import TimeSource
from jit_desktop.elevation.ports import Directory
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

DAY = 86_400.0
DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def alone(world: World) -> None:
    """Nobody but dc1 can be asked."""
    for host in (DC2, RODC):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)


def restart(world: World) -> None:
    world.service = world.another_copy(world.store)


@pytest.mark.parametrize("others", [True, False])
@pytest.mark.parametrize("fresh", [True, False])
def test_that_a_controller_that_says_yesterday_lengthens_nothing(
    world: World, *, others: bool, fresh: bool
) -> None:
    elevation = world.check_out(seconds=60)
    world.console.set_clock(DC1, -DAY)
    if not others:
        alone(world)
    if fresh:
        restart(world)
    world.clock.advance(70)
    world.service.sweep(world.provider.id, Recorder())
    assert not world.holds()
    assert world.stored(elevation).state in (State.ENDED, State.ENDING, State.OVERDUE)


@pytest.mark.parametrize("others", [True, False])
@pytest.mark.parametrize("fresh", [True, False])
def test_that_a_controller_that_says_tomorrow_shortens_nothing(
    world: World, *, others: bool, fresh: bool
) -> None:
    elevation = world.check_out(seconds=3600)
    world.console.set_clock(DC1, DAY)
    if not others:
        alone(world)
    if fresh:
        restart(world)
    world.clock.advance(1800)
    world.service.sweep(world.provider.id, Recorder())
    world.tick()
    assert world.holds()
    assert world.stored(elevation).state is State.ACTIVE


def test_that_two_controllers_that_say_tomorrow_are_the_time(world: World) -> None:
    world.check_out(seconds=3600)
    world.console.set_clock(DC1, DAY)
    world.console.set_clock(DC2, DAY)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.service.sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_a_controller_that_was_halted_together_with_this_computer_keeps_no_right_in_silence(
    world: World,
) -> None:
    """One host was halted for an hour, with a domain controller and this computer as guests: the clock that
    carries on here stood still with it. This computer's own clock is right again, as the other domain
    controller is."""
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.clock.set_wall(world.connector.domain.now())
    elevation = world.check_out(seconds=600)
    restart(world)  # what lent it counts by itself
    world.service.sweep(world.provider.id, Recorder())
    world.console.set_clock(DC2, 3600)
    world.clock.set_wall(world.clock.utc_now() + timedelta(hours=1))
    for _ in range(2):
        report = world.service.sweep(world.provider.id, Recorder())
        assert [e.id for e in report.overdue] == [elevation.id]
        assert report.doubt == (
            f"{DC1}'s clock is 1 hour behind {DC2}'s and this computer's, "
            "and as many clocks say the one as the other."
        )
        world.clock.advance(20)
    with pytest.raises(ClockDoubtful, match="as many clocks say the one as the other"):
        world.check_out(seconds=60)
    world.console.set_clock(DC1, 3600)
    world.tick()
    assert not world.holds()


def test_that_what_was_lent_by_clocks_that_were_put_right_is_over_for_every_copy(world: World) -> None:
    """All were an hour ahead. Also a copy that finds it in the directory counts nothing from the future."""
    for host in (DC1, DC2, RODC):
        world.console.set_clock(host, 3600)
    world.clock.set_wall(world.clock.utc_now() + timedelta(hours=1))
    restart(world)
    world.check_out(seconds=600)
    for host in (DC1, DC2, RODC):
        world.console.set_clock(host, 0)
    world.clock.set_wall(world.clock.utc_now() - timedelta(hours=1))
    world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder())
    assert not world.holds()


@pytest.mark.parametrize("fresh", [True, False])
def test_that_all_controllers_that_go_back_together_make_an_alarm_of_what_is_over(
    world: World, *, fresh: bool
) -> None:
    world.clock.set_wall(world.connector.domain.now())
    elevation = world.check_out(seconds=3600)
    restart(world)  # what lent it counts by itself
    world.service.sweep(world.provider.id, Recorder())
    for host in (DC1, DC2, RODC):
        world.console.set_clock(host, -3600)
    for passed in range(600, 7200, 600):
        world.clock.advance(600)
        if fresh:
            restart(world)
        world.tick()
        report = world.service.sweep(world.provider.id, Recorder())
        assert world.holds()
        assert [e.id for e in report.overdue] == ([elevation.id] if passed >= 3600 else [])
        assert world.service.is_alarm(elevation) == (passed >= 3600)
        assert report.doubt.startswith("The clocks of the domain went back by 1 hour, as ")
    with pytest.raises(ClockDoubtful, match="The clocks of the domain went back by 1 hour"):
        world.check_out(seconds=60)
    world.clock.advance(600)
    world.tick()
    assert not world.holds(), "ended by the time that won"


# --- lending: this computer may take its time from the domain controller that lends ----------------------


def test_that_a_controller_and_this_computer_that_are_ahead_together_lend_nothing(world: World) -> None:
    world.console.set_clock(DC1, 3600)
    world.clock.set_wall(world.connector.domain.now() + timedelta(hours=1))
    with pytest.raises(ClockDoubtful) as refused:
        world.check_out(seconds=60)
    assert refused.value.message == f"{DC1}'s clock is 1 hour ahead of {DC2}'s and of {RODC}'s."
    assert refused.value.remedy == "Set the clock right that is wrong, then try again."
    assert not world.holds()


def test_that_the_same_is_lent_where_nobody_else_can_be_asked(world: World) -> None:
    world.clock.set_wall(world.connector.domain.now())
    alone(world)
    assert world.check_out(seconds=60).state is State.ACTIVE


def test_that_minutes_that_both_are_ahead_lengthen_nothing(world: World) -> None:
    world.console.set_clock(DC1, 240)
    world.clock.set_wall(world.connector.domain.now() + timedelta(minutes=4))
    elevation = world.check_out(seconds=600)
    assert elevation.deadline - world.connector.domain.now() <= timedelta(seconds=600)


def test_that_one_other_controller_that_is_wrong_keeps_a_program_that_runs_from_nothing(world: World) -> None:
    # Two said the same in this run.
    world.clock.set_wall(world.connector.domain.now() + timedelta(hours=3))
    with world.service.reach.controllers(world.provider):
        pass
    world.console.set_clock(DC2, -3600)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.clock.advance(60)
    assert world.check_out(seconds=60).state is State.ACTIVE


def test_that_one_other_controller_that_is_wrong_keeps_a_new_program_from_lending(world: World) -> None:
    world.clock.set_wall(world.connector.domain.now())
    world.console.set_clock(DC2, -3600)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    with pytest.raises(ClockDoubtful, match=f"{DC1}'s clock is 1 hour ahead of {DC2}'s"):
        world.check_out(seconds=60)


def test_that_a_copy_without_a_database_is_told_by_the_second_controller(world: World) -> None:
    world.check_out(seconds=60)
    world.console.set_clock(DC1, -DAY)
    world.clock.advance(200)
    world.another_copy(MemoryStore()).sweep(world.provider.id, Recorder())
    assert not world.holds()


def test_that_what_is_done_by_a_doubted_clock_says_so(world: World) -> None:
    elevation = world.check_out(seconds=60)
    assert {t.clock for t in world.store.transitions(elevation.id)} == {TimeSource.DOMAIN}
    assert {s.clock for s in world.store.steps(elevation.id)} == {TimeSource.DOMAIN}
    world.console.set_clock(DC1, -DAY)
    alone(world)
    restart(world)
    world.clock.advance(70)
    world.service.sweep(world.provider.id, Recorder())
    assert world.store.transitions(elevation.id)[-1].clock is TimeSource.COMPUTER
    clock = world.service.reach.domain_clock(world.provider.id)
    assert DC1 in clock.doubt
    with pytest.raises(ClockDoubtful):
        clock.require_trusted()


def test_that_the_story_of_an_elevation_never_runs_backwards(world: World) -> None:
    elevation = world.check_out(seconds=60)
    for seconds in (-DAY, -200.0, DAY, -DAY):
        world.console.set_clock(DC1, seconds)
        restart(world)
        world.clock.advance(30)
        world.service.sweep(world.provider.id, Recorder())
    times = [t.at for t in world.store.transitions(elevation.id)]
    assert times == sorted(times)


def test_that_a_password_that_was_refused_is_not_offered_again_for_the_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.check_out(seconds=60)
    world.console.set_clock(DC1, -DAY)
    restart(world)
    asked: list[str] = []
    connect = world.connector.connect

    def refused(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        asked.append(server)
        if server:
            raise SignInFailed("The password is wrong.")
        return connect(connection, password, server=server)

    monkeypatch.setattr(world.connector, "connect", refused)
    with world.service.reach.controllers(world.provider):
        pass
    assert asked == ["", DC2]


def test_that_the_trusted_time_is_kept_for_the_next_run(world: World) -> None:
    world.check_out(seconds=60)
    kept = world.store.kept_time(world.provider.id)
    assert kept is not None
    assert kept.ahead_of_computer_seconds == 90, "the demo domain's clock"
    assert kept.domain_time - world.clock.utc_now() == timedelta(seconds=90)
