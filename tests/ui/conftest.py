# SPDX-License-Identifier: MIT
"""What every test with windows shares: the application in our own look, light unless the test changes it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QDialog, QMainWindow, QMenu, QWidget

from jit_desktop.ui.theme import SchemePreference, apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


def pytest_configure(config: pytest.Config) -> None:
    # Said by Qt's offscreen platform about every window with a smallest size; it says nothing about our code.
    config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application in our own look, speaking English whatever the computer speaks."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    apply_theme(qapp, SchemePreference.LIGHT)
    return qapp


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    """Undo the scheme that a test chose."""
    yield
    apply_theme(qapp, SchemePreference.LIGHT)


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return "jit_desktop" in Path(frame.filename).parts


@pytest.fixture(autouse=True)
def _no_part_shows_before_it_has_its_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail where a part is shown, while it is built in, before it has a parent: it flashes up as a window."""
    flashes: list[str] = []

    def watched(method: Callable[..., None]) -> Callable[..., None]:
        def show(self: QWidget, *visible: bool) -> None:
            if all(visible) and self.parent() is None and not isinstance(self, (QDialog, QMainWindow, QMenu)):
                callers = [frame.name for frame in traceback.extract_stack(limit=6)[:-1] if _is_ours(frame)]
                if "__init__" in callers:
                    flashes.append(f"{type(self).__name__} in {callers}")
            method(self, *visible)

        return show

    for name in ("show", "setVisible"):
        monkeypatch.setattr(QWidget, name, watched(getattr(QWidget, name)))
    yield
    assert not flashes
