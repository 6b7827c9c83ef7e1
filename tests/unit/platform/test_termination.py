# SPDX-License-Identifier: MIT
"""Signals end the program in order, and those that somebody had ignored stay ignored."""

from __future__ import annotations

import signal
import sys

import pytest
from pytestqt.qtbot import QtBot

from jit_desktop.platform.termination import ends_by_signal


def test_that_a_signal_ends_it_in_the_event_loop(qtbot: QtBot) -> None:
    ended: list[str] = []
    with ends_by_signal(lambda: ended.append("ended")):
        signal.raise_signal(signal.SIGTERM)
        assert ended == []
        qtbot.wait_until(lambda: ended == ["ended"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_that_a_signal_that_nohup_ignores_stays_ignored(qtbot: QtBot) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ended: list[str] = []
        with ends_by_signal(lambda: ended.append("ended")):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
