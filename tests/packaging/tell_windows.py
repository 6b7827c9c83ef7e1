# SPDX-License-Identifier: MIT
"""Run by Python for Windows: sends to a window what Windows would, and waits for each answer.

python tell_windows.py TITLE MESSAGE:PARAMETER:EXTRA …        (numbers, in hexadecimal)
"""

import ctypes
import sys

user32 = ctypes.WinDLL("user32")  # type: ignore[attr-defined]  # there is one where this runs
user32.FindWindowW.restype = ctypes.c_void_p
user32.FindWindowW.argtypes = [ctypes.c_wchar_p, ctypes.c_wchar_p]
user32.SendMessageW.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_ssize_t]
user32.SendMessageW.restype = ctypes.c_ssize_t

window = user32.FindWindowW(None, sys.argv[1])
if not window:
    sys.exit(f"no window is called {sys.argv[1]}")
for words in sys.argv[2:]:
    message, parameter, extra = (int(word, 16) for word in words.split(":"))
    sys.stdout.write(f"{user32.SendMessageW(window, message, parameter, extra)}\n")
