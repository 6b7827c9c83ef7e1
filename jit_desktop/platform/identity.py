# SPDX-License-Identifier: MIT
"""Who uses the program, as the operating system knows it, for the audit trail and the directory's record.

Environment variables are not asked: everybody can set his own.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes

    _NAME_SAM_COMPATIBLE = 2

    def current_user() -> str:
        """``DOMAIN\\user``, or ``COMPUTER\\user`` for a local account ([MS] GetUserNameExW)."""
        size = ctypes.c_ulong(0)
        get_name = ctypes.windll.secur32.GetUserNameExW
        get_name(_NAME_SAM_COMPATIBLE, None, ctypes.byref(size))
        text = ctypes.create_unicode_buffer(size.value or 1)
        if not get_name(_NAME_SAM_COMPATIBLE, text, ctypes.byref(size)):
            raise ctypes.WinError()
        return text.value

else:
    import os
    import pwd
    import socket

    def current_user() -> str:
        """``user@host``; the user's number where it has no name (in a container, for example)."""
        number = os.getuid()
        try:
            name = pwd.getpwuid(number).pw_name
        except KeyError:
            name = str(number)
        return f"{name}@{socket.gethostname()}"
