# SPDX-License-Identifier: MIT
"""The look: colours by meaning, four text sizes, an 8-pixel grid and our own icons, in light and dark.

How to use it
-------------
* `apply_theme(app, SchemePreference.SYSTEM)` once, before the first widget (in tests `tests/ui/conftest.py`
  does it). Again with `LIGHT` or `DARK` pins a scheme, at any time.
* `theme()` is what is on now: `.color(Token.DANGER)`, `.font(TextSize.HEADING, tabular=True)`,
  `.scheme.is_dark`, and the signal `scheme_changed` for whatever keeps colours or icons (what asks for them
  in its paintEvent is painted again anyway). Never write a hexadecimal colour in a widget.
* `code_font()` for commands, scripts and fingerprints.
* `set_role(widget, Role.PRIMARY)`: PRIMARY (the one primary action of a window, nothing else), DANGER, QUIET
  and CHIP for buttons; TITLE, HEADING, CAPTION, MUTED for labels; CARD, RAISED for frames.
* `pad_spin_box(box)` for a spin box that is not in a Form (a Form does it).
* `bind_icon(button_or_action, "edit", Token.TEXT)` puts an icon on and recolours it with the scheme;
  `icon(name, token)` is a plain QIcon (for models: ask again on `scheme_changed`);
  `pixmap(name, size, ratio, token)` for painting; `app_icon()` for windows and the tray. The names are the
  files of `resources/icons`.
* Spacing: GAP_TIGHT 4, GAP 8, GAP_WIDE 16, MARGIN 24; CONTROL_HEIGHT 32; ICON_SMALL 16, ICON_MEDIUM 20,
  ICON_LARGE 32.
"""

from jit_desktop.ui.theme.fonts import code_font
from jit_desktop.ui.theme.icons import app_icon, bind_icon, icon, icon_names, pixmap
from jit_desktop.ui.theme.manager import Theme, apply_theme, theme
from jit_desktop.ui.theme.roles import Role, pad_spin_box, repolish, set_role
from jit_desktop.ui.theme.tokens import (
    CONTROL_HEIGHT,
    GAP,
    GAP_TIGHT,
    GAP_WIDE,
    GRID,
    ICON_LARGE,
    ICON_MEDIUM,
    ICON_SMALL,
    MARGIN,
    RADIUS,
    Scheme,
    SchemePreference,
    TextSize,
    Token,
)

__all__ = [
    "CONTROL_HEIGHT",
    "GAP",
    "GAP_TIGHT",
    "GAP_WIDE",
    "GRID",
    "ICON_LARGE",
    "ICON_MEDIUM",
    "ICON_SMALL",
    "MARGIN",
    "RADIUS",
    "Role",
    "Scheme",
    "SchemePreference",
    "TextSize",
    "Theme",
    "Token",
    "app_icon",
    "apply_theme",
    "bind_icon",
    "code_font",
    "icon",
    "icon_names",
    "pad_spin_box",
    "pixmap",
    "repolish",
    "set_role",
    "theme",
]
