# SPDX-License-Identifier: MIT
"""The settings of the domain providers: what may be lent, to whom, on which terms, and how to get there.

`SettingsDialog(context, provider_id=..., parent=...)` is shown with `open`; its signal `saved` says that the
store holds new settings.
"""

from jit_desktop.ui.settings.dialog import SettingsDialog

__all__ = ["SettingsDialog"]
