# SPDX-License-Identifier: MIT
"""The same world as the main window's."""

from __future__ import annotations

from tests.ui.main_window.conftest import world

__all__ = ["world"]
