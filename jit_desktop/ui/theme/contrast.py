# SPDX-License-Identifier: MIT
"""How readable one colour is on another, by the definition of WCAG 2.2, so that the palette can be proved."""

from __future__ import annotations

from typing import Final

TEXT_MINIMUM: Final = 4.5
"""WCAG 1.4.3 (AA), text of ordinary size."""
CONTROL_MINIMUM: Final = 3.0
"""WCAG 1.4.11 (AA), outlines and icons that carry a meaning."""


def relative_luminance(color: str) -> float:
    """The relative luminance (0 black, 1 white) of `#RRGGBB`, as WCAG 2.2 defines it."""
    channels = []
    for position in (1, 3, 5):
        value = int(color[position : position + 2], 16) / 255
        channels.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = channels
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(first: str, second: str) -> float:
    """The contrast of two `#RRGGBB` colours, from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((relative_luminance(first), relative_luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)
