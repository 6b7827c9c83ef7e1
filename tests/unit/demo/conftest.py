# SPDX-License-Identifier: MIT
"""A demo domain of its own for each test, whose time stands still until the test moves it."""

from collections.abc import Iterator

import pytest

from jit_desktop.directory.demo import (
    DemoConnector,
    DemoConsole,
    DemoDirectory,
    FaultPlan,
    demo_factory,
    demo_provider,
)
from tests.unit.elevation.helpers import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def faults() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def connector(clock: ManualClock, faults: FaultPlan) -> DemoConnector:
    return demo_factory(None, clock, faults=faults, latency_seconds=0)


@pytest.fixture
def console(connector: DemoConnector) -> DemoConsole:
    return DemoConsole(connector.domain)


@pytest.fixture
def directory(connector: DemoConnector) -> Iterator[DemoDirectory]:
    """A connection to the first domain controller as the example provider makes it."""
    with connector.connect(demo_provider().connection) as connection:
        yield connection
