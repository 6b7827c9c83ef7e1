"""What every test with windows shares: one look, no window left behind, no collection amid Qt's work."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from jit_desktop.ui.theme import SchemePreference, apply_theme

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_configure(config: pytest.Config) -> None:
    # Said by Qt's offscreen platform about every window with a smallest size; it says nothing about our code.
    config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application in our own look."""
    apply_theme(qapp, SchemePreference.LIGHT)
    return qapp


@pytest.fixture(autouse=True)
def no_window_outlives_its_test(qapp: QApplication) -> Iterator[None]:
    """Destroy every window after the test: pytest-qt only asks for it, and no loop delivers that.

    The cyclic collector waits meanwhile: it must not destroy Qt objects from another thread or in a paint.
    """
    gc.disable()
    yield
    for _ in range(2):  # a window destroyed may leave behind what it had borrowed
        for window in QApplication.topLevelWidgets():
            window.hide()
            window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    gc.enable()
    gc.collect()
    apply_theme(qapp, SchemePreference.LIGHT)
    left = [f"{type(window).__name__} {window.objectName()!r}" for window in QApplication.topLevelWidgets()]
    assert not left, f"windows left behind: {left}"
