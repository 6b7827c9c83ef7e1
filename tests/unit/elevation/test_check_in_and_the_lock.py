# SPDX-License-Identifier: MIT
"""A check-in while another program holds the lock of the database: the rights go first."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from jit_desktop.directory.demo.directory import DemoDirectory
from jit_desktop.elevation.identity import ObjectGuid
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.memory import RememberingStore
from jit_desktop.store import SqliteStore
from tests.unit.elevation.world import ALICE, World

_WITHOUT_WAITING_SECONDS = 2.5
"""A lock is waited for twice as long."""


def test_that_no_lock_is_waited_for_before_the_rights_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    kept = SqliteStore(tmp_path)
    store = RememberingStore(kept, now=world.clock.utc_now, monotonic=time.monotonic)
    store.save_provider(world.provider, at=world.clock.utc_now(), actor=ALICE)
    service = world.another_copy(store)
    elevation = service.check_out(world.request(), world.recorder)
    world.clock.advance(30)
    written: list[float] = []
    real = DemoDirectory.empty_group

    def empty_group(directory: DemoDirectory, group: ObjectGuid) -> None:
        written.append(time.monotonic())
        real(directory, group)

    monkeypatch.setattr(DemoDirectory, "empty_group", empty_group)
    other = sqlite3.connect(tmp_path / "jit-desktop.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    service.check_in(elevation.id, world.recorder)
    assert written[0] - began < _WITHOUT_WAITING_SECONDS
    other.execute("ROLLBACK")
    other.close()
    world.clock.advance(30)
    service.tick(world.recorder)
    store.close()
    again = SqliteStore(tmp_path)
    assert again.elevation(elevation.id).state is State.ENDED
    again.close()
