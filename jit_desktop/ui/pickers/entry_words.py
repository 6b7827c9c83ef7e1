# SPDX-License-Identifier: MIT
"""Says what an entry of the directory is in words and with an icon, the same in every tree and list."""

from __future__ import annotations

import html

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.dn import domain_name, parent_dn
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import DirectoryEntry, EntryKind, GroupScope
from jit_desktop.elevation.settings import creation_location_path

_GROUP_ICONS = {
    GroupScope.GLOBAL: "group-global",
    GroupScope.DOMAIN_LOCAL: "group-domain-local",
    GroupScope.UNIVERSAL: "group-universal",
}
_ICONS = {EntryKind.DOMAIN: "domain", EntryKind.OU: "ou", EntryKind.CONTAINER: "container"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("DirectoryEntry", text)


def icon_name(entry: DirectoryEntry) -> str:
    """The name of the icon that stands for the kind of `entry` (and the scope of a group)."""
    if entry.kind is EntryKind.GROUP:
        return (
            "builtin" if entry.builtin else _GROUP_ICONS.get(entry.scope or GroupScope.GLOBAL, "group-global")
        )
    if entry.kind is EntryKind.ACCOUNT:
        return "user" if entry.enabled and not entry.expired else "user-disabled"
    return _ICONS.get(entry.kind, "container")


def kind_words(entry: DirectoryEntry) -> str:
    """What `entry` is, in words: `Global group`, `User account, disabled`."""
    match entry.kind:
        case EntryKind.DOMAIN:
            return _tr("Domain")
        case EntryKind.OU:
            return _tr("Organisational unit")
        case EntryKind.CONTAINER:
            return _tr("Container")
        case EntryKind.GROUP:
            return _group_words(entry)
        case EntryKind.ACCOUNT:
            return _account_words(entry)
        case EntryKind.OTHER:
            return _tr("Object")


def _group_words(entry: DirectoryEntry) -> str:
    if not entry.security_enabled:
        return _tr("Distribution group")
    if entry.builtin:
        return _tr("Built-in group")
    match entry.scope:
        case GroupScope.DOMAIN_LOCAL:
            return _tr("Domain-local group")
        case GroupScope.UNIVERSAL:
            return _tr("Universal group")
        case GroupScope.GLOBAL:
            return _tr("Global group")
        case None:
            return _tr("Group")


def _account_words(entry: DirectoryEntry) -> str:
    if not entry.enabled:
        return _tr("User account, disabled")
    if entry.expired:
        return _tr("User account, expired")
    return _tr("User account")


def protected_words(entry: DirectoryEntry) -> str:
    """What follows from the protection by AdminSDHolder ([MS-ADTS] 3.1.1.6.1); empty where there is none."""
    if not entry.protected:
        return ""
    return _tr(
        "Protected by AdminSDHolder: Active Directory resets its permissions every hour, and whoever becomes "
        "a member keeps the mark afterwards."
    )


def place_words(dn: DistinguishedName) -> str:
    """Where the object lies, as people read it: `Domain Groups\\Vaults`; the domain's name at the top."""
    above = parent_dn(dn)
    return creation_location_path(above) or domain_name(above)


def plain_tool_tip(*lines: str) -> str:
    """A tooltip that shows its lines as they are: Qt would take `<b>` in a name for markup."""
    escaped = (html.escape(line).replace("\n", " ") for line in lines if line)
    return f"<span style='white-space:pre-wrap'>{'<br>'.join(escaped)}</span>"


def one_line(text: str) -> str:
    """`text` as one line of a list: control characters (a name may hold them) become visible blanks."""
    return "".join(char if char.isprintable() or char in "‌‍" else "␣" for char in text)
