# SPDX-License-Identifier: MIT
"""Names of temporary groups: short enough, made of allowed characters, and never given twice."""

from __future__ import annotations

from jit_desktop.elevation.identity import ElevationId

MAXIMUM_NAME = 64
"""Upper bound of ``cn`` ([MS-ADA1] cn, rangeUpper), in UTF-16 code units."""
MAXIMUM_PREFIX = MAXIMUM_NAME - 1 - 36
"""What a separator and a UUID leave for the prefix: 27."""

_FORBIDDEN = '"/\\[]:;|=,+*?<>'
"""Characters that ``sAMAccountName`` may not contain ([MS-SAMR] 3.1.1.6; adschema a-samaccountname)."""


def utf16_length(text: str) -> int:
    """Length as Active Directory counts it: in UTF-16 code units (an emoji counts twice)."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def prefix_problem(prefix: str) -> str:
    """What is wrong with a temporary group name prefix, in a sentence; empty when it is good."""
    if not prefix:
        return "Give a prefix, so that temporary groups can be told apart from all others."
    if utf16_length(prefix) > MAXIMUM_PREFIX:
        return f"The prefix has {utf16_length(prefix)} characters; at most {MAXIMUM_PREFIX} fit."
    bad = sorted({char for char in prefix if char in _FORBIDDEN})
    if bad:
        return f"Active Directory does not allow {' '.join(bad)} in the name of a group."
    if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in prefix):
        return "The prefix contains a control character."
    if any(0xD800 <= ord(char) <= 0xDFFF for char in prefix):
        return "The prefix contains half a character."
    if prefix != prefix.strip():
        return "The prefix must not begin or end with a blank."
    if prefix.startswith("#"):
        return "The prefix must not begin with #."
    return ""


def group_name(prefix: str, elevation_id: ElevationId) -> str:
    """Name of the temporary group of one elevation; both its ``cn`` and its ``sAMAccountName``.

    The elevation's UUID makes it unique and lets a copy that starts later find the group by its name alone.
    Raises :class:`ValueError` for a prefix that :func:`prefix_problem` objects to.
    """
    if problem := prefix_problem(prefix):
        raise ValueError(problem)
    return f"{prefix}_{elevation_id}"
