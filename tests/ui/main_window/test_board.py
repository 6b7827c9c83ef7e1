# SPDX-License-Identifier: MIT
"""The board: answers come in any order and it still tells one story."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from jit_desktop.elevation.identity import (
    DistinguishedName,
    ElevationId,
    ObjectGuid,
    ObjectRef,
    ProviderId,
)
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, GrantedPrivilege, Seen, Sight
from jit_desktop.ui.models.board import Board

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def ref(name: str) -> ObjectRef:
    return ObjectRef(ObjectGuid(name), DistinguishedName(f"CN={name},DC=corp,DC=example,DC=test"), name)


def elevation(
    number: int = 1, *, state: State = State.ACTIVE, revision: int = 1, seconds: int = 3600
) -> Elevation:
    return Elevation(
        id=ElevationId(f"e{number}"),
        provider_id=ProviderId("p"),
        account=ref(f"_account{number}"),
        privileges=(GrantedPrivilege(ref("Admins")),),
        group_name=f"JIT_{number}",
        location=ref("Vaults"),
        requested_by="CORP\\anna",
        requested_at=NOW,
        duration_seconds=seconds,
        deadline=NOW + timedelta(seconds=seconds),
        state=state,
        revision=revision,
        sight=Sight(NOW, Seen.AS_GRANTED),
    )


@pytest.fixture
def board(qtbot: QtBot) -> Board:
    return Board(lambda _provider: NOW, lambda e: e.is_alarm(NOW))


def test_that_a_late_older_reading_does_not_undo_a_newer_one(board: Board) -> None:
    board.take(elevation(revision=3))
    board.take(elevation(state=State.PROPAGATING, revision=2))
    assert [e.state for e in board.elevations] == [State.ACTIVE]


def test_that_a_late_reading_does_not_bring_back_what_has_ended(board: Board) -> None:
    board.take(elevation(revision=2))
    board.take(elevation(state=State.ENDED, revision=4))
    board.take(elevation(state=State.ENDING, revision=3))
    assert board.elevations == ()


def test_that_the_same_reading_twice_is_told_once(board: Board) -> None:
    heard: list[Elevation] = []
    board.elevation_changed.connect(heard.append)
    board.take(elevation())
    board.take(elevation())
    assert len(heard) == 1


def test_that_an_end_is_told_with_the_ended_elevation(board: Board) -> None:
    heard: list[Elevation] = []
    board.elevation_ended.connect(heard.append)
    board.take(elevation(revision=1))
    board.take(elevation(state=State.ENDED, revision=2))
    assert [(e.id, e.state) for e in heard] == [("e1", State.ENDED)]


def test_that_the_history_of_others_is_no_end_here(board: Board) -> None:
    heard: list[Elevation] = []
    board.elevation_ended.connect(heard.append)
    board.take(elevation(state=State.FAILED, revision=2))
    assert heard == []


def test_that_an_alarm_is_raised_once_for_each_elevation_that_becomes_overdue(board: Board) -> None:
    heard: list[str] = []
    board.overdue_found.connect(lambda e: heard.append(e.id))
    board.take(elevation(1))
    board.take(elevation(1, state=State.OVERDUE, revision=2))
    board.take(replace(elevation(1, state=State.OVERDUE, revision=3), attempts=2))
    board.take(elevation(2, state=State.OVERDUE))
    assert heard == ["e1", "e2"]


def test_that_who_has_an_account_is_known_while_it_is_open(board: Board) -> None:
    board.take(elevation(1))
    assert board.elevation_of(ObjectGuid("_account1")) == elevation(1)
    board.take(elevation(1, state=State.ENDED, revision=2))
    assert board.elevation_of(ObjectGuid("_account1")) is None
