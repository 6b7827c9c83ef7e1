# SPDX-License-Identifier: MIT
"""Which file the TLS library was loaded from: on Windows another program's copy may be found first."""

from __future__ import annotations

import ssl  # loads the library that is looked for
import sys
from pathlib import Path

from jit_desktop.platform.program import is_frozen

LIBRARIES = ("libcrypto-3-x64.dll", "libcrypto-3.dll", "libcrypto-3-arm64.dll")
"""Names that CPython for Windows and OpenSSL's own build give it."""

if sys.platform == "win32":
    import ctypes

    _kernel32 = ctypes.WinDLL("kernel32")
    _kernel32.GetModuleHandleW.restype = ctypes.c_void_p
    _kernel32.GetModuleHandleW.argtypes = [ctypes.c_wchar_p]
    _kernel32.GetModuleFileNameW.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_uint32]
    _LONGEST_PATH = 32_768

    def loaded_library() -> Path | None:
        """The file of libcrypto in this process ([MS] GetModuleHandleW, GetModuleFileNameW)."""
        for name in LIBRARIES:
            module = _kernel32.GetModuleHandleW(name)
            if module:
                text = ctypes.create_unicode_buffer(_LONGEST_PATH)
                if _kernel32.GetModuleFileNameW(module, text, _LONGEST_PATH):
                    return Path(text.value)
        return None

else:

    def loaded_library() -> Path | None:
        """The file of libcrypto in this process (proc_pid_maps(5)), ``None`` where that is not told."""
        try:
            lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError:
            return None
        files = (line.split(maxsplit=5)[5] for line in lines if line.count("/"))
        # cryptography brings OpenSSL inside its own module; this is the one of Python's ssl.
        return next((Path(file) for file in files if Path(file).name.startswith("libcrypto")), None)


def describe_library(library: Path | None, folder: Path) -> str:
    """Version and file in words; ``folder`` is that of the program.

    Raises :class:`RuntimeError` where a packaged program uses a library that is not its own: nobody would
    know who updates it, and who can put a file there can read what TLS protects.
    """
    if is_frozen():
        if library is None:
            raise RuntimeError(f"{ssl.OPENSSL_VERSION} comes from a file that is not known")
        if not library.resolve().is_relative_to(folder.resolve()):
            raise RuntimeError(f"{ssl.OPENSSL_VERSION} comes from {library}, which is not the program's own")
    return ssl.OPENSSL_VERSION + (f" from {library}" if library is not None else "")
