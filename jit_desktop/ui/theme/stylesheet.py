# SPDX-License-Identifier: MIT
"""The one style sheet, built from the tokens, so that light and dark can never drift apart."""

from __future__ import annotations

import math
from string import Template
from typing import Final

from PySide6.QtGui import QFontMetricsF

from jit_desktop.ui.theme.fonts import font, installed_families, points
from jit_desktop.ui.theme.tokens import (
    CONTROL_HEIGHT,
    GAP,
    GAP_TIGHT,
    GAP_WIDE,
    RADIUS,
    Scheme,
    TextSize,
    Token,
)

STYLE_SEARCH_PATH: Final = "jitstyle"
"""The prefix under which Qt finds `resources/style` (QDir.addSearchPath)."""

_TEMPLATE: Final = Template("""
QWidget { font-size: ${body_points}pt; }
/* Windows gives these kinds fonts of their own, which go before that of the application. */
QAbstractItemView, QHeaderView, QMenu, QMenuBar, QStatusBar, QToolTip { font-family: $families; }
QToolTip {
    color: $text; background: $surface_raised; border: 1px solid $border_strong; padding: ${gap_tight}px;
}

QLabel[role="title"] { font-size: ${title_points}pt; font-weight: 600; }
QLabel[role="heading"] { font-size: ${heading_points}pt; font-weight: 600; }
QLabel[role="caption"] { font-size: ${caption_points}pt; color: $text_muted; }
QLabel[role="muted"] { color: $text_muted; }
QLabel[severity="info"] { color: $info; }
QLabel[severity="success"] { color: $success; }
QLabel[severity="warning"] { color: $warning; }
QLabel[severity="error"] { color: $danger; }
QFrame[severity="info"] { background: $info_surface; }
QFrame[severity="success"] { background: $success_surface; }
QFrame[severity="warning"] { background: $warning_surface; }
QFrame[severity="error"] { background: $danger_surface; }
QLabel[severity] { background: transparent; }
QFrame[severity="info"] > QLabel { color: $info; }
QFrame[severity="success"] > QLabel { color: $success; }
QFrame[severity="warning"] > QLabel { color: $warning; }
QFrame[severity="error"] > QLabel { color: $danger; }
QFrame[pill="true"] { border-radius: ${pill_radius}px; }
QFrame[banner="true"] { border-radius: ${panel_radius}px; }
QFrame[banner="true"] > QLabel { color: $text; }
QFrame[role="card"] {
    background: $surface_raised; border: 1px solid $border; border-radius: ${panel_radius}px;
}
QFrame[role="divider"] { background: $border; }
QFrame[role="raised"], QWidget[role="raised"] { background: $surface_raised; }

QPushButton, QToolButton {
    color: $text; background: $surface_raised; border: 1px solid $border_strong; border-radius: ${radius}px;
    min-height: ${inner_height}px; padding: 0 ${button_padding}px;
}
QToolButton { padding: 0 ${gap_tight}px; min-width: ${tool_width}px; max-height: ${inner_height}px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QPushButton:checked, QToolButton:checked { background: $pressed; }
QPushButton:focus, QToolButton:focus { border: 2px solid $focus; padding: 0 ${button_padding_focused}px;
    min-height: ${inner_height_focused}px; }
QToolButton:focus {
    padding: 0 ${tool_padding_focused}px; min-width: ${tool_width}px; max-height: ${inner_height_focused}px;
}
QPushButton:disabled, QToolButton:disabled {
    color: $text_disabled; background: $surface; border-color: $border;
}
QPushButton[role="primary"] {
    color: $on_accent; background: $accent; border-color: $accent; font-weight: 600;
}
QPushButton[role="primary"]:hover { background: $accent_hover; }
QPushButton[role="primary"]:pressed { background: $accent_pressed; }
QPushButton[role="primary"]:focus { border-color: $focus; }
QPushButton[role="primary"]:disabled {
    color: $text_disabled; background: $pressed; border-color: $pressed;
}
QPushButton[role="danger"] { color: $danger; border-color: $danger; }
QPushButton[role="danger"]:hover, QPushButton[role="danger"]:pressed { background: $danger_surface; }
QPushButton[role="danger"]:disabled { color: $text_disabled; border-color: $border; }
QPushButton[role="quiet"], QToolButton[role="quiet"], QToolBar QToolButton {
    background: transparent; border-color: transparent;
}
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover,
QToolBar QToolButton:hover { background: $hover; }
QPushButton[role="quiet"]:pressed, QToolButton[role="quiet"]:pressed, QToolBar QToolButton:pressed,
QToolBar QToolButton:checked, QToolButton[role="quiet"]:checked { background: $pressed; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus,
QToolBar QToolButton:focus { border-color: $focus; }
QPushButton[role="entry"] {
    background: transparent; border-color: transparent; text-align: left; padding: 0 ${field_padding}px;
}
QPushButton[role="entry"]:hover { background: $hover; }
QPushButton[role="entry"]:checked { background: $selection; }
QPushButton[role="entry"]:focus { border-color: $focus; padding: 0 ${field_padding_focused}px; }
QPushButton[role="chip"] { padding: 0 ${chip_padding}px; border-color: $border; }
QPushButton[role="chip"]:focus { padding: 0 ${chip_padding_focused}px; border-color: $focus; }
QPushButton[role="chip"]:checked { background: $selection; border-color: $text; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
    color: $text; background: $surface_raised; border: 1px solid $border_strong; border-radius: ${radius}px;
    selection-background-color: $selection_strong; selection-color: $text;
}
QLineEdit, QAbstractSpinBox, QComboBox { min-height: ${inner_height}px; padding: 0 ${field_padding}px; }
QPlainTextEdit, QTextEdit { padding: ${gap_tight}px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus,
QComboBox:on {
    border: 2px solid $focus;
}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on {
    min-height: ${inner_height_focused}px; padding: 0 ${field_padding_focused}px;
}
QPlainTextEdit:focus, QTextEdit:focus { padding: ${text_padding_focused}px; }
QLineEdit[problem="true"], QPlainTextEdit[problem="true"], QAbstractSpinBox[problem="true"],
QComboBox[problem="true"] { border-color: $danger; }
QLineEdit:disabled, QPlainTextEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
    color: $text_disabled; background: $surface; border-color: $border;
}
QLineEdit:read-only, QPlainTextEdit:read-only { background: $surface; }
QComboBox > QLineEdit, QComboBox > QLineEdit:focus {
    background: transparent; border: none; padding: 0; min-height: 0;
}
QLineEdit > QToolButton, QLineEdit > QToolButton:hover, QLineEdit > QToolButton:pressed {
    background: transparent; border: none; padding: 0; min-width: 0; min-height: 0;
}
QAbstractSpinBox { padding-right: ${spin_button}px; max-height: ${inner_height}px; }
QAbstractSpinBox:focus { padding-right: ${spin_button_focused}px; max-height: ${inner_height_focused}px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
    subcontrol-origin: border; width: ${spin_button}px; border: none; background: transparent;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; height: ${spin_button_height}px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; height: ${spin_button_height}px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow { width: 10px; height: 10px; }
QAbstractSpinBox::up-arrow { image: url($style:$scheme-arrow-up.svg); }
QAbstractSpinBox::down-arrow { image: url($style:$scheme-arrow-down.svg); }
QComboBox::drop-down, QDateTimeEdit::drop-down {
    subcontrol-origin: border; subcontrol-position: center right; width: ${combo_button}px; border: none;
    background: transparent;
}
QComboBox::down-arrow { image: url($style:$scheme-arrow-down.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $surface_raised; border: 1px solid $border_strong; padding: ${gap_tight}px;
}

QCheckBox, QRadioButton { spacing: ${gap}px; min-height: ${check_height}px; }
QCheckBox:disabled, QRadioButton:disabled { color: $text_disabled; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {
    width: 16px; height: 16px; background: $surface_raised; border: 1px solid $border_strong;
}
QCheckBox::indicator, QAbstractItemView::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { background: $hover; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus {
    border: 2px solid $focus; width: 14px; height: 14px;
}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {
    background: $fill_strong; border-color: $fill_strong; image: url($style:$scheme-tick.svg);
}
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
    background: $fill_strong; border-color: $fill_strong; image: url($style:$scheme-dash.svg);
}
QRadioButton::indicator:checked { border: 5px solid $fill_strong; width: 8px; height: 8px; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
    background: $surface; border-color: $border;
}
QCheckBox::indicator:checked:disabled, QAbstractItemView::indicator:checked:disabled {
    background: $text_disabled; border-color: $text_disabled;
}
QRadioButton::indicator:checked:disabled { border-color: $text_disabled; }

QAbstractItemView {
    background: $surface_raised; border: 1px solid $border; border-radius: ${radius}px; outline: none;
    selection-background-color: $selection; selection-color: $text;
}
QAbstractItemView:focus { border-color: $border_strong; }
QTreeView::item, QListView::item { min-height: ${row_height}px; border: none; padding: 0 ${gap_tight}px; }
QTreeView::item:hover, QListView::item:hover, QTableView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {
    background: $selection; color: $text;
}
QTableView::item { border: none; padding: 0 ${cell_padding}px; }
QHeaderView { background: $surface_raised; border: none; }
QHeaderView::section {
    color: $text_muted; background: $surface_raised; border: none; border-bottom: 1px solid $border;
    padding: 0 ${gap}px; min-height: ${header_height}px; font-size: ${caption_points}pt; text-align: left;
}
QHeaderView::up-arrow, QHeaderView::down-arrow { width: 10px; height: 10px; }
QHeaderView::up-arrow { image: url($style:$scheme-arrow-up.svg); }
QHeaderView::down-arrow { image: url($style:$scheme-arrow-down.svg); }

QProgressBar { background: $track; border: none; border-radius: 2px; min-height: 4px; max-height: 4px; }
QProgressBar::chunk { background: $fill; border-radius: 2px; }
QScrollArea, QWidget[role="content"] { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $border_strong; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenu { background: $surface_raised; border: 1px solid $border; padding: ${gap_tight}px; }
QMenu::item { padding: 6px ${gap_wide}px; border-radius: ${radius}px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $text_disabled; }
QMenu::separator { height: 1px; background: $border; margin: ${gap_tight}px 0; }
QMenu::icon { padding-left: ${gap}px; }
QToolBar { background: $surface; border: none; spacing: ${gap_tight}px; padding: ${gap_tight}px ${gap}px; }
QStatusBar { background: $surface; color: $text_muted; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar::tab {
    padding: ${gap}px ${gap_wide}px; border: none; border-bottom: 2px solid transparent; color: $text_muted;
}
QTabBar::tab:selected { color: $text; border-bottom-color: $text; }
QTabBar::tab:hover { background: $hover; }
QTabBar::tab:focus { color: $text; text-decoration: underline; }
QGroupBox { border: none; margin-top: ${gap_wide}px; padding-top: ${gap}px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; }
""")


def build_style_sheet(scheme: Scheme) -> str:
    """The style sheet of the whole program in the colours of `scheme`."""
    # Higher than usual only where the user has made text so large that it would be cut off.
    line = math.ceil(QFontMetricsF(font(TextSize.BODY)).height())
    inner = max(CONTROL_HEIGHT, line + GAP) - 2  # less the outline above and below
    values: dict[str, object] = {token.replace("-", "_"): value for token, value in scheme.colors.items()}
    values |= {f"{size}_points": points(size) for size in TextSize}
    values |= {
        "families": ", ".join(f'"{family}"' for family in installed_families()),
        "style": STYLE_SEARCH_PATH,
        "scheme": scheme.name,
        "gap_tight": GAP_TIGHT,
        "gap": GAP,
        "gap_wide": GAP_WIDE,
        # Qt adds three pixels to the text of a cell (PM_FocusFrameHMargin + 1) and none to that of a header.
        "cell_padding": GAP - 3,
        "radius": RADIUS,
        "panel_radius": RADIUS * 2,
        "pill_radius": 10,
        "inner_height": inner,
        "inner_height_focused": inner - 2,
        # The thicker outline of the focus takes its pixel from the padding: nothing moves.
        "button_padding": GAP_WIDE - 1,
        "button_padding_focused": GAP_WIDE - 2,
        "chip_padding": GAP + GAP_TIGHT - 1,
        "chip_padding_focused": GAP + GAP_TIGHT - 2,
        # Qt adds three pixels of its own to a tool button.
        "tool_width": CONTROL_HEIGHT - 2 - 2 * GAP_TIGHT - 3,
        "tool_padding_focused": GAP_TIGHT - 1,
        "field_padding": GAP - 1,
        "field_padding_focused": GAP - 2,
        "text_padding_focused": GAP_TIGHT - 1,
        "spin_button": 22,
        "spin_button_focused": 21,
        "spin_button_height": (inner + 2) // 2,
        "combo_button": 28,
        "check_height": 24,
        "row_height": CONTROL_HEIGHT,
        "header_height": CONTROL_HEIGHT,
        "fill_strong": scheme[Token.TEXT],
    }
    return _TEMPLATE.substitute(values)
