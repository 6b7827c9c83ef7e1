# SPDX-License-Identifier: MIT
"""Icons of our own, drawn sharp at every scale and coloured by what they mean."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final, Protocol

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from jit_desktop.resources import resource_path
from jit_desktop.ui.theme.manager import theme
from jit_desktop.ui.theme.tokens import ICON_LARGE, ICON_MEDIUM, ICON_SMALL, Token

_PLACEHOLDER: Final = b"currentColor"
_LOGICAL_SIZES: Final = (ICON_SMALL, ICON_MEDIUM, 24, ICON_LARGE, 48)
_DEVICE_RATIOS: Final = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
_DEVICE_SIZES: Final = sorted({round(size * ratio) for size in _LOGICAL_SIZES for ratio in _DEVICE_RATIOS})
_APP_ICON_SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 96, 128, 256)


class HasIcon(Protocol):
    """Anything Qt lets us put an icon on: buttons and actions."""

    def setIcon(self, icon: QIcon, /) -> None:
        """Show `icon`."""


@cache
def icon_names() -> frozenset[str]:
    """The names that `icon` knows."""
    return frozenset(path.stem for path in resource_path("icons").glob("*.svg"))


def icon(name: str, token: Token = Token.TEXT) -> QIcon:
    """The icon `name` in the colour that `token` means now.

    It does not follow a later change of the scheme; `bind_icon` does. Raises LookupError for an unknown name.
    """
    current = theme()
    return _icon(name, current.scheme[token], current.scheme[Token.TEXT_DISABLED])


def pixmap(name: str, size: int, device_ratio: float, token: Token = Token.TEXT) -> QPixmap:
    """The icon `name` drawn for exactly `size` device-independent pixels on a screen of `device_ratio`."""
    return _pixmap(name, theme().scheme[token], round(size * device_ratio), device_ratio)


def app_icon() -> QIcon:
    """The program's own icon, for windows and the tray; it has its own colours in both schemes."""
    return _app_icon()


class _IconBinding(QObject):
    """Repaints the icon of its parent when the scheme changes, and dies with it."""

    def __init__(self, target: QObject, name: str, token: Token) -> None:
        super().__init__(target)
        self.show(name, token)
        theme().scheme_changed.connect(self._on_theme_scheme_changed)

    def show(self, name: str, token: Token) -> None:
        self._name = name
        self._token = token
        self._on_theme_scheme_changed()

    @Slot()
    def _on_theme_scheme_changed(self) -> None:
        target = self.parent()
        if target is not None:
            target.setIcon(icon(self._name, self._token))  # type: ignore[attr-defined]


def bind_icon(target: HasIcon, name: str, token: Token = Token.TEXT) -> None:
    """Put the icon `name` on a button or action and keep its colour right when the scheme changes."""
    assert isinstance(target, QObject)
    binding = target.findChild(_IconBinding, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if isinstance(binding, _IconBinding):
        binding.show(name, token)
    else:
        _IconBinding(target, name, token)


@lru_cache(maxsize=512)
def _icon(name: str, color: str, disabled_color: str) -> QIcon:
    result = QIcon()
    for size in _DEVICE_SIZES:
        drawn = _pixmap(name, color, size, 1.0)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
            result.addPixmap(drawn, mode)
        result.addPixmap(_pixmap(name, disabled_color, size, 1.0), QIcon.Mode.Disabled)
    return result


@cache
def _app_icon() -> QIcon:
    result = QIcon()
    for size in _APP_ICON_SIZES:
        result.addPixmap(_draw(resource_path("icons", "app.svg").read_bytes(), size))
    return result


@lru_cache(maxsize=4096)
def _pixmap(name: str, color: str, device_size: int, device_ratio: float) -> QPixmap:
    drawn = _draw(_source(name).replace(_PLACEHOLDER, color.encode("ascii")), device_size)
    drawn.setDevicePixelRatio(device_ratio)
    return drawn


@cache
def _source(name: str) -> bytes:
    if name not in icon_names():
        raise LookupError(f"There is no icon named {name!r} in resources/icons.")
    return resource_path("icons", f"{name}.svg").read_bytes()


def _draw(svg: bytes, device_size: int) -> QPixmap:
    drawn = QPixmap(QSize(device_size, device_size))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, device_size, device_size))
    painter.end()
    return drawn
