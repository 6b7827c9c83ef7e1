# SPDX-License-Identifier: MIT
"""The look, proved: readable in both schemes, one accent, the same height everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QFontMetricsF, QIcon, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QSpinBox,
    QStatusBar,
    QStyle,
    QStyleOptionButton,
    QTableView,
    QToolButton,
    QWidget,
)

from jit_desktop.resources import resource_path
from jit_desktop.ui.theme import (
    CONTROL_HEIGHT,
    Role,
    SchemePreference,
    TextSize,
    Theme,
    Token,
    apply_theme,
    bind_icon,
    code_font,
    icon,
    icon_names,
    pad_spin_box,
    pixmap,
    set_role,
    theme,
)
from jit_desktop.ui.theme.contrast import CONTROL_MINIMUM, TEXT_MINIMUM, contrast_ratio
from jit_desktop.ui.theme.stylesheet import build_style_sheet
from jit_desktop.ui.theme.tokens import DARK, LIGHT, Scheme

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

GROUNDS = (Token.SURFACE, Token.SURFACE_RAISED, Token.HOVER, Token.SELECTION)
SEVERITIES = (
    (Token.DANGER, Token.DANGER_SURFACE),
    (Token.WARNING, Token.WARNING_SURFACE),
    (Token.SUCCESS, Token.SUCCESS_SURFACE),
    (Token.INFO, Token.INFO_SURFACE),
)
READ_ON = (
    *((Token.TEXT, ground) for ground in (*GROUNDS, Token.PRESSED, Token.SELECTION_STRONG)),
    *((Token.TEXT_MUTED, ground) for ground in GROUNDS),
    *((Token.ON_ACCENT, ground) for ground in (Token.ACCENT, Token.ACCENT_HOVER, Token.ACCENT_PRESSED)),
    *SEVERITIES,
    *((Token.TEXT, ground) for _, ground in SEVERITIES),
    *((token, ground) for token, _ in SEVERITIES for ground in (Token.SURFACE, Token.SURFACE_RAISED)),
    # Time left in a selected row.
    (Token.WARNING, Token.SELECTION),
    (Token.DANGER, Token.SELECTION),
)
SEEN_ON = (
    *((Token.BORDER_STRONG, ground) for ground in (Token.SURFACE, Token.SURFACE_RAISED)),
    *((Token.FOCUS, ground) for ground in GROUNDS),
    *((Token.ACCENT, ground) for ground in (Token.SURFACE, Token.SURFACE_RAISED)),
    *((Token.FILL, ground) for ground in (Token.TRACK, Token.SURFACE_RAISED, Token.SELECTION)),
    (Token.WARNING, Token.TRACK),
    (Token.DANGER, Token.TRACK),
)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
def test_that_text_is_readable(scheme: Scheme) -> None:
    assert _too_weak(scheme, READ_ON, TEXT_MINIMUM) == {}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
def test_that_controls_are_recognisable(scheme: Scheme) -> None:
    assert _too_weak(scheme, SEEN_ON, CONTROL_MINIMUM) == {}


def _too_weak(scheme: Scheme, pairs: tuple[tuple[Token, Token], ...], minimum: float) -> dict[str, float]:
    ratios = {f"{ink} on {ground}": contrast_ratio(scheme[ink], scheme[ground]) for ink, ground in pairs}
    return {pair: ratio for pair, ratio in ratios.items() if ratio < minimum}


def test_that_contrast_is_counted_as_wcag_defines_it() -> None:
    assert contrast_ratio("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast_ratio("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast_ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast_ratio("#123456", "#123456") == 1.0


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
def test_that_every_token_has_a_colour(scheme: Scheme) -> None:
    assert set(scheme.colors) == set(Token)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", value) for value in scheme.colors.values())


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
def test_that_the_accent_is_for_the_primary_action_only(scheme: Scheme, qapp: QApplication) -> None:
    accents = {scheme[token] for token in (Token.ACCENT, Token.ACCENT_HOVER, Token.ACCENT_PRESSED)}
    others = {value for token, value in scheme.colors.items() if "accent" not in token}
    assert not accents & others
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", build_style_sheet(scheme))
    coloured = [selector.strip() for selector, body in rules if any(accent in body for accent in accents)]
    assert coloured
    assert all('[role="primary"]' in selector for selector in coloured)
    palette = qapp.palette()
    assert palette.highlight().color().name().upper() not in accents


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
def test_that_the_style_sheet_finds_its_images(scheme: Scheme, qapp: QApplication) -> None:
    named = set(re.findall(r"url\(jitstyle:([^)]+)\)", build_style_sheet(scheme)))
    assert named
    assert all(resource_path("style", name).is_file() for name in named)


@pytest.mark.parametrize(
    "make",
    [QPushButton, QToolButton, QLineEdit, QComboBox, QSpinBox, QDateTimeEdit],
    ids=lambda make: make.__name__,
)
def test_that_controls_have_one_height_focused_or_not(make: type[QWidget], qtbot: QtBot) -> None:
    window = QWidget()
    control = make(window)
    if isinstance(control, QToolButton):
        bind_icon(control, "edit")
    window.show()
    control.adjustSize()
    plain = control.size()
    control.setFocus()
    qtbot.waitUntil(control.hasFocus)
    control.adjustSize()
    assert plain.height() == CONTROL_HEIGHT
    assert control.size() == plain


@pytest.mark.parametrize("role", [Role.PLAIN, Role.PRIMARY, Role.CHIP])
def test_that_the_word_on_a_button_stays_where_it_is_when_focused(role: Role, qtbot: QtBot) -> None:
    window = QWidget()
    button = QPushButton("Check out", window)
    set_role(button, role)
    window.show()
    button.resize(200, CONTROL_HEIGHT)
    plain = _contents(button)
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert _contents(button) == plain


def _contents(button: QPushButton) -> tuple[int, int, QPoint]:
    option = QStyleOptionButton()
    button.initStyleOption(option)
    area = button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button)
    return area.left(), area.width(), area.center()


def test_that_there_are_four_text_sizes(qapp: QApplication) -> None:
    sizes = [theme().font(size).pointSizeF() for size in TextSize]
    assert len(sizes) == 4
    assert sizes == sorted(set(sizes))
    heading = QLabel("x")
    set_role(heading, Role.HEADING)
    heading.ensurePolished()
    assert heading.font().pointSizeF() == theme().font(TextSize.HEADING).pointSizeF()


@pytest.mark.parametrize("kind", [QTableView, QListView, QMenu, QStatusBar])
def test_that_fonts_which_the_system_has_for_a_kind_of_widget_do_not_show(
    qapp: QApplication, kind: type[QWidget]
) -> None:
    # As Qt does on Windows, for item views and menus.
    of_system = "DejaVu Serif"
    for name in ("QAbstractItemView", "QMenu", "QStatusBar"):
        QApplication.setFont(QFont(of_system), name)  # type: ignore[arg-type]  # the stubs want bytes
    try:
        widget = kind()
        widget.ensurePolished()
        assert widget.font().families()[0] == theme().font(TextSize.BODY).families()[0]
        assert widget.font().pointSizeF() == theme().font(TextSize.BODY).pointSizeF()
    finally:
        # Of a font for everything, Qt forgets those of a kind.
        QApplication.setFont(theme().font(TextSize.BODY))


def test_that_ticking_digits_have_one_width(qapp: QApplication) -> None:
    metrics = QFontMetricsF(theme().font(TextSize.HEADING, tabular=True))
    widths = [metrics.horizontalAdvance(digit * 4) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.25, "a quarter of a pixel is rounding"


def test_that_what_is_to_be_compared_letter_by_letter_has_letters_of_one_width(qapp: QApplication) -> None:
    metrics = QFontMetricsF(code_font())
    assert metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("WWWW")
    assert code_font().pointSizeF() == theme().font(TextSize.BODY).pointSizeF()


def test_that_a_pinned_scheme_stays(qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme().scheme_changed):
        apply_theme(qapp, SchemePreference.DARK)
    assert theme().scheme is DARK
    assert qapp.palette().window().color() == QColor(DARK[Token.SURFACE])
    assert DARK[Token.SURFACE_RAISED] in qapp.styleSheet()
    with qtbot.assertNotEmitted(theme().scheme_changed):
        apply_theme(qapp, SchemePreference.DARK)


@pytest.mark.parametrize(
    ("preference", "expected"), [(SchemePreference.SYSTEM, DARK), (SchemePreference.LIGHT, LIGHT)]
)
def test_that_the_system_is_followed_live_unless_a_scheme_is_pinned(
    preference: SchemePreference, expected: Scheme, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_theme(qapp, preference)
    assert theme().scheme is LIGHT
    monkeypatch.setattr(Theme, "_is_system_dark", lambda _theme: True)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme().scheme is expected


def test_that_every_icon_is_of_one_style(qapp: QApplication) -> None:
    for name in icon_names() - {"app"}:
        source = resource_path("icons", f"{name}.svg").read_text("utf-8")
        assert 'viewBox="0 0 24 24"' in source, name
        assert re.findall(r'stroke-width="([^"]+)"', source) == ["1.75"], name
        assert re.findall(r'(?:stroke|fill)="([^"]+)"', source) == ["none", "currentColor"], name


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 1.75, 2.0, 3.0])
def test_that_icons_are_never_stretched(ratio: float, qapp: QApplication) -> None:
    for size in (16, 20, 24, 32):
        drawn = icon("key").pixmap(QSize(size, size), ratio)
        assert drawn.size() == QSize(round(size * ratio), round(size * ratio))
        assert pixmap("key", size, ratio).size() == drawn.size()


def test_that_an_icon_has_the_colour_of_its_meaning_and_another_when_disabled(qapp: QApplication) -> None:
    assert _ink(icon("check", Token.DANGER).pixmap(24, 24)) == theme().color(Token.DANGER)
    disabled = icon("check", Token.DANGER).pixmap(QSize(24, 24), 1.0, QIcon.Mode.Disabled)
    assert _ink(disabled) == theme().color(Token.TEXT_DISABLED)


def test_that_icons_are_recoloured_with_the_scheme(qapp: QApplication) -> None:
    button, action = QPushButton(), QAction()
    for target in (button, action):
        bind_icon(target, "check")
        bind_icon(target, "add", Token.SUCCESS)
    apply_theme(qapp, SchemePreference.DARK)
    for target in (button, action):
        assert _ink(target.icon().pixmap(24, 24)) == QColor(DARK[Token.SUCCESS])
        assert len(target.children()) == 1, "one binding, however often it is bound"


def test_that_an_unknown_icon_is_refused_by_name(qapp: QApplication) -> None:
    with pytest.raises(LookupError, match="no-such-icon"):
        icon("no-such-icon")


def _ink(drawn: QPixmap) -> QColor:
    image = drawn.toImage()
    colours = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return max(colours, key=lambda colour: colour.alpha())


def test_that_a_spin_box_does_not_cut_off_its_widest_value(qapp: QApplication) -> None:
    spin = QSpinBox()
    spin.setRange(0, 65535)
    spin.setSuffix(" seconds")
    pad_spin_box(spin)
    spin.setValue(65535)
    spin.adjustSize()
    spin.show()
    edit = spin.lineEdit()
    assert edit.textMargins().left() > 0
    needed = edit.fontMetrics().horizontalAdvance("65535 seconds") + edit.textMargins().left()
    assert edit.width() >= needed
