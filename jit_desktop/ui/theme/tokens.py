# SPDX-License-Identifier: MIT
"""What a colour or a size means, so that no widget ever names a hexadecimal value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GRID: Final = 8
"""The spacing unit in device-independent pixels: margins and gaps are multiples (or the half) of it."""
GAP_TIGHT: Final = GRID // 2
GAP: Final = GRID
GAP_WIDE: Final = GRID * 2
MARGIN: Final = GRID * 3
"""The margin around the content of a window or dialog."""
CONTROL_HEIGHT: Final = 32
ICON_SMALL: Final = 16
ICON_MEDIUM: Final = 20
ICON_LARGE: Final = 32
RADIUS: Final = 4


class SchemePreference(StrEnum):
    """What the user chose: follow the system or stay with one scheme."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class TextSize(StrEnum):
    """The four text sizes; there is no fifth."""

    CAPTION = "caption"
    BODY = "body"
    HEADING = "heading"
    TITLE = "title"


class Token(StrEnum):
    """The meanings a colour can have."""

    SURFACE = "surface"
    """The window's own ground."""
    SURFACE_RAISED = "surface-raised"
    """What lies on it: lists, cards, input fields, menus."""
    HOVER = "hover"
    PRESSED = "pressed"
    SELECTION = "selection"
    """The neutral tint of what is selected; the accent is not used for it."""
    SELECTION_STRONG = "selection-strong"
    """Marked text inside an input field."""
    BORDER = "border"
    """Divides; carries no meaning."""
    BORDER_STRONG = "border-strong"
    """The outline by which a control is recognised: at least 3:1 (WCAG 1.4.11)."""
    FOCUS = "focus"
    TEXT = "text"
    TEXT_MUTED = "text-muted"
    TEXT_DISABLED = "text-disabled"
    ACCENT = "accent"
    """The one primary action of a window, and nothing else."""
    ACCENT_HOVER = "accent-hover"
    ACCENT_PRESSED = "accent-pressed"
    ON_ACCENT = "on-accent"
    DANGER = "danger"
    DANGER_SURFACE = "danger-surface"
    WARNING = "warning"
    WARNING_SURFACE = "warning-surface"
    SUCCESS = "success"
    SUCCESS_SURFACE = "success-surface"
    INFO = "info"
    INFO_SURFACE = "info-surface"
    SCROLL = "scroll"
    TRACK = "track"
    """The emptied part of a bar."""
    FILL = "fill"
    """The full part of a bar that shows nothing worrying."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One complete set of colours: every token has a value, as `#RRGGBB`."""

    name: str
    is_dark: bool
    colors: dict[Token, str]

    def __getitem__(self, token: Token) -> str:
        """The value of one token as `#RRGGBB`."""
        return self.colors[token]


LIGHT: Final = Scheme(
    "light",
    is_dark=False,
    colors={
        Token.SURFACE: "#F4F5F7",
        Token.SURFACE_RAISED: "#FFFFFF",
        Token.HOVER: "#ECEEF2",
        Token.PRESSED: "#E0E4EA",
        Token.SELECTION: "#DFE4EC",
        Token.SELECTION_STRONG: "#C9D1DD",
        Token.BORDER: "#DDE0E6",
        Token.BORDER_STRONG: "#868D99",
        Token.FOCUS: "#1B1E24",
        Token.TEXT: "#1B1E24",
        Token.TEXT_MUTED: "#555C68",
        Token.TEXT_DISABLED: "#969DA8",
        Token.ACCENT: "#1D57C4",
        Token.ACCENT_HOVER: "#1A4EB0",
        Token.ACCENT_PRESSED: "#174599",
        Token.ON_ACCENT: "#FFFFFF",
        Token.DANGER: "#B3261E",
        Token.DANGER_SURFACE: "#FCEBE9",
        Token.WARNING: "#855000",
        Token.WARNING_SURFACE: "#FFF3DC",
        Token.SUCCESS: "#166638",
        Token.SUCCESS_SURFACE: "#E5F4EA",
        Token.INFO: "#3F4A5C",
        Token.INFO_SURFACE: "#E9EDF3",
        Token.SCROLL: "#BEC4CD",
        Token.TRACK: "#CBD1DA",
        Token.FILL: "#5F6B7E",
    },
)

DARK: Final = Scheme(
    "dark",
    is_dark=True,
    colors={
        Token.SURFACE: "#1B1D21",
        Token.SURFACE_RAISED: "#25282D",
        Token.HOVER: "#2E3238",
        Token.PRESSED: "#393E46",
        Token.SELECTION: "#3A404A",
        Token.SELECTION_STRONG: "#4A5361",
        Token.BORDER: "#383C43",
        Token.BORDER_STRONG: "#848B97",
        Token.FOCUS: "#ECEEF1",
        Token.TEXT: "#ECEEF1",
        Token.TEXT_MUTED: "#AFB6C1",
        Token.TEXT_DISABLED: "#717884",
        Token.ACCENT: "#8AB4FF",
        Token.ACCENT_HOVER: "#9DC0FF",
        Token.ACCENT_PRESSED: "#739FEC",
        Token.ON_ACCENT: "#0A1F44",
        Token.DANGER: "#FF9D94",
        Token.DANGER_SURFACE: "#43211F",
        Token.WARNING: "#F5C062",
        Token.WARNING_SURFACE: "#3B2E15",
        Token.SUCCESS: "#7FD7A0",
        Token.SUCCESS_SURFACE: "#1B3726",
        Token.INFO: "#C3CBD8",
        Token.INFO_SURFACE: "#2E343D",
        Token.SCROLL: "#555B66",
        Token.TRACK: "#505763",
        Token.FILL: "#A6B0C0",
    },
)
