# SPDX-License-Identifier: MIT
"""Nothing of ours runs any more, and the directory ends the elevation: seen in the real domain.

Samba stands behind what imitates Windows Server; see `tests/samba/windows_like` for what that is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation, Guarantee, Mechanism
from jit_desktop.elevation.service import ElevationService
from jit_desktop.store import SqliteStore
from tests.faults.live_world import LiveWorld, live_world
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain
from tests.samba.windows_like import WindowsLikeProxy

HOUR = 3600


@dataclass
class Windows:
    """A world in front of an imitated Windows forest."""

    world: LiveWorld
    proxy: WindowsLikeProxy
    folder: Path

    def check_out(self, seconds: int) -> Elevation:
        return self.world.check_out(seconds=seconds)

    def kill(self) -> None:
        """From here on nothing of ours runs: its connections are cut and nobody comes through again."""
        self.proxy.refuse()
        self.world.store.close()

    def pass_until(self, moment: datetime, *, but_for: float = 0) -> None:
        """Let time pass until so many seconds before ``moment``."""
        self.proxy.clock.advance((moment - self.proxy.clock.now()).total_seconds() - but_for)

    def start_again(self, store: SqliteStore) -> ElevationService:
        self.proxy.mend()
        return self.world.another_copy(store)


@pytest.fixture(params=["dynamic group", "memberships", "both"])
def windows(
    request: pytest.FixtureRequest,
    samba_domain: SambaDomain,
    arena: Arena,
    windows_like: WindowsLikeProxy,
    tmp_path: Path,
) -> Iterator[Windows]:
    windows_like.forest.dynamic_objects = request.param != "memberships"
    windows_like.forest.ttl_links = request.param != "dynamic group"
    with live_world(samba_domain, arena, windows_like, tmp_path / "data") as world:
        yield Windows(world, windows_like, tmp_path / "data")


def test_that_the_directory_ends_an_elevation_of_a_dead_program(windows: Windows) -> None:
    elevation = windows.check_out(HOUR)
    assert elevation.guarantee is Guarantee.DIRECTORY
    windows.kill()
    windows.pass_until(elevation.deadline, but_for=30)
    assert windows.world.holds_all()
    windows.pass_until(elevation.deadline, but_for=-2)
    assert windows.world.holds_none()


def test_that_what_the_directory_promises_is_what_it_does(windows: Windows) -> None:
    elevation = windows.check_out(HOUR)
    promised = elevation.directory_ends_at
    assert promised is not None
    assert abs((promised - elevation.deadline).total_seconds()) <= 2
    windows.kill()
    # Clock and times to live count whole seconds, and are read one after the other.
    windows.pass_until(promised, but_for=-5)
    assert windows.world.holds_none()


def test_that_the_next_start_finds_it_ended_and_raises_no_alarm(windows: Windows) -> None:
    elevation = windows.check_out(HOUR)
    windows.kill()
    windows.pass_until(elevation.deadline, but_for=-600)
    with SqliteStore(windows.folder) as store:
        report = windows.start_again(store).sweep(windows.world.provider.id, windows.world.recorder)
        assert store.elevation(elevation.id).state is State.ENDED
    assert report.problem == ""
    assert report.overdue == ()
    assert windows.world.nothing_left()


def test_that_an_extension_is_kept_by_the_directory_too(windows: Windows) -> None:
    elevation = windows.check_out(HOUR)
    later = windows.world.service.extend(elevation.id, HOUR, windows.world.recorder)
    assert later.deadline > elevation.deadline
    windows.kill()
    windows.pass_until(elevation.deadline, but_for=-60)
    assert windows.world.holds_all()
    windows.pass_until(later.deadline, but_for=-2)
    assert windows.world.holds_none()


def test_that_a_check_in_does_not_wait_for_the_directory(windows: Windows) -> None:
    elevation = windows.check_out(HOUR)
    ended = windows.world.service.check_in(elevation.id, windows.world.recorder)
    assert ended.state is State.ENDED
    assert windows.world.nothing_left()


def test_that_a_time_below_the_minimum_of_the_forest_is_ended_by_the_program_or_late_by_the_directory(
    samba_domain: SambaDomain, arena: Arena, windows_like: WindowsLikeProxy, tmp_path: Path
) -> None:
    with live_world(samba_domain, arena, windows_like, tmp_path / "data") as world:
        windows = Windows(world, windows_like, tmp_path / "data")
        elevation = windows.check_out(300)
        assert elevation.directory_ends_at is not None
        assert elevation.directory_ends_at > elevation.deadline
        windows.kill()
        windows.pass_until(elevation.deadline, but_for=-2)
        assert world.holds_all()
        windows.pass_until(elevation.directory_ends_at, but_for=-2)
        assert world.nothing_left()


def test_that_the_program_ends_it_on_time_where_the_directory_would_be_late(
    samba_domain: SambaDomain, arena: Arena, windows_like: WindowsLikeProxy, tmp_path: Path
) -> None:
    with live_world(samba_domain, arena, windows_like, tmp_path / "data") as world:
        elevation = world.check_out(seconds=300)
        windows_like.clock.advance(301)
        world.service.tick(world.recorder)
        assert world.the_one().state is State.ENDED
        assert world.the_one().id == elevation.id
        assert world.nothing_left()


def test_that_a_directory_that_promises_nothing_is_not_relied_upon(
    samba_domain: SambaDomain, arena: Arena, windows_like: WindowsLikeProxy, tmp_path: Path
) -> None:
    windows_like.forest.dynamic_objects = False
    with live_world(samba_domain, arena, windows_like, tmp_path / "data") as world:
        elevation = world.check_out(seconds=HOUR)
        assert elevation.guarantee is Guarantee.PROGRAM
        assert elevation.mechanism is Mechanism.NONE
        windows_like.clock.advance(HOUR + 1)
        assert world.holds_all()
        world.service.tick(world.recorder)
        assert world.nothing_left()
