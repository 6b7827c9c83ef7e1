# SPDX-License-Identifier: MIT
"""How long a pass may take, how quickly another domain controller must answer, and how all of it is broken
off."""

from __future__ import annotations

import threading
import time
from argparse import Namespace
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from jit_desktop.commands import elevations
from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation import reaching
from jit_desktop.elevation.errors import Cancelled, DirectoryUnavailable
from jit_desktop.elevation.examiner import Examiner
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.ports import CancelToken, Directory, DomainInfo, NewGroup, TemporaryGroup
from jit_desktop.elevation.rehearsing import MOST_SECONDS
from tests.unit.elevation.world import ALICE, World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


class Connections:
    """What was asked of the connector, and how long each connection may work."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.within: dict[str, float | None] = {}
        self.tried: list[str] = []
        self.until: list[float | None] = []
        self.dead: set[str] = set()
        self.cancels: list[CancelToken | None] = []
        self.known: list[DomainInfo | None] = []
        real = world.connector.connect

        def connect(
            *arguments: object,
            server: str = "",
            within_seconds: float | None = None,
            cancel: CancelToken | None = None,
            known: DomainInfo | None = None,
        ) -> Directory:
            self.known.append(known)
            self.tried.append(server)
            self.within[server] = within_seconds
            self.cancels.append(cancel)
            if server in self.dead:
                raise DirectoryUnavailable(f"{server} does not answer.")
            return real(*arguments, server=server)  # type: ignore[arg-type]

        def work_until(directory: DemoDirectory, monotonic: float | None) -> None:
            self.until.append(monotonic)

        monkeypatch.setattr(world.connector, "connect", connect)
        monkeypatch.setattr(DemoDirectory, "work_until", work_until)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def connections(world: World, monkeypatch: pytest.MonkeyPatch) -> Connections:
    return Connections(world, monkeypatch)


def test_that_a_pass_has_an_overall_limit(world: World, connections: Connections) -> None:
    world.check_out()
    connections.within.clear()
    connections.until.clear()
    before = time.monotonic()
    world.service.sweep(world.provider.id, world.recorder)
    main, *others = connections.until
    assert others
    assert main is not None
    assert main - before <= reaching.MAIN_SECONDS + 5, "it has yet to say something after the sign-in"
    for until in others:
        assert until is not None
        assert until - before == pytest.approx(reaching.PASS_SECONDS, abs=5)
    for within in connections.within.values():
        assert within is not None
        assert within <= reaching.PASS_SECONDS


def test_that_what_is_left_of_the_limit_counts_for_connecting(world: World, connections: Connections) -> None:
    with world.service.reach.controllers(world.provider, within_seconds=10) as controllers:
        world.clock.advance(8)
        controllers.at(RODC)
        assert connections.within[RODC] == pytest.approx(2)


def longest(connections: Connections, before: float) -> float:
    """How long any of the connections may work; each has a limit."""
    assert None not in connections.until
    return max(until - before for until in connections.until if until is not None)


def check_now(world: World, elevation: Elevation) -> None:
    Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE).check_now(
        elevation.id
    )


def check_domain(world: World, _: Elevation) -> None:
    Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE).check_domain(
        world.provider.id
    )


def rehearse(world: World, _: Elevation) -> None:
    Examiner(store=world.store, reach=world.service.reach, clock=world.clock, actor=ALICE).rehearse(
        world.provider.id
    )


def extend(world: World, elevation: Elevation) -> None:
    world.service.extend(elevation.id, 600, world.recorder)


def check_in(world: World, elevation: Elevation) -> None:
    world.service.check_in(elevation.id, world.recorder)


def check_out(world: World, _: Elevation) -> None:
    world.check_out(account="_sqladmin02")


def seconds_until(world: World, elevation: Elevation) -> None:
    arguments = Namespace(until=elevation.deadline, seconds=None)
    app = SimpleNamespace(service=world.service)
    assert elevations._seconds(app, world.provider, arguments) > 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("work", "seconds"),
    [
        (check_out, reaching.GIVING_SECONDS),
        (extend, reaching.GIVING_SECONDS),
        (check_in, reaching.PASS_SECONDS),
        (check_now, reaching.PASS_SECONDS),
        (check_domain, reaching.PASS_SECONDS),
        (seconds_until, reaching.PASS_SECONDS),
        (rehearse, 2 * MOST_SECONDS + reaching.GIVING_SECONDS),
    ],
)
def test_that_all_that_a_person_asks_for_has_an_overall_limit(
    world: World, connections: Connections, work: Callable[[World, Elevation], None], seconds: float
) -> None:
    elevation = world.check_out()
    connections.until.clear()
    before = time.monotonic()
    work(world, elevation)
    assert longest(connections, before) == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize("what", ["a rollback", "settling an extension", "cleaning up a rehearsal"])
def test_that_what_is_done_after_it_was_cut_off_has_a_limit_of_its_own(
    world: World, connections: Connections, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out()
    real = DemoDirectory.create_group

    def cut(directory: DemoDirectory, group: NewGroup) -> TemporaryGroup:
        if what == "cleaning up a rehearsal":
            return real(directory, group)
        connections.until.clear()
        raise DirectoryUnavailable("It does not answer.")

    monkeypatch.setattr(DemoDirectory, "create_group", cut)
    before = time.monotonic()
    if what == "a rollback":
        with pytest.raises(DirectoryUnavailable):
            check_out(world, elevation)
    elif what == "settling an extension":
        with pytest.raises(DirectoryUnavailable):
            extend(world, elevation)
    else:
        rehearse(world, elevation)
        connections.until[:-1] = []
    assert longest(connections, before) == pytest.approx(reaching.PASS_SECONDS, abs=5)


@pytest.mark.parametrize(
    ("seconds", "is_asked"), [(reaching.PASS_SECONDS, False), (reaching.GIVING_SECONDS, True)]
)
def test_that_connecting_to_others_may_take_longer_where_all_may(
    world: World, connections: Connections, seconds: float, is_asked: bool
) -> None:
    """A grant looks at each of them for a right that the account has there."""
    real = world.connector.connect

    def slow(*arguments: object, server: str = "", **options: object) -> Directory:
        world.clock.advance(reaching.ALL_OTHERS_SECONDS + 1 if server == DC2 else 0)
        return real(*arguments, server=server, **options)  # type: ignore[arg-type]

    world.connector.connect = slow  # type: ignore[assignment]
    with world.service.reach.controllers(world.provider, within_seconds=seconds) as controllers:
        controllers.at(DC2)
        if is_asked:
            controllers.at(RODC)
        else:
            with pytest.raises(DirectoryUnavailable, match="others took the time"):
                controllers.at(RODC)


def test_that_another_domain_controller_must_answer_quickly(world: World, connections: Connections) -> None:
    with world.service.reach.controllers(world.provider) as controllers:
        controllers.at(DC2)
    assert connections.within[DC2] == reaching.OTHERS_SECONDS


def test_that_another_domain_controller_need_not_be_asked_what_the_main_one_has_told(
    world: World, connections: Connections
) -> None:
    with world.service.reach.controllers(world.provider) as controllers:
        controllers.at(DC2)
        assert connections.known == [None, controllers.main.info]


def test_that_no_candidate_but_the_last_may_take_all_the_time_of_a_pass(
    world: World, connections: Connections
) -> None:
    with world.service.reach.controllers(world.provider):
        """Which makes the others known."""
    connections.within.clear()
    with world.service.reach.controllers(world.provider, DC2, within_seconds=reaching.PASS_SECONDS):
        assert connections.within[DC2] == reaching.MAIN_SECONDS


def test_that_one_that_cannot_be_reached_is_left_alone_for_a_while(
    world: World, connections: Connections
) -> None:
    connections.dead.add(DC2)

    def ask(*, anew: bool = False) -> int:
        connections.tried.clear()
        with (
            world.service.reach.controllers(world.provider, anew=anew) as controllers,
            pytest.raises(DirectoryUnavailable, match="does not answer"),
        ):
            controllers.at(DC2)
        return connections.tried.count(DC2)

    assert ask() == 1
    assert ask() == 0
    assert ask(anew=True) == 1, "a person asks"
    world.clock.advance(reaching.UNREACHABLE_SECONDS - 1)
    assert ask() == 0
    world.clock.advance(2)
    assert ask() == 1


def test_that_one_that_answers_again_is_asked_as_before(world: World, connections: Connections) -> None:
    connections.dead.add(DC2)
    with world.service.reach.controllers(world.provider) as controllers, pytest.raises(DirectoryUnavailable):
        controllers.at(DC2)
    connections.dead.clear()
    world.clock.advance(reaching.UNREACHABLE_SECONDS)
    for _ in range(2):
        with world.service.reach.controllers(world.provider) as controllers:
            controllers.at(DC2)


def test_that_everything_can_be_broken_off_from_another_thread(
    world: World, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach, cancelled = world.service.reach, list[DemoDirectory]()

    def cancel(directory: DemoDirectory) -> None:
        cancelled.append(directory)

    monkeypatch.setattr(DemoDirectory, "cancel", cancel)
    with reach.controllers(world.provider) as controllers:
        hosts = [controllers.main.info.controller, controllers.at(DC2).info.controller]
        thread = threading.Thread(target=reach.cancel_all)
        thread.start()
        thread.join()
        assert sorted(d.info.controller for d in cancelled) == sorted(hosts)
    connections.tried.clear()
    with pytest.raises(Cancelled):
        reach.open_directory(world.provider)
    assert connections.tried == []


def test_that_a_connection_that_is_being_made_is_broken_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach, real = world.service.reach, world.connector.connect

    def connect(*arguments: object, cancel: CancelToken | None = None, **_: object) -> Directory:
        reach.cancel_all()
        assert cancel is not None
        assert cancel.is_cancelled
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(world.connector, "connect", connect)
    with pytest.raises(Cancelled):
        reach.open_directory(world.provider)
