# SPDX-License-Identifier: MIT
"""How long a pass may take, how quickly another domain controller must answer, and how all of it is broken
off."""

from __future__ import annotations

import threading
import time

import pytest

from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation import reaching
from jit_desktop.elevation.errors import Cancelled, DirectoryUnavailable
from jit_desktop.elevation.ports import CancelToken, Directory, DomainInfo
from tests.unit.elevation.world import World

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


def test_that_a_grant_has_no_limit_but_that_of_its_requests(world: World, connections: Connections) -> None:
    world.check_out()
    assert connections.within[""] is None


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
