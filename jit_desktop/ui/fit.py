# SPDX-License-Identifier: MIT
"""Gives a dialog the height that its wrapped text needs at its width; Qt guesses it from another width."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog


def fit_height(dialog: QDialog) -> None:
    """Make ``dialog`` as high as its layout needs at its present width; call it from ``showEvent``."""
    layout = dialog.layout()
    if layout is not None and layout.hasHeightForWidth():
        layout.activate()
        dialog.resize(dialog.width(), layout.totalHeightForWidth(dialog.width()))
