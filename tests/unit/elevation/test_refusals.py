# SPDX-License-Identifier: MIT
"""Whom a refused password is offered again: not who refused it, and nobody where it is refused altogether."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from jit_desktop.elevation.errors import SignInFailed
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.ports import Directory
from jit_desktop.elevation.refusals import AGAIN_SECONDS
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.service import ElevationService
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings
from tests.unit.elevation.helpers import Recorder
from tests.unit.elevation.test_outliving import Kept
from tests.unit.elevation.world import World

DC1, DC2, RODC = "dc1.corp.example.test", "dc2.corp.example.test", "rodc1.corp.example.test"


@dataclass
class Doors:
    """A connector whose domain controllers know different passwords."""

    world: World
    known: dict[str, str]
    """By host, empty for the server of the settings."""
    refused: list[str] = field(default_factory=list)

    def connect(
        self, connection: ConnectionSettings, password: Secret | None, *, server: str = "", **_: object
    ) -> Directory:
        assert password is not None
        if password.reveal() != self.known.get(server, self.known[""]):
            self.refused.append(server)
            raise SignInFailed("The directory does not accept this name and password.", subject=server)
        return self.world.connector.connect(connection, password, server=server)

    def certificate_fingerprint(self, connection: ConnectionSettings) -> str:
        return ""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def doors(world: World) -> Doors:
    return Doors(world, {"": "new"})


@pytest.fixture
def service(world: World, doors: Doors) -> ElevationService:
    connection = ConnectionSettings(method=ConnectionMethod.LDAPS, bind_as="svc-jit@corp.example.test")
    world.change(replace(world.provider, connection=connection))
    return ElevationService(
        store=world.store, connector=doors, secrets=Kept("new"), clock=world.clock, actor="CORP\\alice"
    )


def test_that_one_that_has_not_heard_of_a_new_password_delays_no_end_at_the_others(
    world: World, doors: Doors, service: ElevationService
) -> None:
    doors.known[DC2] = "old"
    elevation = service.check_out(world.request(seconds=600), Recorder())
    assert doors.refused
    world.clock.advance(590)
    for _ in range(12):
        world.clock.advance(1)
        service.tick(Recorder())
    assert not world.holds()
    assert service.sweep(elevation.provider_id, Recorder()).problem == ""


def test_that_it_alone_is_left_alone_and_offered_the_password_once_in_five_minutes(
    world: World, doors: Doors, service: ElevationService
) -> None:
    doors.known[DC2] = "old"
    service.check_out(world.request(seconds=3600), Recorder())
    doors.refused.clear()
    for _ in range(2 * AGAIN_SECONDS // 15):
        world.clock.advance(15)
        service.tick(Recorder())
        service.sweep(world.provider.id, Recorder())
    assert 1 <= len(doors.refused) <= 2
    assert set(doors.refused) == {DC2}


def test_that_an_end_there_is_confirmed_when_it_has_heard_of_it(
    world: World, doors: Doors, service: ElevationService
) -> None:
    doors.known[DC2] = "old"
    elevation = service.check_out(world.request(seconds=600), Recorder())
    world.clock.advance(601)
    for _ in range(4):
        world.clock.advance(7)
        service.tick(Recorder())
    ended = world.stored(elevation)
    assert (ended.state, DC2 in ended.unconfirmed_on) == (State.ENDED, True)
    del doors.known[DC2]
    world.clock.advance(3600)
    service.sweep(elevation.provider_id, Recorder())
    assert world.stored(elevation).unconfirmed_on == ()


def test_that_a_password_that_was_changed_is_not_offered_to_one_after_the_other(
    world: World, doors: Doors, service: ElevationService
) -> None:
    """All have taken it before."""
    elevation = service.check_out(world.request(seconds=3600), Recorder())
    world.settle()
    service.sweep(elevation.provider_id, Recorder())
    doors.known[""] = "newer"
    for _ in range(AGAIN_SECONDS // 15 - 1):
        world.clock.advance(15)
        assert isinstance(service.tick(Recorder()).problems[elevation.provider_id], SignInFailed)
        service.sweep(elevation.provider_id, Recorder())
    assert len(doors.refused) == 1


def test_that_where_the_server_of_the_settings_has_not_heard_of_it_one_serves_that_has(
    world: World, doors: Doors, service: ElevationService
) -> None:
    elevation = service.check_out(world.request(seconds=600), Recorder())
    assert elevation.domain_controller == DC1
    doors.known = {"": "old", DC1: "old", DC2: "new"}
    another = ElevationService(
        store=world.store, connector=doors, secrets=Kept("new"), clock=world.clock, actor="CORP\\bob"
    )
    with another.open_directory(world.provider, server=DC2):
        pass
    world.clock.advance(timedelta(minutes=10).total_seconds() + 1)
    another.tick(Recorder())
    assert not world.holds(server=DC2)
