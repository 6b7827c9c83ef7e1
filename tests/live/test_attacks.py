# SPDX-License-Identifier: MIT
"""The attempts to keep a right past its deadline that take little time; `make reliability` plays them all."""

from __future__ import annotations

import logging

import pytest

from tests.attacks.field import field_on
from tests.attacks.registry import Attack, all_attacks
from tests.samba.pair import TwoControllers

_SHORT = [one for one in all_attacks() if one.short]


@pytest.mark.timeout(300)
@pytest.mark.expects_log("")
@pytest.mark.parametrize("attack", _SHORT, ids=[f"{one.kind}: {one.name}" for one in _SHORT])
def test_that_no_right_outlives_its_deadline(two_controllers: TwoControllers, attack: Attack) -> None:
    # What goes wrong on purpose may be logged or not.
    logging.getLogger(__name__).warning("An attack begins: %s", attack.name)
    with field_on(two_controllers) as field:
        attack.play(field)
