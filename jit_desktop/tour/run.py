# SPDX-License-Identifier: MIT
"""Sets the stage for a tour: an empty data folder, the demo domain, a clock that can skip."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from jit_desktop.app import application
from jit_desktop.directory.demo import FaultPlan
from jit_desktop.tour.album import Album
from jit_desktop.tour.clock import TourClock
from jit_desktop.tour.script import Script
from jit_desktop.ui.theme import SchemePreference, apply_theme
from jit_desktop.window import make_qt, windows

PERSON = "CORP\\anna.lindqvist"
"""Who walks: a person of the demo domain, the same on every computer."""


def walk(data_dir: Path, out: Path, scheme: str, say: Callable[[str], None]) -> list[Path]:
    """Walk through the program with its state in ``data_dir``; returns the pictures, which are in ``out``.

    Raises :class:`~jit_desktop.tour.hands.NotThere` where the program does not do what it should.
    """
    qt = make_qt(sys.argv[:1])
    apply_theme(qt, SchemePreference(scheme))
    # Nobody points at anything: what happens to lie under the pointer would be shown as pointed at.
    QCursor.setPos(qt.primaryScreen().geometry().bottomRight())
    clock = TourClock()
    faults = FaultPlan()
    album = Album(out)
    with (
        application(data_dir, clock=clock, actor=PERSON, faults=faults) as app,
        windows(app, pretends=True) as shell,
    ):
        Script(shell, app.store, clock, faults, album).play(lambda part: say(f"… {part} ({scheme})"))
    QApplication.processEvents()
    return album.pictures
