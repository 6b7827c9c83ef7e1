"""Ways in which rights could outlive their elevation, or go with it too early: each was one once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, Self

import pytest

from jit_desktop.directory.demo import Fault
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.dn import child_dn, parent_dn
from jit_desktop.elevation.ending import End
from jit_desktop.elevation.errors import (
    ConcurrentChange,
    DirectoryError,
    InvalidSettings,
    NoSuchObject,
    NotAllowed,
    SignInFailed,
    StoreDamaged,
    UnknownItem,
)
from jit_desktop.elevation.granting import Grant
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ProviderId
from jit_desktop.elevation.journal import Move
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from jit_desktop.elevation.ports import (
    Directory,
    DomainController,
    GroupScope,
    NewGroup,
    NotVisible,
    TemporaryGroup,
)
from jit_desktop.elevation.rolling_back import RollBack
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings, DomainProvider
from tests.unit.elevation.helpers import MemoryStore, Recorder, visible
from tests.unit.elevation.world import TAKING_BACK, World


@pytest.fixture
def world() -> World:
    return World()


class Meanwhile(Recorder):
    """Does something once, when a step of a checkout comes to a certain point."""

    def __init__(self, step: Step, status: StepStatus, deed: Callable[[ElevationId], object]) -> None:
        super().__init__()
        self._moment = (step, status)
        self._deed: Callable[[ElevationId], object] | None = deed

    def on_step(self, report: StepReport) -> None:
        super().on_step(report)
        if (report.step, report.status) == self._moment and self._deed is not None:
            deed, self._deed = self._deed, None
            deed(report.elevation_id)


# --- a grant that somebody else ends while it goes on ------------------------------------------------------


@pytest.mark.parametrize(
    "moment", [(Step.CREATE_GROUP, StepStatus.RUNNING), (Step.CREATE_GROUP, StepStatus.DONE)]
)
def test_that_a_check_in_during_the_grant_leaves_nothing_granted(
    world: World, moment: tuple[Step, StepStatus]
) -> None:
    another = world.another_copy(world.store)
    listener = Meanwhile(*moment, lambda elevation_id: another.check_in(elevation_id, Recorder()))
    with pytest.raises((ConcurrentChange, DirectoryError)):
        world.service.check_out(world.request(), listener)
    assert world.nothing_left()


def test_that_a_grant_that_wakes_up_after_its_lease_gives_no_rights_even_for_a_moment(world: World) -> None:
    another = world.another_copy(world.store)

    def sleep_while_another_copy_takes_over(_: ElevationId) -> None:
        world.clock.advance(3600)
        another.tick(Recorder())

    listener = Meanwhile(Step.CREATE_GROUP, StepStatus.RUNNING, sleep_while_another_copy_takes_over)
    with pytest.raises(ConcurrentChange):
        world.service.check_out(world.request(), listener)
    assert world.only().state is State.FAILED
    assert not any(report.step is Step.NEST_GROUP for report in listener.steps)
    assert world.nothing_left()


def test_that_a_failure_after_the_grant_was_recorded_takes_it_back_too(world: World) -> None:
    class Interrupted(Recorder):
        def on_elevation(self, elevation: Elevation) -> None:
            if elevation.state is State.PROPAGATING:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.service.check_out(world.request(), Interrupted())
    world.settle()
    assert world.nothing_left()
    assert world.only().state in (State.FAILED, State.ENDED)


def test_that_a_tick_that_makes_it_active_first_does_not_fail_the_checkout(world: World) -> None:
    another = world.another_copy(world.store)
    listener = Meanwhile(Step.REPLICATION, StepStatus.SKIPPED, lambda _: another.tick(Recorder()))
    elevation = world.service.check_out(world.request(), listener)
    assert elevation.state is State.ACTIVE
    assert world.holds()


# --- settings that are changed under an open elevation -----------------------------------------------------


class Elsewhere:
    """Another domain, in which nothing of ours is."""

    def __init__(self, home: Directory) -> None:
        self._home = home
        self.info = replace(
            home.info,
            base_dn=DistinguishedName("DC=other,DC=example,DC=test"),
            dns_name="other.example.test",
            controller="dc9.other.example.test",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._home.close()

    def own_sid(self) -> None:
        return None

    def member_links(self, group: str) -> NoReturn:
        raise NoSuchObject("Not there.", subject=group)

    def current_time(self) -> datetime:
        return self._home.current_time()

    def domain_controllers(self) -> tuple[DomainController, ...]:
        return (DomainController(self.info.controller),)

    is_usable = True

    def work_until(self, _: float | None) -> None: ...

    def temporary_group(self, _: object) -> NotVisible:
        return NotVisible("There is none.")

    def take_out(self, _: object, __: object) -> bool:
        return False

    def empty_group(self, what: str) -> NoReturn:
        raise NoSuchObject(f"There is no {what}.")

    def temporary_groups(self, *_: object, **__: object) -> tuple[()]:
        return ()

    def can_list(self, _: str) -> bool:
        return True

    def read(self, what: str) -> NoReturn:
        raise NoSuchObject(f"There is no {what}.")


def test_that_a_provider_that_now_leads_to_another_domain_confirms_no_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    home = world.connector.connect
    monkeypatch.setattr(
        world.connector, "connect", lambda *_, **__: Elsewhere(home(world.provider.connection))
    )
    world.clock.advance(7200)
    world.tick()
    world.service.sweep(elevation.provider_id, world.recorder)
    stored = world.stored(elevation)
    assert stored.state is State.OVERDUE
    assert "corp.example.test" in stored.failure
    monkeypatch.undo()
    world.clock.advance(300)
    world.tick()
    assert world.nothing_left()


# --- a store that fails ------------------------------------------------------------------------------------


@pytest.mark.expects_log("go(es)? on although the store refused")
@pytest.mark.expects_log("could not be recorded")
def test_that_a_store_of_which_nothing_can_be_read_does_not_keep_rights_alive(world: World) -> None:
    class Unreadable(MemoryStore):
        def provider(self, provider_id):  # type: ignore[no-untyped-def]
            self._check()
            return super().provider(provider_id)

    unreadable = Unreadable()
    service = world.another_copy(unreadable)
    service.check_out(world.request(), Recorder())
    service.tick(Recorder())
    world.clock.advance(7200)
    unreadable.fail_with = StoreDamaged("The database is damaged.")
    service.tick(Recorder())
    assert world.nothing_left()


# --- what a sweep finds ------------------------------------------------------------------------------------


def test_that_a_sweep_leaves_a_grant_alone_that_began_while_it_looked(world: World) -> None:
    class Late(MemoryStore):
        """Tells of the open elevations as they were before the checkout."""

        deed: Callable[[], object] | None = None
        reads = 0

        def open_elevations(self, provider_id=None):  # type: ignore[no-untyped-def]
            found = super().open_elevations(provider_id)
            self.reads += 1
            if self.reads == 3 and self.deed is not None:
                self.deed()
            return found

    store = Late()
    service = world.another_copy(store)
    store.deed = lambda: service.check_out(world.request(), Recorder())
    report = service.sweep(world.provider.id, Recorder())
    assert world.holds()
    assert report.ended == ()


def _plant(world: World, elevation_id: str, change: Callable[[str], str]) -> str:
    """A temporary group beside the only elevation's, with a record that was tampered with."""
    elevation = world.only()
    with world.connector.connect(world.provider.connection) as directory:
        assert elevation.group_guid is not None
        good = visible(directory.temporary_group(elevation.group_guid))
        assert good is not None
        name, info = f"RDM_JIT_{elevation_id}", change(good.info.replace(elevation.id, elevation_id))
        place, member = elevation.location.dn, elevation.account.dn
        directory.create_group(NewGroup(name, place, GroupScope.GLOBAL, member, info, ""))
    return name


SMALLEST = "00000000-0000-4000-8000-000000000000"


def test_that_a_record_too_deep_to_be_read_keeps_no_sweep_from_the_groups_beside_it(world: World) -> None:
    elevation = world.check_out(seconds=600)
    name = _plant(world, SMALLEST, lambda _: "[" * 1024)
    world.clock.advance(601)
    report = world.another_copy(MemoryStore()).sweep(elevation.provider_id, Recorder())
    assert report.problem == ""
    assert [g.name for g in report.suspects] == [name]
    assert not world.holds()


@pytest.mark.parametrize("forged", ["\ud800Bob", "\x1b[2JBob", "Bob\u202e"])
def test_that_nothing_unprintable_comes_out_of_a_record(world: World, forged: str) -> None:
    elevation = world.check_out(seconds=600)
    name = _plant(world, SMALLEST, lambda info: json.dumps(json.loads(info) | {"by": forged}))
    world.console.add_member(elevation.privileges[0].group.guid, child_dn("CN", name, elevation.location.dn))
    report = world.another_copy(MemoryStore()).sweep(elevation.provider_id, Recorder())
    (adopted,) = [e for e in report.adopted if e.id == SMALLEST]
    assert adopted.requested_by.isprintable()


@pytest.mark.expects_log("is there again and could not be removed")
def test_that_a_group_that_came_back_and_cannot_be_removed_is_an_alarm(world: World) -> None:
    elevation = world.check_out()
    with world.connector.connect(world.provider.connection) as directory:
        assert elevation.group_guid is not None
        group = visible(directory.temporary_group(elevation.group_guid))
    assert group is not None
    world.service.check_in(elevation.id, world.recorder)
    world.settle()
    assert world.stored(elevation).state is State.ENDED
    member = elevation.account.dn
    with world.connector.connect(world.provider.connection) as directory:
        made = directory.create_group(
            NewGroup(group.name, elevation.location.dn, GroupScope.GLOBAL, member, group.info, "")
        )
        directory.add_member(world.privilege(), made.dn)
    world.faults.fail_always(Fault.ACCESS_DENIED, *TAKING_BACK)
    report = world.service.sweep(elevation.provider_id, world.recorder)
    assert [e.id for e in report.overdue] == [elevation.id]
    world.faults.clear()
    world.clock.advance(300)
    world.tick()
    assert world.nothing_left()


# --- a grant that died before the GUID of its group was recorded, and a group that is elsewhere since -----


def died_after_nesting(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Elevation, TemporaryGroup]:
    """A grant whose process is gone, as it was recorded last, and its group."""

    def die(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Grant, "_note_group", lambda *_: None)
        patch.setattr(Grant, "_read_back", die)
        patch.setattr(RollBack, "run", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            world.check_out(seconds=3600)
    world.clock.advance(130)
    elevation = world.only()
    assert (elevation.state, elevation.group_guid, world.holds()) == (State.GRANTING, None, True)
    with world.connector.connect(world.provider.connection) as directory:
        (group,) = directory.temporary_groups(elevation.location.dn, elevation.group_name)
    return elevation, group


def take_away(world: World, group: TemporaryGroup, how: str) -> None:
    if "moved" in how:
        world.console.move(group.guid, parent_dn(parent_dn(group.dn)))
    if "renamed" in how:
        world.console.rename(group.guid, "Printers of Leeds")
    if "hidden" in how:
        world.console.hide(group.guid)


@pytest.mark.parametrize("how", ["moved", "renamed", "moved and renamed", "moved and hidden"])
def test_that_a_group_whose_guid_was_never_recorded_is_taken_back_wherever_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    elevation, group = died_after_nesting(world, monkeypatch)
    take_away(world, group, how)
    world.tick()
    assert not world.holds()
    world.settle()
    after = world.stored(elevation)
    assert (after.state, after.group_guid, after.remains) == (State.FAILED, group.guid, ())
    assert after.suspicion
    # What can't be read may hold others by now: then it is left, and gives nothing.
    assert world.console.exists(group.guid) == ("hidden" in how)
    told = [s.message for s in world.recorder.steps if s.step is Step.DELETE_GROUP]
    assert any("was not deleted" in message for message in told) == ("hidden" in how)
    assert not any("is gone" in message for message in told)


def test_that_which_group_it_is_is_recorded_before_it_gives_anything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[bool] = []
    look = lambda _: noted.append(world.only().group_guid is not None)  # noqa: E731
    world.service.check_out(world.request(), Meanwhile(Step.NEST_GROUP, StepStatus.RUNNING, look))
    assert noted == [True]


def test_that_a_grant_that_died_is_ended_whatever_is_taken_off_its_group(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Grant, "_read_back", die)
        patch.setattr(RollBack, "run", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            world.check_out(seconds=3600)
    elevation = world.only()
    assert elevation.group_guid is not None
    with world.connector.connect(world.provider.connection) as directory:
        directory.write_record(elevation.group_guid, "", "")
    world.console.rename(elevation.group_guid, "Printers of Leeds")
    world.clock.advance(130)
    world.tick()
    world.settle()
    assert not world.holds()
    assert world.stored(elevation).state is State.FAILED


@pytest.mark.expects_log("A fault of the program")
def test_that_its_right_goes_with_the_first_write_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, group = died_after_nesting(world, monkeypatch)
    take_away(world, group, "moved and renamed")

    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError

    monkeypatch.setattr(End, "concluded", fail)
    world.tick()
    assert not world.holds()


def test_that_what_others_have_in_it_is_left_to_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    elevation, group = died_after_nesting(world, monkeypatch)
    other = next(a.account for a in world.provider.accounts if a.account.guid != elevation.account.guid)
    world.console.add_member(group.guid, other.guid)
    take_away(world, group, "moved")
    world.tick()
    assert not world.holds()
    assert world.console.members(group.guid) == {other.dn}


@pytest.mark.parametrize("forged", ["name", "record"])
def test_that_a_permanent_group_that_is_made_to_look_like_it_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, forged: str
) -> None:
    place = parent_dn(world.provider.jit.location.dn) if world.provider.jit.location else ""
    world.console.create_group("Helpdesk", DistinguishedName(place), GroupScope.GLOBAL)
    permanent = world.console.guid(DistinguishedName(f"CN=Helpdesk,{place}"))
    world.console.add_member(permanent, world.account())
    world.clock.advance(86_400)
    elevation, group = died_after_nesting(world, monkeypatch)
    world.console.add_member(world.privilege(), permanent)
    world.console.delete(group.guid)
    if forged == "name":
        world.console.rename(permanent, elevation.group_name)
    else:
        with world.connector.connect(world.provider.connection) as directory:
            directory.write_record(permanent, group.info, "")
    world.tick()
    world.settle()
    assert world.holds()
    assert world.console.members(permanent) == {elevation.account.dn}
    assert world.stored(elevation).group_guid is None


def test_that_a_sweep_that_finds_it_lets_the_end_go_by_its_guid(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation, group = died_after_nesting(world, monkeypatch)
    take_away(world, group, "moved")
    world.clock.advance(30)
    # The others show what is in it.
    world.console.hide(world.privilege(), elevation.domain_controller)
    world.tick()
    assert world.stored(elevation).state is State.OVERDUE
    assert world.console.members(group.guid) == {elevation.account.dn}
    world.service.sweep(elevation.provider_id, world.recorder)
    noted = world.stored(elevation)
    assert (noted.state, noted.group_guid) == (State.OVERDUE, group.guid)
    assert "moved out" in noted.suspicion
    world.tick()
    world.console.show(world.privilege())
    assert not world.holds()


@pytest.mark.parametrize(
    "moment", [(Step.CREATE_GROUP, StepStatus.DONE), (Step.READ_BACK, StepStatus.RUNNING)], ids=lambda m: m[0]
)
def test_that_a_sweep_does_not_take_a_grant_that_is_under_way_for_one_that_died(
    world: World, moment: tuple[Step, StepStatus]
) -> None:
    another = world.another_copy(world.store)
    provider = world.provider.id
    listener = Meanwhile(*moment, lambda _: another.sweep(provider, Recorder()))
    world.service.check_out(world.request(), listener)
    assert world.holds()


# --- who listens -------------------------------------------------------------------------------------------


@pytest.mark.expects_log("A listener failed")
def test_that_a_listener_that_fails_does_not_keep_rights_alive(world: World) -> None:
    class Deaf(Recorder):
        def on_step(self, report: StepReport) -> None:
            raise BrokenPipeError

        def on_elevation(self, elevation: Elevation) -> None:
            raise BrokenPipeError

    world.check_out()
    world.clock.advance(7200)
    world.service.tick(Deaf())
    assert world.nothing_left()


# --- clocks ------------------------------------------------------------------------------------------------


def test_that_a_pause_that_a_wrong_clock_made_too_long_is_not_waited_for(world: World) -> None:
    elevation = world.check_out()
    stored = world.stored(elevation)
    now = world.service.domain_now(elevation.provider_id)
    stuck = replace(stored, state=State.OVERDUE, next_attempt_at=now + timedelta(days=1))
    assert stuck.is_due(now)


# --- what changes between two looks ------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["removed", "no longer offered"])
def test_that_settings_that_change_while_a_checkout_connects_are_the_ones_that_count(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    connect = world.connector.connect

    def slowly(*args: object, **options: object) -> Directory:
        if options.get("server"):
            return connect(*args, **options)  # type: ignore[arg-type]
        provider = world.provider
        if change == "removed":
            world.store.delete_provider(provider.id, at=world.clock.utc_now(), actor="CORP\\bob")
        else:
            world.change(replace(provider, jit=replace(provider.jit, privileges=())))
        return connect(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(world.connector, "connect", slowly)
    with pytest.raises((UnknownItem, NotAllowed)):
        world.check_out()
    assert world.only().state is State.FAILED


def test_that_a_ca_file_that_is_gone_at_the_deadline_is_an_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    world.clock.advance(7200)

    def refuse(*_: object, **__: object) -> NoReturn:
        raise InvalidSettings({"connection.ca_file": "ca.pem can't be read."})

    monkeypatch.setattr(world.connector, "connect", refuse)
    world.tick()
    stored = world.stored(elevation)
    assert stored.state is State.OVERDUE
    assert "ca.pem" in stored.failure


def test_that_another_copys_settings_take_back_no_extension_that_it_is_proven_to_have_made(
    world: World,
) -> None:
    elevation = world.check_out(seconds=3600)
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    other.sweep(elevation.provider_id, Recorder())
    other.extend(elevation.id, 1800, Recorder())
    policy = replace(world.provider.policy, extension_allowed=False)
    world.change(replace(world.provider, policy=policy))
    world.clock.advance(3600)
    world.tick()
    assert world.holds()
    world.clock.advance(1800)
    world.tick()
    assert world.nothing_left()


def test_that_an_extension_never_takes_back_what_another_copy_has_given(world: World) -> None:
    elevation = world.check_out(seconds=3600)
    other = world.another_copy(MemoryStore(), "CORP\\bob")
    other.sweep(elevation.provider_id, Recorder())
    other.extend(elevation.id, 1800, Recorder())
    extended = world.service.extend(elevation.id, 600, Recorder())
    assert extended.deadline == elevation.deadline + timedelta(seconds=1800 + 600)


# --- faults of our own -------------------------------------------------------------------------------------


@pytest.mark.expects_log("A fault of the program")
def test_that_a_fault_with_one_elevation_keeps_no_other_alive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = world.check_out(account="_sqladmin02")
    world.check_out()
    world.clock.advance(7200)
    conclude = End.concluded

    def fail(end: End, elevation: Elevation, controllers: Controllers, **how: Any) -> Move:
        if elevation.id == broken.id:
            raise ZeroDivisionError
        return conclude(end, elevation, controllers, **how)

    monkeypatch.setattr(End, "concluded", fail)
    report = world.service.tick(world.recorder)
    assert "_sqladmin02" in report.problems[broken.provider_id].message
    assert not world.holds()
    assert world.stored(broken).state is State.OVERDUE, "what could not be confirmed is an alarm"


@pytest.mark.expects_log("A fault of the program")
def test_that_a_server_that_talks_nonsense_keeps_no_other_provider_from_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    nonsense = replace(
        world.provider, id=ProviderId("nonsense"), connection=ConnectionSettings(server="nonsense")
    )
    world.change(nonsense)
    other = replace(elevation, id=ElevationId(SMALLEST), provider_id=nonsense.id)
    world.store.kept = {other.id: other, **world.store.kept}
    world.clock.advance(7200)
    connect = world.service.reach.open_directory

    def garbled(provider: DomainProvider, *, server: str = "", **_: object) -> Directory:
        if provider.id == nonsense.id:
            raise ValueError("time data 'yesterday' does not match")
        return connect(provider, server=server)

    monkeypatch.setattr(world.service.reach, "open_directory", garbled)
    assert set(world.service.tick(Recorder()).problems) == {nonsense.id}
    assert "fault of the program" in world.service.sweep(nonsense.id, Recorder()).problem
    assert not world.holds()


# --- a password that is refused ----------------------------------------------------------------------------


class Kept:
    """A credential store with one password."""

    can_keep = True

    def __init__(self, password: str) -> None:
        self.kept = password

    def password(self, _: object) -> Secret:
        return Secret(self.kept)

    def remember(self, _: object, password: Secret, *, keep: bool) -> None: ...

    def forget(self, _: object) -> None: ...


def test_that_ticks_and_sweeps_do_not_lock_the_bind_account_out_with_a_refused_password(world: World) -> None:
    elevation = world.check_out()
    connection = ConnectionSettings(method=ConnectionMethod.LDAPS, bind_as="svc-jit@corp.example.test")
    world.change(replace(world.provider, connection=connection))
    offered: list[str] = []
    secrets = Kept("wrong")

    class Counting:
        def connect(
            self, connection: ConnectionSettings, password: Secret | None, *, server: str = "", **_: object
        ) -> Directory:
            assert password is not None
            offered.append(password.reveal())
            return world.connector.connect(connection, password, server=server)

        def certificate_fingerprint(self, connection: ConnectionSettings) -> str:
            return ""

    service = ElevationService(
        store=world.store, connector=Counting(), secrets=secrets, clock=world.clock, actor="CORP\\alice"
    )
    for _ in range(40):
        assert isinstance(service.tick(Recorder()).problems[elevation.provider_id], SignInFailed)
        assert "password" in service.sweep(elevation.provider_id, Recorder()).problem
        world.clock.advance(15)
    assert offered == ["wrong"] * 2
    secrets.kept = "right"
    world.clock.advance(7200)
    service.tick(Recorder())
    assert world.nothing_left()
