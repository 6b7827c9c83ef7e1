# SPDX-License-Identifier: MIT
"""The messages over the list: one banner for each thing that is the matter, the alarm first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from jit_desktop.ui.theme import GAP
from jit_desktop.ui.widgets import Banner, Severity

LAST = 9
"""The rank of a message that is no alarm."""


class BannerStack(QWidget):
    """Banners by key, each with the object name ``banner.<key>``."""

    action_requested = Signal(str)
    """The key of the banner whose button was pressed."""
    dismissed = Signal(str)
    """The key of the banner that somebody has closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._banners: dict[str, Banner] = {}
        self._ranks: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._dismissed: dict[str, str] = {}
        self._shown: dict[str, tuple[str, Severity, str, bool]] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self.hide()

    def show_message(
        self,
        key: str,
        text: str,
        severity: Severity,
        *,
        action: str = "",
        dismissible: bool = True,
        rank: int = LAST,
    ) -> None:
        """Show what is the matter under ``key``; a lower ``rank`` puts it above those with a higher one.

        The same text does not come back once it was dismissed.
        """
        if dismissible and self._dismissed.get(key) == text:
            return
        self._dismissed.pop(key, None)
        banner = self._banners.get(key)
        if banner is None:
            banner = Banner()
            banner.setObjectName(f"banner.{key}")
            banner.action_requested.connect(lambda: self.action_requested.emit(key))
            banner.dismissed.connect(lambda: self._on_banner_dismissed(key))
            self._banners[key] = banner
            self._layout.insertWidget(sum(other <= rank for other in self._ranks.values()), banner)
            self._ranks[key] = rank
        shown = (text, severity, action, dismissible)
        if banner.isHidden() or self._shown.get(key) != shown:
            self._shown[key] = shown
            banner.show_message(text, severity, action=action, dismissible=dismissible)
        self._texts[key] = text
        self._update()

    def clear(self, key: str) -> None:
        """Nothing is the matter under ``key`` any more."""
        self._dismissed.pop(key, None)
        banner = self._banners.get(key)
        if banner is not None:
            banner.clear()
            self._update()

    def shown_keys(self) -> list[str]:
        """The keys of the banners that are shown."""
        return [key for key, banner in self._banners.items() if not banner.isHidden()]

    def text(self, key: str) -> str:
        """What a banner says; empty where it is not shown."""
        return self._banners[key].text if key in self.shown_keys() else ""

    def _on_banner_dismissed(self, key: str) -> None:
        self._dismissed[key] = self._texts[key]
        self._update()
        self.dismissed.emit(key)

    def _update(self) -> None:
        self.setVisible(bool(self.shown_keys()))
