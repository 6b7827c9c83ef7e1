# SPDX-License-Identifier: MIT
"""Safeguards that could be taken away without any test noticing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from jit_desktop.directory.demo import DemoDirectory
from jit_desktop.elevation.controllers import Controllers
from jit_desktop.elevation.errors import (
    AccountDisabled,
    DirectoryError,
    DirectoryUnavailable,
    JitError,
)
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid, SecurityId
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.ports import Directory, DirectoryEntry, DomainController, NotVisible
from tests.unit.elevation.world import World

DC1 = "dc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def test_that_an_expired_account_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = DemoDirectory.read

    def expired(self: DemoDirectory, what: ObjectGuid | DistinguishedName) -> DirectoryEntry:
        found = read(self, what)
        return replace(found, expired=True) if what == world.account() else found

    monkeypatch.setattr(DemoDirectory, "read", expired)
    with pytest.raises(AccountDisabled, match="has expired"):
        world.check_out()
    assert world.nothing_left()


def test_that_a_grant_without_effect_is_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The group is a member and the account is in it, and a logon would carry nothing of it."""

    def nothing(self: DemoDirectory, account: ObjectGuid | DistinguishedName) -> frozenset[SecurityId]:
        return frozenset()

    with monkeypatch.context() as patched:
        patched.setattr(DemoDirectory, "token_groups", nothing)
        with pytest.raises(JitError):
            world.check_out()
    assert world.nothing_left()


def test_that_one_that_cannot_be_reached_is_tried_once_however_many_are_ended(world: World) -> None:
    tried: list[str] = []

    def connect(host: str) -> Directory:
        tried.append(host)
        raise DirectoryUnavailable(f"{host} did not answer.", subject=host)

    with world.connector.connect(world.provider.connection) as main:
        away = DomainController("dc7.corp.example.test")
        listed: Sequence[DomainController] = [DomainController(main.info.controller), away]
        with Controllers(main, connect, listed=listed) as controllers:
            for _ in range(3):
                with pytest.raises(DirectoryError, match="did not answer"):
                    controllers.at(away.host)
                assert [a.problem for a in controllers.ask(lambda _: True)] == [
                    "",
                    "dc7.corp.example.test did not answer.",
                ]
    assert tried == [away.host]


def restored_without_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """DC1 comes back from a backup of before the grant, and has not heard of it since."""
    held, shown, sid = DemoDirectory.token_groups, DemoDirectory.temporary_group, None
    with world.connector.connect(world.provider.connection) as directory:
        sid = directory.read(world.privilege()).sid

    def token(self: DemoDirectory, account: ObjectGuid | DistinguishedName) -> frozenset[SecurityId]:
        return held(self, account) - {sid} if self.info.controller == DC1 else held(self, account)

    def group(self: DemoDirectory, what: ObjectGuid | DistinguishedName) -> object:
        return NotVisible("no such object") if self.info.controller == DC1 else shown(self, what)

    world.console.set_synchronized(DC1, synchronized=False)
    monkeypatch.setattr(DemoDirectory, "token_groups", token)
    monkeypatch.setattr(DemoDirectory, "temporary_group", group)


def test_that_a_writer_which_was_restored_without_it_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=7200)
    world.settle()
    with monkeypatch.context() as patched:
        restored_without_it(world, patched)
        for _ in range(4):
            world.clock.advance(30)
            world.tick()
        assert world.stored(elevation).state is State.ACTIVE
        world.clock.advance(7200)
        world.tick()
        stored = world.stored(elevation)
        assert stored.state is State.OVERDUE
        assert "is being promoted or restored" in stored.failure
    assert not world.holds(), "what takes it back is written all the same"
    world.console.set_synchronized(DC1, synchronized=True)
    world.clock.advance(300)
    world.tick()
    assert world.stored(elevation).state is State.ENDED


def test_that_what_is_taken_back_reaches_one_that_is_being_restored(world: World) -> None:
    host = "dc2.corp.example.test"
    world.console.set_synchronized(host, synchronized=False)
    with world.service.reach.controllers(world.provider) as controllers:
        for _ in range(2):
            assert [t.host for t in controllers.ask(lambda _: True) if t.problem] == [host]
            with pytest.raises(DirectoryUnavailable, match="promoted or restored"):
                controllers.at(host)
            assert controllers.at(host, proof=False).info.controller == host
