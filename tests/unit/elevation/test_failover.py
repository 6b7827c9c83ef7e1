# SPDX-License-Identifier: MIT
"""More than one domain controller: who is used when one is away, and who is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jit_desktop.directory.demo import Fault, Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation import reaching
from jit_desktop.elevation.errors import (
    CertificateRejected,
    DirectoryError,
    DirectoryUnavailable,
    OutcomeUnknown,
    SignInFailed,
    StoreLocked,
)
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.ports import Abilities, Directory, NotVisible
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionSettings
from tests.unit.elevation.helpers import MemoryStore
from tests.unit.elevation.world import TAKING_BACK, World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def tried(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom the program tried to connect to, in turn; “” is the server of the settings."""
    hosts: list[str] = []
    connect = world.connector.connect

    def noted(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        hosts.append(server)
        return connect(connection, password, server=server)

    monkeypatch.setattr(world.connector, "connect", noted)
    return hosts


def refuse(world: World, monkeypatch: pytest.MonkeyPatch, errors: dict[str, DirectoryError]) -> None:
    """Let connections to these hosts (“”: the settings' server) end with these errors."""
    connect = world.connector.connect

    def refused(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        if server in errors:
            raise errors[server]
        return connect(connection, password, server=server)

    monkeypatch.setattr(world.connector, "connect", refused)


def know(world: World, *hosts: str) -> None:
    world.store.kept_controllers[world.provider.id] = hosts


def use(world: World, server: str) -> None:
    world.change(replace(world.provider, connection=replace(world.provider.connection, server=server)))


def test_that_the_list_of_the_domain_is_remembered_writable_ones_first(world: World) -> None:
    know(world, "gone.corp.example.test")
    world.check_out()
    assert world.store.known_controllers(world.provider.id) == (DC1, DC2, RODC)


def test_that_a_checkout_goes_to_the_next_known_controller_with_all_its_writes(world: World) -> None:
    know(world, DC1, DC2, RODC)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    elevation = world.check_out()
    assert elevation.domain_controller == DC2
    assert elevation.state is State.ACTIVE


def test_that_nobody_is_known_before_the_first_answer(world: World) -> None:
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    with pytest.raises(DirectoryUnavailable, match="dc1"):
        world.check_out()


def test_that_a_store_that_fails_leaves_what_this_run_knows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    world.clock.advance(7200)

    def fails(*_: object) -> None:
        raise StoreLocked("In use.")

    monkeypatch.setattr(world.store, "known_controllers", fails)
    monkeypatch.setattr(world.store, "remember_controllers", fails)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    world.tick()
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_a_checkout_never_goes_to_a_read_only_controller(world: World) -> None:
    use(world, RODC)
    assert world.check_out().domain_controller == DC1


def test_that_a_checkout_is_refused_while_only_a_read_only_controller_answers(world: World) -> None:
    use(world, RODC)
    for host in (DC1, DC2):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    with pytest.raises(DirectoryUnavailable, match="read-only"):
        world.check_out()
    assert not world.store.kept


def test_that_absence_is_not_believed_of_a_read_only_controller_alone(world: World) -> None:
    elevation = world.check_out()
    use(world, RODC)
    for host in (DC1, DC2):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE
    world.faults.clear()
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    assert world.nothing_left()


def test_that_a_refused_password_is_offered_to_no_other_controller(
    world: World, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    know(world, DC1, DC2, RODC)
    refuse(world, monkeypatch, {"": SignInFailed("Wrong password.")})
    with pytest.raises(SignInFailed):
        world.check_out()
    assert tried == []


def test_that_a_password_refused_by_a_known_controller_goes_no_further(
    world: World, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    know(world, DC1, DC2, RODC)
    away, refused = DirectoryUnavailable("Away."), SignInFailed("Wrong password.")
    refuse(world, monkeypatch, {"": away, DC1: refused})
    with pytest.raises(SignInFailed):
        world.check_out()
    assert tried == []


def test_that_a_rejected_certificate_of_the_settings_server_is_not_gone_around(
    world: World, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    know(world, DC1, DC2)
    refuse(world, monkeypatch, {"": CertificateRejected("Not trusted.", reason="untrusted")})
    with pytest.raises(CertificateRejected):
        world.check_out()
    assert tried == []


def test_that_a_known_controller_with_a_bad_certificate_is_passed_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(world, DC1, DC2)
    bad = CertificateRejected("Not trusted.", reason="untrusted")
    refuse(world, monkeypatch, {"": DirectoryUnavailable("Away."), DC1: bad})
    assert world.check_out().domain_controller == DC2


@pytest.mark.parametrize(
    "planted", ["evil.example.org", "evilcorp.example.test", "corp.example.test.evil.org", "10.0.0.1"]
)
def test_that_a_host_outside_the_domain_is_never_tried(world: World, tried: list[str], planted: str) -> None:
    know(world, planted)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    with pytest.raises(DirectoryUnavailable):
        world.check_out()
    assert tried == [""]


def test_that_a_planted_writing_controller_is_never_tried(world: World, tried: list[str]) -> None:
    elevation = world.check_out()
    world.store.kept[elevation.id] = replace(world.stored(elevation), domain_controller="evil.example.org")
    world.service.check_in(elevation.id, world.recorder)
    assert "evil.example.org" not in tried
    assert world.nothing_left()


def test_that_the_writing_controller_is_asked_first_and_nobody_twice(world: World, tried: list[str]) -> None:
    use(world, DC2)
    know(world, DC1, DC2, RODC)
    elevation = world.check_out()
    assert elevation.domain_controller == DC2
    use(world, DC1)
    world.settle()
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CONNECT)
    tried.clear()
    world.service.check_in(elevation.id, world.recorder)
    assert tried == [DC2, "", RODC]


def test_that_the_search_for_a_controller_is_bounded_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [f"dc{number}.corp.example.test" for number in range(50)]
    know(world, *many)
    asked: list[str] = []

    def slow(*_: object, server: str = "", **__: object) -> Directory:
        asked.append(server)
        world.clock.advance(10)
        raise DirectoryUnavailable("No answer.")

    monkeypatch.setattr(world.connector, "connect", slow)
    with pytest.raises(DirectoryUnavailable):
        world.check_out()
    assert len(asked) == reaching.FAILOVER_SECONDS // 10 + 1


def test_that_a_controller_that_dies_between_connecting_and_telling_the_time_is_passed_over(
    world: World,
) -> None:
    know(world, DC1, DC2)
    world.faults.fail_always(Fault.UNAVAILABLE, Operation.CURRENT_TIME, controller=DC1)
    assert world.check_out().domain_controller == DC2


def test_that_what_is_due_is_ended_on_the_next_controller_which_has_heard_of_it(world: World) -> None:
    elevation = world.check_out(seconds=600)
    world.settle()
    world.clock.advance(600)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    report = world.service.tick(world.recorder)
    assert report.overdue == ()
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (DC1,))


@pytest.mark.parametrize("write", [Operation.CREATE_GROUP, Operation.ADD_MEMBER])
@pytest.mark.parametrize("heard", [False, True], ids=["not replicated", "replicated"])
def test_that_a_grant_whose_controller_dies_is_overdue_until_that_is_back(
    write: Operation, heard: bool
) -> None:
    world = World(latency_seconds=60)
    know(world, DC1, DC2, RODC)
    world.faults.fail_next(Fault.LOST_ANSWER, write)
    # The state is read, and everything taken back, on other connections than that of the grant.
    connect = world.connector.connect
    calls = 0

    def dies(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        nonlocal calls
        calls += server != DC2  # which is asked for the time only
        if calls == 2:
            world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
            world.clock.advance(30 if heard else 0)
        return connect(connection, password, server=server)

    world.connector.connect = dies  # type: ignore[method-assign,assignment]
    with pytest.raises(OutcomeUnknown):
        world.check_out()
    assert world.only().state is State.OVERDUE
    if heard:
        with connect(world.provider.connection, server=DC2) as other:
            location = world.provider.jit.location
            assert location is not None
            assert not other.temporary_groups(location.dn, ""), "what has replicated is removed at once"
    for _ in range(3):
        world.settle()
        assert world.only().state is State.OVERDUE
    world.faults.clear()
    world.clock.advance(600)
    world.tick()
    world.settle()
    assert world.only().state is State.FAILED
    assert world.nothing_left()


def test_that_two_copies_with_one_store_end_it_once_and_without_an_alarm(world: World) -> None:
    elevation = world.check_out(seconds=600)
    other = world.another_copy(world.store, "CORP\\bob")
    world.clock.advance(601)
    reports = [copy.sweep(elevation.provider_id, world.recorder) for copy in (world.service, other)]
    assert [(len(r.ending), r.overdue, r.problem) for r in reports] == [(1, (), ""), (1, (), "")]
    world.settle()
    other.tick(world.recorder)
    assert world.stored(elevation).state is State.ENDED
    assert State.OVERDUE not in [t.to_state for t in world.store.moves]


@pytest.mark.parametrize(
    "between", [Operation.TEMPORARY_GROUP, Operation.EMPTY_GROUP, Operation.DELETE_GROUP]
)
@pytest.mark.parametrize("shared", [True, False], ids=["one store", "two stores"])
def test_that_a_copy_that_ends_it_in_the_middle_of_ours_raises_no_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch, between: Operation, shared: bool
) -> None:
    elevation = world.check_out(seconds=600)
    store = world.store if shared else MemoryStore()
    other = world.another_copy(store, "CORP\\bob")
    other.sweep(elevation.provider_id, world.recorder)
    world.clock.advance(601)
    connect = world.connector.connect
    acted = False

    class Interrupting:
        def __init__(self, directory: Directory) -> None:
            self._directory = directory

        def __getattr__(self, name: str) -> object:
            nonlocal acted
            if name == between.value and not acted:
                acted = True
                world.clock.advance(61)  # the lease of ours is over
                other.sweep(elevation.provider_id, world.recorder)
            return getattr(self._directory, name)

        def __enter__(self) -> Interrupting:
            return self

        def __exit__(self, *_: object) -> None:
            self._directory.close()

    monkeypatch.setattr(world.connector, "connect", lambda *a, **k: Interrupting(connect(*a, **k)))
    report = world.service.tick(world.recorder)
    assert acted
    assert (report.overdue, report.problems) == ((), {})
    world.settle()
    other.sweep(elevation.provider_id, world.recorder)
    for kept in {id(world.store): world.store, id(store): store}.values():
        assert kept.kept[elevation.id].state is State.ENDED
        assert State.OVERDUE not in [t.to_state for t in kept.moves]
    assert world.nothing_left()


def test_that_a_check_in_of_what_another_copy_is_ending_is_no_error(world: World) -> None:
    elevation = world.check_out()
    before = world.store.elevation
    other = world.another_copy(world.store, "CORP\\bob")

    def late(elevation_id: object) -> object:
        found = before(elevation_id)  # type: ignore[arg-type]
        world.store.elevation = before  # type: ignore[method-assign]
        other.check_in(elevation.id, world.recorder)
        return found

    world.store.elevation = late  # type: ignore[method-assign,assignment]
    assert world.service.check_in(elevation.id, world.recorder).state in (State.ENDING, State.ENDED)
    world.settle()
    assert world.nothing_left()


def test_that_a_password_that_one_refuses_at_the_end_is_not_offered_to_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    elevation = world.check_out()
    world.settle()
    tried.clear()
    refuse(world, monkeypatch, {DC2: SignInFailed("Wrong password.")})
    world.service.check_in(elevation.id, world.recorder)
    assert RODC not in tried
    assert world.stored(elevation).unconfirmed_on == (DC2, RODC)


@pytest.mark.parametrize("error", [SignInFailed("Wrong password."), DirectoryUnavailable("Away.")])
def test_that_a_sweep_just_started_raises_the_alarm_for_what_it_could_not_end(
    world: World, monkeypatch: pytest.MonkeyPatch, error: DirectoryError
) -> None:
    elevation = world.check_out(seconds=600)
    refuse(world, monkeypatch, {"": error, DC1: error, DC2: error, RODC: error})
    world.clock.advance(700)  # past it by the PC's own clock too, which is all there is
    report = world.another_copy(world.store).sweep(elevation.provider_id, world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]
    assert report.problem


def test_that_an_alarm_outlives_restarts_until_the_end_is_confirmed(world: World) -> None:
    elevation = world.check_out(seconds=600)
    world.clock.advance(601)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK)
    for attempts in range(1, 5):
        report = world.another_copy(world.store).tick(world.recorder)
        assert [e.id for e in report.overdue] == [elevation.id]
        assert world.stored(elevation).attempts == attempts
        report = world.another_copy(world.store).tick(world.recorder)
        assert world.stored(elevation).attempts == attempts, "the pause counts for whoever starts next too"
        assert [e.id for e in report.overdue] == [elevation.id]
        world.clock.advance(300)
    world.faults.clear()
    world.another_copy(world.store).tick(world.recorder)
    world.settle()
    assert world.stored(elevation).state is State.ENDED


def test_that_a_read_only_controller_alone_ends_nothing_even_if_the_writing_one_is_no_more(
    world: World,
) -> None:
    elevation = world.check_out()
    world.store.kept[elevation.id] = replace(elevation, domain_controller="dc0.corp.example.test")
    use(world, RODC)
    for host in (DC1, DC2):
        world.faults.fail_always(Fault.UNAVAILABLE, controller=host)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE
    assert "read-only" in world.stored(elevation).failure


def test_that_what_a_third_controller_shows_is_removed_while_the_writing_one_is_away(world: World) -> None:
    elevation = world.check_out()
    # As if a third one had taken it, of which DC1 has heard and DC2 has not.
    world.store.kept[elevation.id] = replace(elevation, domain_controller=RODC)
    use(world, DC2)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=RODC)
    world.service.check_in(elevation.id, world.recorder)
    assert world.stored(elevation).state is State.OVERDUE
    use(world, DC1)
    assert world.nothing_left()


def test_that_a_check_in_that_another_copy_finishes_is_no_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    other = world.another_copy(world.store, "CORP\\bob")
    delete, calls = DemoDirectory.delete_group, 0

    def deletes(directory: DemoDirectory, what: ObjectGuid) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            world.clock.advance(61)  # the lease of ours is over
            other.tick(world.recorder)
        delete(directory, what)

    monkeypatch.setattr(DemoDirectory, "delete_group", deletes)
    assert world.service.check_in(elevation.id, world.recorder).state in (State.ENDING, State.ENDED)
    assert calls >= 2
    assert world.nothing_left()


def test_that_no_alarm_is_tried_for_what_another_copy_ends_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=600)
    other = world.another_copy(world.store, "CORP\\bob")
    world.clock.advance(601)
    connect, calls = world.connector.connect, 0

    def fails_for_us(*arguments: object, server: str = "", **_: object) -> Directory:
        nonlocal calls
        calls += 1
        if calls > 1:
            return connect(*arguments, server=server)  # type: ignore[arg-type]
        other.tick(world.recorder)
        raise SignInFailed("Wrong password.")

    monkeypatch.setattr(world.connector, "connect", fails_for_us)
    assert world.service.tick(world.recorder).overdue == ()
    assert world.stored(elevation).state is State.ENDING


@pytest.mark.parametrize("abilities", [Abilities(), Abilities(dynamic_objects=True)])
def test_that_what_the_directory_has_ended_is_no_alarm_while_the_writing_controller_is_away(
    abilities: Abilities,
) -> None:
    world = World(abilities=abilities)
    elevation = world.check_out(seconds=3600)
    world.settle()
    world.clock.advance(3600)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    assert world.service.tick(world.recorder).overdue == ()
    world.settle()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (DC1,))
    world.faults.clear()
    world.clock.advance(3600)
    world.tick()
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_a_check_in_before_the_directory_ends_it_still_waits_for_the_writing_controller() -> None:
    world = World(abilities=Abilities(dynamic_objects=True))
    know(world, DC1, DC2, RODC)
    elevation = world.check_out(seconds=3600)
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC1)
    assert world.service.check_in(elevation.id, world.recorder).state is State.OVERDUE


def test_that_a_writing_controller_with_a_bad_certificate_is_no_alarm_once_it_was_removed_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.settle()
    use(world, DC2)
    refuse(world, monkeypatch, {DC1: CertificateRejected("Expired.", reason="expired")})
    assert world.service.check_in(elevation.id, world.recorder).state is State.ENDING
    world.clock.advance(7)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert report.overdue == ()
    ended = world.stored(elevation)
    assert (ended.state, ended.unconfirmed_on) == (State.ENDED, (DC1,))


def test_that_controllers_that_time_out_do_not_keep_the_living_one_from_being_tried_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=600)
    world.settle()
    know(world, *(f"dc{number}.corp.example.test" for number in range(10, 20)), DC2)
    connect = world.connector.connect

    def slow(
        connection: ConnectionSettings, password: Secret | None = None, *, server: str = "", **_: object
    ) -> Directory:
        if server != DC2:
            world.clock.advance(10)
            raise DirectoryUnavailable("No answer.")
        return connect(connection, password, server=server)

    monkeypatch.setattr(world.connector, "connect", slow)
    world.clock.advance(600)
    for _ in range(4):
        world.tick()
        world.clock.advance(60)
    assert world.stored(elevation).state is State.ENDED
    with connect(world.provider.connection, server=DC2) as other:
        assert elevation.group_guid is not None
        assert isinstance(other.temporary_group(elevation.group_guid), NotVisible)
