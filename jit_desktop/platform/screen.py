# SPDX-License-Identifier: MIT
"""Whether there is a screen to open a window on."""

from __future__ import annotations

import os
import sys


def has_screen() -> bool:
    """On Linux the session names an X or Wayland display; Qt ends the whole process where it finds none.

    Windows always has one, if only that of a service.
    """
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
