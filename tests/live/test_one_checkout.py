# SPDX-License-Identifier: MIT
"""One account, one checkout, whoever asks at the same moment and through which domain controller."""

from __future__ import annotations

import pytest

from tests.reliability.races import race_series
from tests.samba.pair import TwoControllers
from tests.samba.server import SambaDomain


@pytest.mark.timeout(300)
def test_that_no_race_on_one_controller_leaves_two(samba_domain: SambaDomain) -> None:
    outcome = race_series([samba_domain], races=5, copies=3)
    assert outcome.failures == []
    assert outcome.figures["granted_to_one"]


@pytest.mark.timeout(300)
def test_that_no_race_on_two_controllers_leaves_two(two_controllers: TwoControllers) -> None:
    outcome = race_series(two_controllers.domains, races=5)
    assert outcome.failures == []
    assert outcome.figures["granted_to_one"]
