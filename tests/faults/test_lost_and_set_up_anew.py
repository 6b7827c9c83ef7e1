# SPDX-License-Identifier: MIT
"""A domain that was set up anew by hand, under another id: what was lent before ends by that."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.lifecycle import State
from tests.faults.test_ending_without_the_store import Place, change, lose_the_database, place, save
from tests.unit.elevation.helpers import Recorder

__all__ = ["place"]
_JUST_OVER = 7201


@pytest.mark.parametrize("is_row_left", [True, False])
def test_that_it_ends_what_a_lost_provider_lent_that_nobody_can_sweep(
    place: Place,
    *,
    is_row_left: bool,
) -> None:
    given = place.lend()
    if is_row_left:
        change(place, "delete from provider")
    else:
        lose_the_database(place)
    again = replace(place.provider, id=ProviderId(str(uuid.uuid4())))
    save(place, again)
    place.world.clock.advance(_JUST_OVER)
    with place.running() as (service, store, _):
        assert store.missing_providers() == {place.provider.id}
        service.sweep(again.id, Recorder())
        assert not place.world.holds()
        place.world.clock.advance(10)
        service.sweep(again.id, Recorder())
        assert place.world.nothing_left()
        assert not service.alarms()
    (stored,) = [place.stored()]
    assert (stored.id, stored.state, stored.provider_id) == (given.id, State.ENDED, again.id)
