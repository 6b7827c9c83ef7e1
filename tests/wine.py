# SPDX-License-Identifier: MIT
"""Whether this Windows is Wine, and the mark of a test that holds on a real one only."""

from __future__ import annotations

import sys

import pytest

if sys.platform == "win32":
    import ctypes

    # Wine says so itself: https://gitlab.winehq.org/wine/wine/-/wikis/Developer-FAQ
    UNDER_WINE = hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
else:
    UNDER_WINE = False


def not_under_wine(reason: str) -> pytest.MarkDecorator:
    """Skip a test under Wine; on Windows it runs."""
    return pytest.mark.skipif(UNDER_WINE, reason=f"Wine: {reason}")
