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
from jit_desktop.elevation.ports import Directory, DirectoryEntry, DomainController
from tests.unit.elevation.world import World


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
