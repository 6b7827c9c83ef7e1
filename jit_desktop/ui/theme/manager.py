# SPDX-License-Identifier: MIT
"""Puts palette, fonts and style sheet on the application and follows the system's light or dark."""

from __future__ import annotations

import logging
from typing import Final

from PySide6.QtCore import QDir, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from jit_desktop.resources import resource_path
from jit_desktop.ui.theme import fonts
from jit_desktop.ui.theme.stylesheet import STYLE_SEARCH_PATH, build_style_sheet
from jit_desktop.ui.theme.tokens import DARK, LIGHT, Scheme, SchemePreference, TextSize, Token

_logger = logging.getLogger("jit_desktop.ui")

_PINNED: Final = {
    SchemePreference.SYSTEM: Qt.ColorScheme.Unknown,
    SchemePreference.LIGHT: Qt.ColorScheme.Light,
    SchemePreference.DARK: Qt.ColorScheme.Dark,
}


class Theme(QObject):
    """The look that is on now; `scheme_changed` tells whoever keeps colours or icons to ask again."""

    scheme_changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._preference = SchemePreference.SYSTEM
        self._scheme: Scheme | None = None
        app.styleHints().colorSchemeChanged.connect(self._on_hints_color_scheme_changed)

    @property
    def preference(self) -> SchemePreference:
        """What was asked for."""
        return self._preference

    @property
    def scheme(self) -> Scheme:
        """The set of colours that is on."""
        return self._scheme or LIGHT

    def color(self, token: Token) -> QColor:
        """The colour that `token` means now; ask again after `scheme_changed`."""
        return QColor(self.scheme[token])

    def font(self, size: TextSize, *, tabular: bool = False) -> QFont:
        """A font of one of the four sizes; `tabular` gives all digits one width."""
        return fonts.font(size, tabular=tabular)

    def set_preference(self, preference: SchemePreference) -> None:
        """Follow the system or stay with one scheme, from now on."""
        self._preference = preference
        # Also dresses the window frame and the system's own dialogs, where the platform can.
        self._app.styleHints().setColorScheme(_PINNED[preference])
        self._dress()

    @Slot()
    def _on_hints_color_scheme_changed(self) -> None:
        self._dress()

    def _resolve(self) -> Scheme:
        match self._preference:
            case SchemePreference.LIGHT:
                return LIGHT
            case SchemePreference.DARK:
                return DARK
            case SchemePreference.SYSTEM:
                return DARK if self._is_system_dark() else LIGHT

    def _is_system_dark(self) -> bool:
        return self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark

    def _dress(self) -> None:
        scheme = self._resolve()
        if scheme is self._scheme:
            return
        self._scheme = scheme
        _logger.debug("Colour scheme %s", scheme.name)
        self._app.setPalette(build_palette(scheme))
        self._app.setStyleSheet(build_style_sheet(scheme))
        self.scheme_changed.emit()


def build_palette(scheme: Scheme) -> QPalette:
    """The palette for what the style sheet does not reach (Fusion's own drawing, rich text, delegates)."""
    role = QPalette.ColorRole
    wanted = {
        role.Window: Token.SURFACE,
        role.WindowText: Token.TEXT,
        role.Base: Token.SURFACE_RAISED,
        role.AlternateBase: Token.SURFACE,
        role.Text: Token.TEXT,
        role.PlaceholderText: Token.TEXT_MUTED,
        role.Button: Token.SURFACE_RAISED,
        role.ButtonText: Token.TEXT,
        role.BrightText: Token.DANGER,
        role.ToolTipBase: Token.SURFACE_RAISED,
        role.ToolTipText: Token.TEXT,
        role.Highlight: Token.SELECTION,
        role.HighlightedText: Token.TEXT,
        role.Accent: Token.FILL,
        role.Link: Token.TEXT,
        role.LinkVisited: Token.TEXT_MUTED,
        role.Light: Token.SURFACE_RAISED,
        role.Midlight: Token.HOVER,
        role.Mid: Token.BORDER,
        role.Dark: Token.BORDER_STRONG,
        role.Shadow: Token.BORDER_STRONG,
    }
    palette = QPalette()
    for color_role, token in wanted.items():
        palette.setColor(color_role, QColor(scheme[token]))
    for color_role in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, color_role, QColor(scheme[Token.TEXT_DISABLED]))
    return palette


_current: Theme | None = None


def apply_theme(app: QApplication, preference: SchemePreference = SchemePreference.SYSTEM) -> Theme:
    """Dress `app`; call it once before the first widget is made, and again to change the scheme."""
    global _current  # noqa: PLW0603 - one application has one look
    if _current is None or _current.parent() is not app:
        QDir.setSearchPaths(STYLE_SEARCH_PATH, [str(resource_path("style"))])
        app.setStyle("Fusion")
        app.setFont(fonts.font(TextSize.BODY))
        _current = Theme(app)
    _current.set_preference(preference)
    return _current


def theme() -> Theme:
    """The theme of the running application; RuntimeError where `apply_theme` was not called yet."""
    if _current is None:
        raise RuntimeError("apply_theme(app) must run before the first widget is made.")
    return _current
