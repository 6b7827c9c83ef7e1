# SPDX-License-Identifier: MIT
"""Two real domain controllers, one of which says yesterday or tomorrow, looked at past the program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jit_desktop.elevation.errors import ClockDoubtful
from jit_desktop.elevation.lifecycle import State
from jit_desktop.elevation.model import Elevation
from jit_desktop.elevation.service import ElevationService
from jit_desktop.store import SqliteStore
from tests.faults.live_world import LiveWorld
from tests.faults.proxy import LdapProxy, Message, Translator
from tests.live.relay import Relay
from tests.samba.arena import arena
from tests.samba.pair import TwoControllers, seconds_until
from tests.samba.windows_like.messages import ENTRY, Entry, Parts

DAY = timedelta(days=1)
SECONDS = 8
"""How long it is lent."""


class ClockProxy(LdapProxy):
    """In front of dc1, whose clock it shows with an ``offset``."""

    offset = timedelta(0)

    def translator(self) -> Translator | None:
        return _OtherTime(self)


class _OtherTime:
    is_waiting = False

    def __init__(self, proxy: ClockProxy) -> None:
        self._proxy = proxy

    def request(self, message: Message) -> tuple[Message | None, list[Message]]:
        return message, []

    def answer(self, message: Message) -> list[Message]:
        if message.tag != ENTRY or b"currentTime" not in message.raw:
            return [message]
        parts = Parts.of(message)
        entry = Entry.of(parts.body)
        shown = entry.get("currentTime")
        if shown is not None:
            right = datetime.strptime(shown.values[0].decode(), "%Y%m%d%H%M%S.0Z")  # noqa: DTZ007
            shown.values = [(right + self._proxy.offset).strftime("%Y%m%d%H%M%S.0Z").encode()]
        parts.body = entry.body()
        return [parts.message()]


class World(LiveWorld):
    pair: TwoControllers
    proxy: ClockProxy

    def restarted(self) -> ElevationService:
        """The program started again on the same database."""
        return self.another_copy(self.store)

    def holds_on(self) -> list[str]:
        """Hosts of the domain controllers at which the account has any of the rights."""
        found = []
        for domain in self.pair.domains:
            with domain.verifier() as verifier:
                if any(verifier.is_effective_member(self.arena.account, dn) for dn in self.arena.targets):
                    found.append(domain.host)
        return found

    def lent(self) -> Elevation:
        elevation = self.check_out(seconds=SECONDS)
        assert self.holds_on(), "else nothing is shown by its end"
        return elevation


@pytest.fixture
def world(two_controllers: TwoControllers, tmp_path: Path) -> Iterator[World]:
    pair = two_controllers
    with (
        arena(pair.dc1) as corner,
        ClockProxy.in_front_of(pair.dc1) as proxy,
        # The same port leads to dc2 as it is: a port is one of the provider's settings.
        Relay(pair.dc2.address, pair.dc2.ldaps_port, at=(pair.dc2.address, proxy.port)),
        SqliteStore(tmp_path / "data") as store,
    ):
        pair.await_replication()
        made = World(pair.dc1, corner, proxy, store)
        made.pair = pair
        yield made


def wait_for(moment: datetime, world: World) -> None:
    """Until ``moment``, by the clock of the computer that both run on."""
    time.sleep(max(0.0, (moment - world.clock.utc_now()).total_seconds()) + 1)


@pytest.mark.parametrize("fresh", [True, False], ids=["a fresh sweep", "a running service"])
@pytest.mark.parametrize("dc2_is_away", [True, False], ids=["dc2 away", "dc2 there"])
def test_that_a_domain_controller_that_says_yesterday_lengthens_nothing(
    world: World, *, fresh: bool, dc2_is_away: bool
) -> None:
    elevation = world.lent()
    world.proxy.offset = -DAY
    if dc2_is_away:
        world.pair.await_replication()
        world.pair.stop(world.pair.dc2)
    wait_for(elevation.deadline, world)
    service = world.restarted() if fresh else world.service
    began = time.monotonic()
    service.sweep(world.provider.id, world.recorder)
    assert time.monotonic() - began < 15
    if dc2_is_away:
        world.pair.start()
    seconds_until(lambda: world.holds_on() == [])
    assert world.the_one().state is not State.ACTIVE


def test_that_a_domain_controller_that_says_tomorrow_shortens_nothing(world: World) -> None:
    world.check_out(seconds=600)
    world.pair.await_replication()
    world.proxy.offset = DAY
    for service in (world.service, world.restarted()):
        report = service.sweep(world.provider.id, world.recorder)
        assert (report.ended, report.overdue, report.problem) == ((), (), "")
    assert world.holds_on() == [d.host for d in world.pair.domains]


@pytest.mark.parametrize("offset", [DAY, -DAY], ids=["tomorrow", "yesterday"])
def test_that_nothing_is_reckoned_by_a_domain_controller_that_another_one_contradicts(
    world: World, offset: timedelta
) -> None:
    world.proxy.offset = offset
    with world.service.reach.controllers(world.provider):
        clock = world.service.reach.domain_clock(world.provider.id)
        with pytest.raises(ClockDoubtful, match=r"dc1.*dc2.*this computer"):
            clock.require_trusted()
        assert abs(clock.now() - world.clock.utc_now()) < timedelta(minutes=1)
    world.proxy.offset = timedelta(0)
    with world.service.reach.controllers(world.provider):
        clock.require_trusted()


def test_that_what_a_wrong_domain_controller_lent_is_due_as_soon_as_it_is_known(world: World) -> None:
    # As a copy that believes one clock: both that it has are a day ahead.
    world.proxy.offset = DAY
    world.pair.stop(world.pair.dc2)
    believed = world.service.reach.domain_clock(world.provider.id)
    believed.require_trusted = lambda: None  # type: ignore[method-assign]
    elevation = world.check_out(seconds=60)
    world.pair.start()
    world.proxy.offset = timedelta(0)
    service = world.restarted()
    with service.reach.controllers(world.provider):
        clock = service.reach.domain_clock(world.provider.id)
        clock.require_trusted()
        assert world.the_one().is_due(clock.time_for(elevation))
