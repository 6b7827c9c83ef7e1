# SPDX-License-Identifier: MIT
"""One chosen group, or one account, that a domain controller answers with an error keeps nothing else of what
it shows from being judged."""

from __future__ import annotations

from typing import Any

import pytest

from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.errors import DirectoryError, DirectoryUnavailable
from jit_desktop.elevation.identity import ObjectGuid
from tests.unit.elevation.helpers import MemoryStore
from tests.unit.elevation.test_adopting import HOUR, sweep
from tests.unit.elevation.world import World

ADMINS = "Remote Desktop Manager Admins"
DC1 = "dc1.corp.example.test"


@pytest.fixture
def world() -> World:
    return World()


def answered_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    what: ObjectGuid,
    error: type[DirectoryError] = DirectoryError,
    host: str = "",
) -> None:
    """As by *adminLimitExceeded* of one large group, or *operationsError* where no global catalog answers."""
    real = getattr(DemoDirectory, name)

    def asked(self: DemoDirectory, of: ObjectGuid, *more: Any, **options: Any) -> Any:
        if of == what and host in ("", self.info.controller):
            raise error("A limit of the directory is reached.", subject=str(of))
        return real(self, of, *more, **options)

    monkeypatch.setattr(DemoDirectory, name, asked)


def other_privilege(world: World) -> ObjectGuid:
    lent = world.privilege(ADMINS)
    return next(p.group.guid for p in world.provider.jit.privileges if p.group.guid != lent)


@pytest.mark.parametrize("request_name", ["member_links", "groups_in"])
def test_that_one_chosen_group_that_can_not_be_read_hides_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch, request_name: str
) -> None:
    world.check_out(seconds=HOUR)
    world.clock.advance(HOUR + 5)
    answered_with_an_error(monkeypatch, request_name, other_privilege(world))
    report = sweep(world, MemoryStore())
    assert not world.holds()
    assert "limit" in report.problem
    assert report.unsearched


def test_that_one_token_that_can_not_be_read_hides_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.clock.advance(HOUR + 5)
    other = next(a.account.guid for a in world.provider.accounts if a.account.guid != elevation.account.guid)
    answered_with_an_error(monkeypatch, "token_groups", other)
    report = sweep(world, MemoryStore())
    assert not world.holds()
    assert "limit" in report.problem


def test_that_a_group_whose_ways_can_not_be_read_is_judged_by_what_it_shows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    elevation = world.check_out(seconds=HOUR)
    assert elevation.group_guid is not None
    world.clock.advance(HOUR + 5)
    answered_with_an_error(monkeypatch, "is_member_of", elevation.group_guid)
    answered_with_an_error(monkeypatch, "has_members", elevation.group_guid)
    report = sweep(world, MemoryStore())
    assert report.is_alarm or not world.holds()
    assert report.problem


@pytest.mark.parametrize("error", [DirectoryError, DirectoryUnavailable], ids=["an error", "busy"])
def test_that_one_that_is_busy_with_one_question_answers_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[DirectoryError]
) -> None:
    world.check_out(seconds=HOUR)
    world.clock.advance(HOUR + 5)
    answered_with_an_error(monkeypatch, "member_links", world.privilege(ADMINS), error, DC1)
    report = sweep(world, MemoryStore())
    assert not world.holds()
    assert DC1 in dict(report.unsearched)


@pytest.mark.parametrize("error", [DirectoryError, DirectoryUnavailable], ids=["an error", "busy"])
def test_that_a_location_that_can_not_be_read_hides_nothing_of_the_chosen_groups(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[DirectoryError]
) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.clock.advance(HOUR + 5)
    answered_with_an_error(monkeypatch, "read", elevation.location.guid, error, DC1)
    report = sweep(world, MemoryStore())
    assert not world.holds()
    assert report.problem


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(DirectoryError, marks=pytest.mark.expects_log("markers of .* could not be removed")),
        DirectoryUnavailable,
    ],
    ids=["an error", "busy"],
)
def test_that_a_location_whose_markers_can_not_be_listed_keeps_no_end_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[DirectoryError]
) -> None:
    elevation = world.check_out(seconds=HOUR)
    world.clock.advance(HOUR + 5)
    answered_with_an_error(monkeypatch, "temporary_groups", elevation.location.guid, error, DC1)
    sweep(world, MemoryStore())
    assert not world.holds()
