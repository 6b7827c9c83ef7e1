# SPDX-License-Identifier: MIT
"""Nothing is given after its deadline, wherever the program is stopped for longer than that."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import jit_desktop
from jit_desktop.directory.demo import Operation
from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.errors import ClockDoubtful, ConcurrentChange, DeadlinePassed, JitError
from jit_desktop.elevation.gate import Gate
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.journal import Journal
from jit_desktop.elevation.lifecycle import EndReason, Event, State
from jit_desktop.elevation.model import Elevation, Step, StepReport, StepStatus
from jit_desktop.elevation.ports import Abilities, GroupScope, NewGroup
from jit_desktop.elevation.settings import CheckoutPolicy
from tests.unit.elevation.helpers import MemoryStore, Recorder
from tests.unit.elevation.world import World

TARGET = "Remote Desktop Manager Admins"
DESK = "Remote Desktop Manager Service Desk"
LENT_SECONDS = 600
STOPPED_SECONDS = 3600
NOTHING, BOTH = Abilities(), Abilities(dynamic_objects=True, ttl_links=True)
GIVING = {"create_group", "add_member", "renew_member", "write_record"}
STORE_CALLS = ("begin", "advance", "elevation", "renew_lease", "add_step")


# --- no way around it ---------------------------------------------------------------------------------------


def _callers(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    return GIVING & named


def test_that_nothing_but_the_gate_calls_a_write_that_gives() -> None:
    root = Path(jit_desktop.__file__).parent
    callers = {
        path.relative_to(root).as_posix(): found
        for path in root.rglob("*.py")
        if "directory" not in path.relative_to(root).parts and (found := _callers(path))
    }
    assert callers.pop("elevation/gate.py") == GIVING
    # The group of a rehearsal has no member, nor has the marker of an extension: they give nothing.
    assert callers == {
        "elevation/rehearsing.py": GIVING,
        "elevation/prolonging.py": {"create_group"},
    }


# --- stopped anywhere ---------------------------------------------------------------------------------------


class Stops:
    """Counts the moments before and after each request and each call of the store; at the one numbered
    ``at`` the program stands still for longer than the elevation lasts."""

    def __init__(self, world: World, at: int, seconds: float) -> None:
        self._world, self._at, self._seconds = world, at, seconds
        self.passed = 0
        self.stopped_at = ""
        self.on = True

    def point(self, name: str) -> None:
        if not self.on:
            return
        self.passed += 1
        if self.passed == self._at:
            self.stopped_at = name
            self._world.clock.advance(self._seconds)

    def wrap(self, patch: pytest.MonkeyPatch, owner: object, name: str, label: Callable[..., str]) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def stopping(*args: Any, **options: Any) -> Any:
            self.point(f"before {label(*args)}")
            result = real(*args, **options)
            self.point(f"after {label(*args)}")
            return result

        patch.setattr(owner, name, stopping)


@contextmanager
def stopping(world: World, at: int, *, seconds: float = STOPPED_SECONDS) -> Iterator[Stops]:
    stops = Stops(world, at, seconds)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_read", "_write"):
            stops.wrap(patch, DemoDirectory, name, lambda *args: str(args[1]))
        for name in STORE_CALLS:
            stops.wrap(patch, world.store, name, lambda *_, n=name: n)
        yield stops


def lending(abilities: Abilities) -> World:
    world = World(abilities=abilities)
    policy = replace(CheckoutPolicy(), maximum_seconds=8 * 3600, extension_allowed=True)
    world.change(replace(world.provider, policy=policy))
    return world


def expect_nothing_expired(world: World, where: str) -> None:
    """Nobody has a right now that should have ended, and nothing comes back later."""
    (elevation,) = world.store.kept.values()
    with world.connector.connect(world.provider.connection) as directory:
        is_over = directory.current_time() >= elevation.deadline
    if is_over or not elevation.is_open:
        assert world.nothing_left(), where
        world.settle()
        assert not world.only().is_open, where
        assert world.nothing_left(), where
    else:
        assert elevation.state in (State.ACTIVE, State.PROPAGATING), where
        assert elevation.extending_to is None, where


@pytest.mark.parametrize("abilities", [NOTHING, BOTH], ids=["ordinary", "times to live"])
def test_that_a_grant_which_is_stopped_anywhere_leaves_nothing_that_is_over(abilities: Abilities) -> None:
    at, stopped = 0, 1
    seen: dict[str, str] = {}
    while stopped:
        at += 1
        world = lending(abilities)
        with stopping(world, at) as stops:
            try:
                world.check_out(TARGET, DESK, seconds=LENT_SECONDS)
                outcome = "granted"
            except JitError as error:
                outcome = error.code
            stops.on = False
            stopped = stops.stopped_at != ""
            if stopped:
                seen.setdefault(f"{stops.stopped_at}: {outcome}", outcome)
            for move in world.store.moves:
                if move.event is Event.GRANTED:
                    assert move.at < world.only().deadline, "it was recorded as granted past its deadline"
            if world.store.kept:
                expect_nothing_expired(world, f"{at}: {stops.stopped_at}: {outcome}")
    assert seen.get(f"after {Operation.CREATE_GROUP}: deadline-passed")
    assert seen.get(f"after {Operation.ADD_MEMBER}: deadline-passed")
    assert at > 40


def test_that_a_stop_after_the_last_record_is_noticed_before_the_person_is_told() -> None:
    world = lending(NOTHING)

    class Slow(Recorder):
        def on_elevation(self, elevation: Elevation) -> None:
            if elevation.state is State.ACTIVE:
                world.clock.advance(STOPPED_SECONDS)

    with pytest.raises(DeadlinePassed):
        world.service.check_out(world.request(seconds=LENT_SECONDS), Slow())
    assert world.nothing_left()
    world.settle()
    assert world.only().state is State.FAILED


@pytest.mark.parametrize("abilities", [NOTHING, BOTH], ids=["ordinary", "times to live"])
def test_that_an_extension_which_is_stopped_anywhere_leaves_nothing_that_is_over(
    abilities: Abilities,
) -> None:
    at, stopped = 0, True
    while stopped:
        at += 1
        world = lending(abilities)
        elevation = world.check_out(TARGET, seconds=7200)
        world.settle()
        world.clock.advance(7200 - STOPPED_SECONDS)
        with stopping(world, at) as stops:
            try:
                world.service.extend(elevation.id, 1800, world.recorder)
                outcome = "extended"
            except JitError as error:
                outcome = error.code
            stops.on = False
            stopped = stops.stopped_at != ""
        if outcome == "deadline-passed":
            assert not world.holds(), f"{at}: {stops.stopped_at}: what was written too late is taken back"
        expect_nothing_expired(world, f"{at}: {stops.stopped_at}: {outcome}")
    assert at > 15


@pytest.mark.parametrize("abilities", [NOTHING, BOTH], ids=["ordinary", "times to live"])
def test_that_a_copy_which_is_stopped_while_it_catches_up_leaves_nothing_that_is_over(
    abilities: Abilities,
) -> None:
    at, stopped = 0, True
    while stopped:
        at += 1
        world = lending(abilities)
        elevation = world.check_out(TARGET, seconds=7200)
        world.settle()
        bobs = MemoryStore()
        bob = world.another_copy(bobs, "CORP\\bob")
        bob.sweep(world.provider.id, Recorder())
        bob.extend(elevation.id, 1800, Recorder())
        with stopping(world, at, seconds=10_000) as stops:
            world.clock.advance(60)
            assert world.service.tick(world.recorder).problems == {}
            stops.on = False
            stopped = stops.stopped_at != ""
        # Which removes the marker of the extension too, as the right was gone before.
        world.service.sweep(world.provider.id, world.recorder)
        expect_nothing_expired(world, f"{at}: {stops.stopped_at}")
    assert at > 10


# --- whose it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2], ids=["before the first", "before the second"])
def test_that_a_grant_that_others_have_ended_is_looked_at_before_each_write(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    world = World()
    other = world.another_copy(world.store, "CORP\\bob")
    asked: list[Elevation] = []
    written: list[object] = []
    real, write = Gate.add, DemoDirectory.add_member

    def add(gate: Gate, elevation: Elevation, *args: Any, **options: Any) -> None:
        asked.append(elevation)
        if len(asked) == number:
            other.check_in(elevation.id, Recorder())
        real(gate, elevation, *args, **options)

    def noted(directory: DemoDirectory, *args: Any, **options: Any) -> None:
        written.append(args)
        write(directory, *args, **options)

    monkeypatch.setattr(DemoDirectory, "add_member", noted)
    monkeypatch.setattr(Gate, "add", add)
    with pytest.raises(ConcurrentChange) as raised:
        world.check_out(TARGET, DESK)
    assert len(written) == number - 1
    assert "was checked in by another copy of the program (CORP\\bob)" in raised.value.message
    assert "settings" not in str(raised.value)
    assert world.nothing_left()


def test_that_a_check_in_elsewhere_in_mid_grant_is_said_as_what_it_is() -> None:
    world = World()
    bobs = MemoryStore()
    bob = world.another_copy(bobs, "CORP\\bob")

    class Meddler(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.NEST_GROUP, StepStatus.DONE) and not bobs.kept:
                bob.sweep(world.provider.id, Recorder())
                bob.check_in(report.elevation_id, Recorder())

    with pytest.raises(ConcurrentChange, match="was checked in by another copy of the program") as raised:
        world.service.check_out(world.request(TARGET, DESK), Meddler())
    assert "settings" not in str(raised.value)
    assert world.nothing_left()


# --- a slow but living grant --------------------------------------------------------------------------------


def test_that_a_slow_grant_of_many_groups_is_not_taken_over_while_it_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    provider = world.provider
    location = provider.jit.location
    assert location is not None
    few = list(provider.jit.privileges)
    many = []
    with world.connector.connect(provider.connection) as directory:
        home = directory.read(few[0].group.guid)
        parent = home.dn.split(",", 1)[1]
        for number in range(20):
            dn = world.console.create_group(f"Many {number:02}", parent, home.scope)  # type: ignore[arg-type]
            guid = directory.read(dn).guid
            many.append(
                replace(
                    few[0],
                    group=replace(few[0].group, guid=guid, dn=dn, name=f"Many {number:02}"),
                    display_name="",
                )
            )
    world.settle()
    world.change(replace(provider, jit=replace(provider.jit, privileges=tuple(few + many))))
    colleague = world.another_copy(world.store, "CORP\\bob")
    elapsed = 0.0
    is_other = False

    def slow(seconds: float) -> None:
        nonlocal elapsed, is_other
        if is_other:
            return
        for _ in range(int(seconds / 5.5)):
            elapsed += 5.5
            world.clock.advance(5.5)
            is_other = True
            colleague.tick(Recorder())
            is_other = False

    for name in ("_read", "_write"):
        real = getattr(DemoDirectory, name)

        def answered(directory: DemoDirectory, operation: Operation, *args: Any, _real: Any = real) -> Any:
            slow(5.5)
            return _real(directory, operation, *args)

        monkeypatch.setattr(DemoDirectory, name, answered)
    rights = DemoDirectory.rights

    def each(directory: DemoDirectory, where: Any, targets: Any) -> Any:
        wanted = list(targets)
        slow(5.5 * len(wanted))
        return rights(directory, where, wanted)

    monkeypatch.setattr(DemoDirectory, "rights", each)
    elevation = world.check_out(*(m.group.name for m in many), seconds=7200)
    assert elapsed > 3 * 120
    assert elevation.state is State.ACTIVE
    assert Event.ROLLBACK_STARTED not in [t.event for t in world.store.moves]


def test_that_the_checks_of_a_short_elevation_may_take_longer_than_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    colleague = world.another_copy(world.store, "CORP\\bob")
    token = DemoDirectory.token_groups
    asked: list[bool] = []

    def slow(directory: DemoDirectory, what: Any) -> Any:
        if not asked:
            asked.append(True)
            world.clock.advance(90)
            assert colleague.tick(Recorder()).overdue == ()
        return token(directory, what)

    monkeypatch.setattr(DemoDirectory, "token_groups", slow)
    assert world.check_out(seconds=60).state is State.ACTIVE


def test_that_a_grant_which_was_stopped_beyond_its_lease_and_taken_over_gives_nothing() -> None:
    world = World()
    colleague = world.another_copy(world.store, "CORP\\bob")

    class Stopped(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.CREATE_GROUP, StepStatus.DONE):
                world.clock.advance(130)
                colleague.tick(Recorder())

    with pytest.raises(ConcurrentChange, match="taken for abandoned") as raised:
        world.service.check_out(world.request(), Stopped())
    assert "bob" in raised.value.message
    assert world.nothing_left()
    world.settle()
    assert world.only().end_reason is EndReason.INTERRUPTED


# --- which clock --------------------------------------------------------------------------------------------


def test_that_a_clock_which_nobody_believes_lends_nothing() -> None:
    world = World()
    world.check_out()
    elevation = world.only()
    world.settle()
    world.console.set_clock("dc1.corp.example.test", 86_400)
    for host in ("dc2", "rodc1"):
        world.console.set_clock(f"{host}.corp.example.test", -86_400)
    bobs = MemoryStore()
    fresh = world.another_copy(bobs, "CORP\\bob")
    with pytest.raises(ClockDoubtful):
        fresh.check_out(world.request(account="_sqladmin02"), Recorder())
    assert bobs.kept == {}
    with pytest.raises(ClockDoubtful):
        world.service.extend(elevation.id, 600, world.recorder)
    assert world.groups_there() == [elevation.group_name]


@pytest.mark.parametrize(
    "wrong", [("dc1",), ("dc1", "dc2", "rodc1")], ids=["one of them", "all of them, which agree"]
)
def test_that_clocks_which_go_wrong_during_the_checks_lend_nothing(wrong: Sequence[str]) -> None:
    world = World()
    world.clock.set_wall(world.connector.domain.now())

    class Wrong(Recorder):
        def on_step(self, report: StepReport) -> None:
            if (report.step, report.status) == (Step.CHECK_RIGHTS, StepStatus.DONE):
                for name in wrong:
                    world.console.set_clock(f"{name}.corp.example.test", -86_400)

    with pytest.raises(ClockDoubtful):
        world.service.check_out(world.request(), Wrong())
    assert world.nothing_left()


def _each_write(gate: Gate, elevation: Elevation, directory: DemoDirectory, world: World) -> list[Any]:
    group, account = elevation.group_guid, elevation.account
    assert group is not None
    until = elevation.deadline
    target = world.privilege(DESK)
    new = NewGroup("Another", DistinguishedName(_place(world)), GroupScope.GLOBAL, account.dn, "", "")
    return [
        lambda: gate.create(elevation, directory, new),
        lambda: gate.add(elevation, directory, target, account.dn),
        lambda: gate.renew(elevation, directory, group, account.dn, 60, until=until),
        lambda: gate.record(elevation, directory, group, ("x", "y"), lifetime_seconds=None, until=until),
    ]


def _place(world: World) -> str:
    assert world.provider.jit.location is not None
    return world.provider.jit.location.dn


@pytest.mark.parametrize("number", range(4), ids=["create", "add", "renew", "record"])
@pytest.mark.parametrize("when", ["before", "inside"])
def test_that_each_write_looks_at_the_clock_before_and_after_it(
    monkeypatch: pytest.MonkeyPatch, number: int, when: str
) -> None:
    world = lending(BOTH)
    elevation = world.check_out(seconds=LENT_SECONDS)
    clock = world.service.reach.domain_clock(world.provider.id)
    gate = Gate(clock, Journal(world.store, Recorder(), "", clock.now))
    real, written = DemoDirectory._write, list[str]()

    def write(directory: DemoDirectory, operation: Operation, *args: Any) -> Any:
        written.append(operation)
        done = real(directory, operation, *args)
        world.clock.advance(STOPPED_SECONDS)
        return done

    monkeypatch.setattr(DemoDirectory, "_write", write)
    if when == "before":
        world.clock.advance(STOPPED_SECONDS)
    with world.connector.connect(world.provider.connection) as directory:
        run = _each_write(gate, elevation, directory, world)[number]
        with pytest.raises(DeadlinePassed):
            run()
    assert len(written) == (when == "inside")


@pytest.mark.parametrize("extended", [False, True])
def test_that_what_was_lent_here_ends_by_its_own_time_whatever_the_clocks_of_the_domain_say(
    extended: bool,
) -> None:
    world = lending(NOTHING)
    elevation = world.check_out(seconds=LENT_SECONDS)
    world.settle()
    left = LENT_SECONDS - 21.0
    if extended:
        world.service.extend(elevation.id, 300, world.recorder)
        left += 300
    for host in ("dc1", "dc2", "rodc1"):
        world.console.set_clock(f"{host}.corp.example.test", -3600)
    world.clock.advance(left - 5)
    world.tick()
    assert world.holds()
    world.clock.advance(5)
    world.tick()
    assert not world.holds()


def test_that_what_is_over_is_not_kept_in_mind(world_of_two_hours: World) -> None:
    world = world_of_two_hours
    world.service.check_in(world.only().id, world.recorder)
    world.settle()
    assert not world.service.reach.domain_clock(world.provider.id).has_run_out(world.only())
    world.clock.advance(7200)
    assert not world.service.reach.domain_clock(world.provider.id).has_run_out(world.only())


@pytest.fixture
def world_of_two_hours() -> World:
    world = World()
    world.check_out(seconds=7200)
    return world
