# SPDX-License-Identifier: MIT
"""Domain controllers that left the list and did not answer: nobody can tell a demoted one from one that is
hidden and was switched off for a moment.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.commands.exit_codes import sweep_exit_code
from jit_desktop.directory.demo import DemoConnector, Fault
from jit_desktop.elevation.controllers import FORGOTTEN_AFTER, HAS_LEFT, OTHERS, Controllers
from jit_desktop.elevation.errors import SignInFailed, StoreLocked
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.identity import DistinguishedName, ProviderId
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import Elevation, Seen, Step
from jit_desktop.elevation.ports import Directory
from jit_desktop.elevation.settings import ReplicationMode
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.test_adopting import renamed, wiped
from tests.unit.elevation.test_confirming import DC1, DC2, RODC, hide_the_list, leave_out
from tests.unit.elevation.world import ALICE, World

HOUR = 3600


@pytest.fixture
def world() -> World:
    return World()


def silent(world: World, host: str = DC2) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, controller=host)


def back(world: World) -> None:
    """It answers again, and enough time has passed to ask it."""
    world.faults.clear()
    world.clock.advance(61)


def gone(world: World, monkeypatch: pytest.MonkeyPatch, host: str = DC2) -> None:
    """``host`` is in no list any more, and one tick finds that it does not answer."""
    leave_out(monkeypatch, host)
    silent(world, host)
    world.clock.advance(61)
    world.tick()


def use(world: World, server: str) -> None:
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=server)))


def ended(world: World, elevation: Elevation) -> Elevation:
    world.clock.advance(7200)
    world.settle()
    stored = world.stored(elevation)
    assert stored.state is State.ENDED
    return stored


def test_that_one_that_left_the_list_and_missed_one_answer_is_asked_when_it_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.settle()
    world.stop_replication(monkeypatch, DC2)
    gone(world, monkeypatch)
    world.faults.clear()
    for _ in range(8):
        world.clock.advance(600)
        world.tick()
        world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds(server=DC2)
    assert (world.stored(elevation).state, world.stored(elevation).unconfirmed_on) == (State.ENDED, ())


def test_that_one_that_left_the_list_and_does_not_answer_is_named_and_asked_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    world.stop_replication(monkeypatch, DC2)
    gone(world, monkeypatch)
    assert DC2 not in world.store.known_controllers(elevation.provider_id)
    assert ended(world, elevation).unconfirmed_on == (DC2,)
    assert any(
        s.message == f"{DC2} could not be asked: {HAS_LEFT}"
        for s in world.recorder.steps
        if s.step is Step.CONFIRM_END
    )
    back(world)
    report = world.another_copy(world.store).sweep(world.provider.id, world.recorder)
    assert not world.holds(server=DC2)
    assert world.stored(elevation).unconfirmed_on == ()
    assert sweep_exit_code([report]) == 0
    assert DC2 in world.store.known_controllers(elevation.provider_id)
    assert not world.store.departed_controllers(elevation.provider_id)


def test_that_it_is_remembered_however_many_passes_it_is_silent_in_whatever_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)
    (since,) = world.store.departed_controllers(elevation.provider_id).values()
    for _ in range(3):
        world.clock.advance(600)
        world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert world.store.departed_controllers(elevation.provider_id) == {DC2: since}
    assert ended(world, elevation).unconfirmed_on == (DC2,)


def test_that_it_is_forgotten_when_it_can_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)
    assert ended(world, elevation).unconfirmed_on == (DC2,)
    world.clock.advance(FORGOTTEN_AFTER.total_seconds())
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()
    assert not world.store.departed_controllers(elevation.provider_id)


@pytest.mark.parametrize("mode", list(ReplicationMode))
def test_that_what_is_granted_after_it_left_does_not_wait_for_it(
    mode: ReplicationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(mode=mode)
    world.tick()
    first = world.check_out(seconds=600)
    world.settle()
    gone(world, monkeypatch)
    world.clock.advance(1200)
    world.settle()
    assert world.stored(first).unconfirmed_on == (DC2,)
    second = world.check_out(account=world.provider.accounts[1].account.name)
    world.settle()
    assert world.stored(second).state is State.ACTIVE
    assert ended(world, second).unconfirmed_on == ()


def test_that_what_was_granted_after_it_left_is_found_there_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was hidden and could not be asked, and heard of the grant from the others."""
    first = world.check_out(seconds=600)
    world.settle()
    gone(world, monkeypatch)
    world.clock.advance(1200)
    world.settle()
    assert world.stored(first).state is State.ENDED
    second = world.check_out()
    world.settle()
    world.stop_replication(monkeypatch, DC2)
    assert ended(world, second).unconfirmed_on == ()
    back(world)
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds(server=DC2)


def test_that_one_that_answers_before_the_end_and_not_at_it_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It left before the grant, and was seen after it."""
    world.check_out(account=world.provider.accounts[1].account.name, seconds=600)
    world.settle()
    gone(world, monkeypatch)
    world.clock.advance(1200)
    elevation = world.check_out()
    world.settle()
    back(world)
    world.tick()
    world.clock.advance(61)
    world.tick()
    assert DC2 in world.store.known_controllers(elevation.provider_id)
    silent(world)
    assert ended(world, elevation).unconfirmed_on == (DC2,)


def test_that_the_end_comes_before_it_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may let its callers wait; what is due must not."""
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)
    held: list[bool] = []
    connect = DemoConnector.connect

    def noted(self: DemoConnector, *arguments: object, server: str = "", **options: object) -> Directory:
        if server == DC2:
            held.append(world.holds())
        return connect(self, *arguments, server=server, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DemoConnector, "connect", noted)
    world.clock.advance(7200)
    world.tick()
    assert held
    assert not any(held)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_one_that_left_the_list_and_answers_is_asked_as_any_other_before_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have the marker of an extension. Only it is not asked for the first time then."""
    world.check_out()
    leave_out(monkeypatch, DC2)
    with world.service.reach.controllers(world.provider) as controllers:
        assert DC2 not in controllers.hosts_at_once()
    world.clock.advance(61)
    world.tick()
    for _ in range(2):
        with world.service.reach.controllers(world.provider) as controllers:
            assert DC2 in controllers.hosts_at_once()
            assert not controllers.departed


def test_that_one_that_left_the_list_and_serves_again_is_no_one_that_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tick()
    world.check_out(seconds=600)
    gone(world, monkeypatch)
    back(world)
    use(world, DC2)
    monkeypatch.setattr(Controllers, "hosts", Controllers.hosts_at_once)  # nobody asks it besides
    with world.service.reach.controllers(world.provider) as controllers:
        assert controllers.is_main(DC2)
        assert not controllers.departed
    assert DC2 in world.store.known_controllers(world.provider.id)


def test_that_one_that_refuses_the_password_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)
    back(world)
    connect = DemoConnector.connect

    def refusing(self: DemoConnector, *arguments: object, server: str = "", **options: object) -> Directory:
        if server == DC2:
            raise SignInFailed("The password is wrong.")
        return connect(self, *arguments, server=server, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DemoConnector, "connect", refusing)
    assert ended(world, elevation).unconfirmed_on == (DC2,)
    assert DC2 in world.store.known_controllers(elevation.provider_id)


def test_that_what_answers_under_its_name_in_another_domain_is_not_that_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)
    back(world)
    connect = DemoConnector.connect

    def elsewhere(self: DemoConnector, *arguments: object, server: str = "", **options: object) -> Directory:
        directory = connect(self, *arguments, server=server, **options)  # type: ignore[arg-type]
        if server == DC2:
            other = DistinguishedName("DC=other,DC=test")
            monkeypatch.setattr(directory, "_info", replace(directory.info, base_dn=other))
        return directory

    monkeypatch.setattr(DemoConnector, "connect", elsewhere)
    assert ended(world, elevation).unconfirmed_on == (DC2,)


# --- the one that took the grant --------------------------------------------------------------------------


def test_that_one_that_took_the_grant_and_left_is_named_though_nobody_remembers_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the connection was set anew, or the database is an older one."""
    use(world, DC2)
    elevation = world.check_out()
    world.settle()
    assert elevation.domain_controller == DC2
    leave_out(monkeypatch, DC2)
    silent(world)
    use(world, DC1)
    world.store.kept_controllers.clear()
    assert ended(world, elevation).unconfirmed_on == (DC2,)


def test_that_what_the_others_have_not_heard_of_is_not_over_because_its_writer_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, DC2)
    world.tick()
    world.stop_replication(monkeypatch)
    elevation = world.check_out()
    assert elevation.domain_controller == DC2
    use(world, DC1)
    gone(world, monkeypatch)
    for _ in range(5):
        world.clock.advance(600)
        world.tick()
        assert world.stored(elevation).is_granted
    sight = world.stored(elevation).sight
    assert sight is not None
    assert (sight.seen, DC2 in sight.words) == (Seen.NOT_VISIBLE, True)
    assert ended(world, elevation).unconfirmed_on == (DC2,)
    back(world)
    world.another_copy(world.store).sweep(world.provider.id, Recorder())
    assert not world.holds(server=DC2)


def test_that_a_rollback_whose_writer_was_removed_from_the_domain_is_no_alarm_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(world, DC2)
    elevation = world.check_out()
    world.settle()
    use(world, DC1)
    gone(world, monkeypatch)
    broken_off = replace(world.stored(elevation), state=State.ENDING, end_reason=EndReason.INTERRUPTED)
    world.store.kept[elevation.id] = broken_off
    world.settle()
    stored = world.stored(elevation)
    assert (stored.state, stored.unconfirmed_on) == (State.FAILED, (DC2,))


def test_that_a_silent_one_does_not_bear_out_that_it_is_over_early(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DC1 goes back to before the grant, and the only other one is hidden and silent."""
    before = world.connector.domain.now()
    elevation = world.check_out()
    world.settle()
    leave_out(monkeypatch, RODC)
    world.store.kept_controllers[world.provider.id] = (DC1, DC2)
    gone(world, monkeypatch)
    world.go_back(monkeypatch, DC1, before - timedelta(seconds=1))
    world.clock.advance(61)
    world.tick()
    assert world.stored(elevation).is_granted
    world.clock.advance(61)
    world.faults.clear()
    world.tick()
    assert world.stored(elevation).end_reason is not EndReason.REMOVED_ELSEWHERE


# --- what is said and kept --------------------------------------------------------------------------------


def test_that_check_now_says_of_it_that_it_could_not_be_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)
    examiner = Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE)
    shown = examiner.check_now(elevation.id)
    assert [(t.host, t.problem) for t in shown.controllers if t.problem] == [(DC2, HAS_LEFT)]


def test_that_it_is_one_of_the_others_where_the_list_was_not_shown_at_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    with monkeypatch.context() as patch:
        hide_the_list(patch)
        world.store.kept_controllers.clear()
        assert ended(world, elevation).unconfirmed_on == (OTHERS,)
    leave_out(monkeypatch, DC2)
    silent(world)
    world.store.kept_controllers[world.provider.id] = (DC1, DC2, RODC)
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == (DC2,)


def test_that_one_that_was_to_be_asked_later_still_is_when_it_leaves_before_the_end_is_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    world.store.kept[elevation.id] = replace(world.stored(elevation), unconfirmed_on=(DC2,))
    world.store.kept_controllers[world.provider.id] = (DC1, RODC)
    leave_out(monkeypatch, DC2)
    silent(world)
    assert ended(world, elevation).unconfirmed_on == (DC2,)


def test_that_who_was_seen_before_the_connection_was_set_anew_left_it_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store does not know the time in the domain: it says of these that they left at the end of times."""
    elevation = world.check_out(seconds=600)
    world.settle()
    leave_out(monkeypatch, DC2)
    silent(world)
    world.store.kept_controllers.clear()
    world.store.kept_departed[world.provider.id] = {DC2: datetime(9999, 1, 1, tzinfo=UTC)}
    assert ended(world, elevation).unconfirmed_on == (DC2,)
    world.clock.advance(600)  # clocks may differ by minutes
    later = world.check_out()
    world.settle()
    assert ended(world, later).unconfirmed_on == ()


def test_that_it_is_remembered_while_the_store_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    elevation = world.check_out()
    world.settle()
    gone(world, monkeypatch)

    def fails(provider_id: ProviderId) -> None:
        raise StoreLocked("In use.")

    monkeypatch.setattr(world.store, "departed_controllers", fails)
    assert ended(world, elevation).unconfirmed_on == (DC2,)


def test_that_the_alarm_of_one_that_leaves_the_list_stays_one_until_it_can_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can hide a domain controller would silence it else."""
    elevation = world.check_out(seconds=HOUR)
    wiped(world, elevation)
    renamed(world, elevation)
    world.settle()
    world.stop_replication(monkeypatch, DC2)
    world.clock.advance(HOUR + 5)
    world.tick()
    other = world.another_copy(MemoryStore())

    def looked(seconds: int = 61) -> list[tuple[bool, bool]]:
        world.clock.advance(seconds)
        report = other.sweep(world.provider.id, Recorder())
        return [("as last seen" in s.reason, s.is_alarm) for s in report.suspects]

    assert looked() == [(False, True)]
    leave_out(monkeypatch, DC2)
    silent(world)
    assert looked() == looked() == [(True, True)]
    world.faults.clear()
    assert looked() == [(False, True)], "it answers, and shows it"
    silent(world)
    assert looked() == [(True, True)]
    assert looked(round(FORGOTTEN_AFTER.total_seconds())) == []
