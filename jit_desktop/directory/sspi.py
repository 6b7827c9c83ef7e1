# SPDX-License-Identifier: MIT
"""Why SSPI refused, in words.

winkerberos hands on no error code, only Windows' own text for it: in the language of Windows, and with
broken characters where that is not ASCII, since it takes the bytes of the ANSI code page for UTF-8. So the
code is found again by the text that Windows has for each.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Final

_SAID: Final = re.compile(r"SSPI: (\w+)(?:: (.*))?", re.DOTALL)
_CODES: Final = range(0x80090300, 0x80090370)
"""SEC_E_… ([MS-ERREF] 2.1)."""

_REASONS: Final[dict[int, str]] = {
    0x80090303: "the domain knows no service of this name",
    0x8009030C: "the domain refuses the logon of this Windows session",
    0x8009030D: "this Windows session has no logon to a domain",
    0x8009030E: "this Windows session has no logon to a domain",
    0x80090311: "no domain controller can be reached for a ticket",
    0x80090322: "the server that answers is not the one that the ticket is for",
    0x80090324: "the clocks of this computer and of the domain controller are too far apart",
    0x80090331: "this computer and the domain controller have no kind of encryption in common",
    0x80090342: "this computer and the domain controller have no kind of encryption in common",
    0x80090350: "no domain controller can be reached for a ticket",
}
_WITHOUT_TEXT: Final = {
    "AcquireCredentialsHandle": "this Windows session has no logon to a domain",
    "InitializeSecurityContext": "this Windows session gets no ticket for the service",
}

if sys.platform == "win32":
    import ctypes

    def _text_of_windows(code: int) -> str:
        text = ctypes.FormatError(code - (1 << 32))
        return "" if text.startswith("<") else text

else:

    def _text_of_windows(code: int) -> str:
        return ""


def reason(said: str, *, text_of: Callable[[int], str] = _text_of_windows, code_page: str = "mbcs") -> str:
    """The reason in what a ``KrbError`` says, without a full stop.

    ``text_of`` gives Windows' text for an error code, ``code_page`` names that of winkerberos' texts.
    """
    match = _SAID.fullmatch(said.strip())
    if match is None:
        return _line(said)
    function, text = match.group(1), _line(match.group(2) or "")
    if not text:
        return _WITHOUT_TEXT.get(function, f"Windows does not say why ({function})")
    for code in _CODES:
        whole = _line(text_of(code))
        if whole and whole.encode(code_page, "replace").decode("utf-8", "replace") == text:
            return f"{_REASONS.get(code, whole)} (0x{code:08X})"
    return text


def _line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
