# SPDX-License-Identifier: MIT
"""Reading and making distinguished names by RFC 4514, without a directory at hand."""

from __future__ import annotations

from collections.abc import Iterator

from jit_desktop.elevation.identity import DistinguishedName

_HEX = set("0123456789abcdefABCDEF")


def escape_value(value: str) -> str:
    """``value`` as it stands in a DN (RFC 4514 2.4): any text, control characters and blanks included."""
    out = []
    last = len(value) - 1
    for i, char in enumerate(value):
        if char == "\0" or ord(char) < 0x20:
            out.append(f"\\{ord(char):02X}")
        elif char in ',+"\\<>;=' or (char == "#" and i == 0) or (char == " " and i in (0, last)):
            out.append("\\" + char)
        else:
            out.append(char)
    return "".join(out)


def _components(dn: str, separator: str) -> Iterator[str]:
    start = 0
    i = 0
    quoted = False
    while i < len(dn):
        if dn[i] == "\\":
            i += 2
            continue
        if dn[i] == '"':
            quoted = not quoted
        elif dn[i] == separator and not quoted:
            yield dn[start:i]
            start = i + 1
        i += 1
    yield dn[start:]


def unescape_value(text: str) -> str:
    """The value that ``text`` stands for in a DN; the reverse of :func:`escape_value`."""
    raw = bytearray()
    i = 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            pair = text[i + 1 : i + 3]
            if len(pair) == 2 and set(pair) <= _HEX:
                raw.append(int(pair, 16))
                i += 3
                continue
            raw += text[i + 1].encode()
            i += 2
            continue
        raw += char.encode()
        i += 1
    return raw.decode("utf-8", errors="replace")


def _strip(text: str) -> str:
    text = text.lstrip(" ")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    return text


def split_dn(dn: DistinguishedName | str) -> list[tuple[str, str]]:
    """``dn`` as a list of (attribute type, value), the object itself first; values are unescaped.

    Raises :class:`ValueError` where a component has no ``=``.
    """
    parts: list[tuple[str, str]] = []
    if not dn:
        return parts
    for component in _components(dn, ","):
        kind, equals, value = component.partition("=")
        if not equals or not kind.strip():
            raise ValueError(f"not a distinguished name: {dn!r}")
        parts.append((kind.strip(), unescape_value(_strip(value))))
    return parts


def child_dn(kind: str, name: str, parent: DistinguishedName | str) -> DistinguishedName:
    """The DN of an object called ``name`` under ``parent``; ``kind`` is ``CN`` or ``OU``."""
    return DistinguishedName(f"{kind}={escape_value(name)},{parent}")


def parent_dn(dn: DistinguishedName | str) -> DistinguishedName:
    """The DN of the object that holds ``dn``; empty at the top."""
    first = next(_components(dn, ","))
    return DistinguishedName(dn[len(first) + 1 :].lstrip(" "))


def same_dn(a: DistinguishedName | str, b: DistinguishedName | str) -> bool:
    """Whether two DNs name the same object: case, spacing and ways of escaping do not count."""
    return normalised(a) == normalised(b)


def normalised(dn: DistinguishedName | str) -> tuple[tuple[str, str], ...]:
    """``dn`` in a form that can be compared and used as a key."""
    return tuple((kind.casefold(), value.casefold()) for kind, value in split_dn(dn))


def is_within(dn: DistinguishedName | str, ancestor: DistinguishedName | str) -> bool:
    """Whether ``dn`` is ``ancestor`` itself or lies below it."""
    inner, outer = normalised(dn), normalised(ancestor)
    return len(inner) >= len(outer) and inner[len(inner) - len(outer) :] == outer


def domain_dn(dn: DistinguishedName | str) -> DistinguishedName:
    """The domain part of ``dn``: its ``DC=`` components at the end."""
    parts = [c.strip() for c in _components(dn, ",")]
    return DistinguishedName(",".join(p for p in parts if p.upper().startswith("DC=")))


def domain_name(dn: DistinguishedName | str) -> str:
    """The DNS name of the domain that ``dn`` lies in: ``DC=corp,DC=example`` is ``corp.example``."""
    return ".".join(value for kind, value in split_dn(dn) if kind.upper() == "DC")


def is_dn(text: str) -> bool:
    """Whether ``text`` can be read as a distinguished name."""
    try:
        return bool(split_dn(text))
    except ValueError:
        return False
