# SPDX-License-Identifier: MIT
"""What every test with windows shares: the application in our own look, light unless the test changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale

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
