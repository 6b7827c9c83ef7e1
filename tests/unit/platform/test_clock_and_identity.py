# SPDX-License-Identifier: MIT
"""The clock counts sleep, and the user is who the system says, not who he says."""

import os
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from jit_desktop.platform.clock import SystemClock
from jit_desktop.platform.identity import current_user
from jit_desktop.platform.paths import default_data_dir


def test_that_the_wall_clock_is_aware_and_utc() -> None:
    now = SystemClock().utc_now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_that_the_monotonic_clock_goes_on() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    assert clock.monotonic() >= before


@pytest.mark.skipif(sys.platform != "linux", reason="the clock of Linux")
def test_that_on_linux_the_monotonic_clock_counts_the_time_asleep() -> None:
    assert abs(SystemClock().monotonic() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 5


def test_that_sleeping_is_left_to_whoever_was_named() -> None:
    slept: list[float] = []
    SystemClock(sleep=slept.append).sleep(3.5)
    assert slept == [3.5]


@pytest.mark.skipif(sys.platform == "win32", reason="the names of POSIX")
def test_that_the_user_can_not_be_changed_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(variable, "somebody-else")
    name, at, host = current_user().partition("@")
    assert name
    assert name != "somebody-else"
    assert (at, host) == ("@", os.uname().nodename)


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_that_data_lives_where_the_desktop_standards_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert str(default_data_dir()) == "/somewhere/jit-desktop"
