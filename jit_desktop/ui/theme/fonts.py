# SPDX-License-Identifier: MIT
"""The four text sizes in the family the system is used to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from jit_desktop.ui.theme.tokens import TextSize

FAMILIES: Final = ["Segoe UI Variable Text", "Segoe UI", "Inter", "Noto Sans", "DejaVu Sans"]
CODE_FAMILIES: Final = ["Cascadia Mono", "Consolas", "DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono"]

_POINTS: Final = {TextSize.CAPTION: 9.0, TextSize.BODY: 10.0, TextSize.HEADING: 12.0, TextSize.TITLE: 17.0}
_WEIGHTS: Final = {TextSize.HEADING: QFont.Weight.DemiBold, TextSize.TITLE: QFont.Weight.DemiBold}
_WINDOWS_POINTS: Final = 9.0
_LARGEST_TEXT_SCALE: Final = 2.25
_IS_WINDOWS: Final[bool] = sys.platform == "win32"


@cache
def text_scale() -> float:
    """How much larger than usual the user wants text, from 1.0.

    Windows tells it through the size of its message font (Settings > Accessibility > Text size, up to 225 %);
    elsewhere the whole screen is scaled instead and the answer is 1.0.
    """
    if not _IS_WINDOWS:
        return 1.0
    points = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    return min(max(points / _WINDOWS_POINTS, 1.0), _LARGEST_TEXT_SCALE)


def points(size: TextSize) -> float:
    """The point size of `size` with the user's own text scale."""
    return round(_POINTS[size] * text_scale(), 1)


@cache
def installed_families() -> tuple[str, ...]:
    """Those of our families that this computer has, the preferred one first (never empty)."""
    return _installed(FAMILIES) or (QFont().family(),)


def code_font() -> QFont:
    """A font of one width, for commands and digits of certificates, as large as other text.

    What Windows itself names as its fixed font is of the time of the typewriter, or is not there at all.
    """
    of_system = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result = QFont()
    result.setFamilies(list(_installed(CODE_FAMILIES) or (of_system.family(),)))
    result.setStyleHint(QFont.StyleHint.Monospace)
    result.setPointSizeF(points(TextSize.BODY))
    return result


def font(size: TextSize, *, tabular: bool = False) -> QFont:
    """A font of one of the four sizes.

    `tabular` gives all digits one width, for numbers that tick or stand under each other.
    """
    result = QFont()
    result.setFamilies(list(installed_families()))
    result.setPointSizeF(points(size))
    result.setWeight(_WEIGHTS.get(size, QFont.Weight.Normal))
    if tabular:
        result.setFeature(QFont.Tag.fromString("tnum"), 1)
    return result


def _installed(families: Sequence[str]) -> tuple[str, ...]:
    installed = set(QFontDatabase.families())
    return tuple(family for family in families if family in installed)
