# SPDX-License-Identifier: MIT
"""*Check now*: how one elevation really stands on each domain controller, and what follows from that.

Object names, stable for tests and for the program's own tour: the window ``check_now``; in it
``check_now.title``, ``check_now.banner``, ``check_now.waiting``, ``check_now.table`` (the domain controllers
side by side), ``check_now.advice`` (rows ``advice-<kind>``), ``check_now.again``, ``check_now.copy``,
``check_now.close``.
"""

from jit_desktop.ui.check_now.window import CheckNowWindow

__all__ = ["CheckNowWindow"]
