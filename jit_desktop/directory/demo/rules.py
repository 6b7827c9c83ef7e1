# SPDX-License-Identifier: MIT
"""What the demo domain refuses, and with which error: names, nesting, rights, as Active Directory does."""

from __future__ import annotations

import enum
import re

from jit_desktop.directory.demo.content import POWERLESS_ACCOUNT
from jit_desktop.directory.demo.objects import NETBIOS_NAME, DemoObject
from jit_desktop.directory.demo.tree import Tree
from jit_desktop.elevation.errors import (
    AccessDenied,
    AlreadyExists,
    InvalidName,
    NoSuchObject,
    PrimaryGroupInUse,
    RejectedByDirectory,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import Abilities, EntryKind, GroupScope

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MAXIMUM_NAME = 64
"""In UTF-16 code units ([MS-ADA1] cn, rangeUpper)."""
MAXIMUM_TEXT = 1024
"""In UTF-16 code units ([MS-ADA1] info and description, rangeUpper)."""
_FORBIDDEN = set('"/\\[]:;|=,+*?<>')
"""Not in a ``sAMAccountName`` ([MS-SAMR] 3.1.1.6)."""

_LEVELS_THAT_FIT = {
    # scope of a group: scopes of the groups of the same domain that it takes as members
    GroupScope.GLOBAL: {GroupScope.GLOBAL},
    GroupScope.UNIVERSAL: {GroupScope.GLOBAL, GroupScope.UNIVERSAL},
    GroupScope.DOMAIN_LOCAL: {GroupScope.GLOBAL, GroupScope.UNIVERSAL, GroupScope.DOMAIN_LOCAL},
}
"""Microsoft, *Nesting in native mode*; refused with ERROR_DS_GLOBAL_CANT_HAVE_LOCAL_MEMBER and its kin."""
_SCOPE_WORDS = {
    GroupScope.GLOBAL: "global",
    GroupScope.UNIVERSAL: "universal",
    GroupScope.DOMAIN_LOCAL: "domain local",
}


class Power(enum.Enum):
    """How much the bound account may write."""

    EVERYTHING = enum.auto()
    """The domain's administrator."""
    DELEGATED = enum.auto()
    """Groups, where the example content says so."""
    NOTHING = enum.auto()


def power_of(logon_name: str) -> Power:
    """What the account ``logon_name`` may do: *Administrator* everything, *nobody01* nothing, others what was
    delegated."""
    known = {"administrator": Power.EVERYTHING, POWERLESS_ACCOUNT.casefold(): Power.NOTHING}
    return known.get(logon_name.casefold(), Power.DELEGATED)


def may_write(tree: Tree, thing: DemoObject, power: Power) -> bool:
    """Whether the bound account may write ``thing``, or make and delete groups in it."""
    return power is Power.EVERYTHING or (power is Power.DELEGATED and tree.delegated(thing))


def require_write(tree: Tree, thing: DemoObject, power: Power, doing: str) -> None:
    """Raise ``AccessDenied`` unless the bound account may; ``doing`` completes "may not …"."""
    if not may_write(tree, thing, power):
        raise denied(tree, thing, doing)


def denied(tree: Tree, thing: DemoObject, doing: str) -> AccessDenied:
    """The error for a write without the right to it; ``doing`` completes "may not …"."""
    return AccessDenied(
        f"The account that is signed in may not {doing} {thing.name}.",
        subject=tree.dn(thing),
        remedy="Ask an administrator of the domain to delegate this right.",
    )


def require_free_name(tree: Tree, location: DemoObject, name: str) -> None:
    """Raise ``InvalidName`` or ``AlreadyExists`` unless a group may be called ``name`` in ``location``."""
    problem = name_problem(name)
    if problem:
        raise InvalidName(f"Active Directory does not accept the name “{name}”: {problem}.", subject=name)
    taken = tree.sibling(location.guid, ("CN", name)) or tree.find_logon(name)
    if taken is not None:
        raise AlreadyExists(f"{tree.dn(taken)} has the name {name} already.", subject=tree.dn(taken))


def name_problem(name: str) -> str:
    """What is wrong with a name that is to be ``cn`` and ``sAMAccountName`` at once; empty if nothing."""
    if not name.strip():
        return "it is empty"
    if _utf16_length(name) > MAXIMUM_NAME:
        return f"it is longer than {MAXIMUM_NAME} characters"
    bad = [char for char in name if char in _FORBIDDEN or ord(char) < 0x20 or ord(char) == 0x7F]
    if bad:
        return f"it contains {bad[0]!r}"
    if name.endswith("."):
        return "it ends with a full stop"
    return ""


def require_fitting_texts(group: str, info: str, description: str) -> None:
    """Raise ``RejectedByDirectory`` for a record longer than the attributes hold."""
    for attribute, text in (("info", info), ("description", description)):
        if _utf16_length(text) > MAXIMUM_TEXT:
            raise RejectedByDirectory(
                f"The text for {attribute} has {_utf16_length(text)} characters; {MAXIMUM_TEXT} fit.",
                subject=group,
            )


def require_nestable(tree: Tree, group: DemoObject, member: DemoObject) -> None:
    """Raise unless ``member`` can become a member of ``group``."""
    if member.guid in group.members or member.primary_group == group.guid:
        raise AlreadyExists(
            f"{member.name} is a member of {group.name} already.",
            subject=tree.dn(group) if group.guid in tree else group.name,
        )
    problem = _nesting_problem(group, member)
    if problem:
        raise RejectedByDirectory(
            f"{member.name} can't be a member of {group.name}: {problem}.",
            subject=tree.dn(group) if group.guid in tree else group.name,
        )


def _nesting_problem(group: DemoObject, member: DemoObject) -> str:
    if group.scope is None:
        return "it is not a group"
    if member.guid == group.guid:
        return "a group can't contain itself"
    if member.kind is EntryKind.ACCOUNT:
        return ""
    if member.kind is EntryKind.GROUP and member.scope is not None:
        if member.builtin:
            return "a built-in group can't be a member of another group"
        if member.scope not in _LEVELS_THAT_FIT[group.scope]:
            return f"a {_SCOPE_WORDS[group.scope]} group takes no {_SCOPE_WORDS[member.scope]} group"
        return ""
    if member.sid is None:
        return "it is neither an account nor a group"
    if not member.sid.startswith("S-1-5-21-") and group.scope is not GroupScope.DOMAIN_LOCAL:
        return f"a {_SCOPE_WORDS[group.scope]} group takes no members from outside its forest"
    return ""


def require_group(tree: Tree, thing: DemoObject) -> None:
    """Raise ``RejectedByDirectory`` unless ``thing`` is a group."""
    if thing.kind is not EntryKind.GROUP:
        raise RejectedByDirectory(f"{thing.name} is not a group.", subject=tree.dn(thing))


def require_deletable(tree: Tree, thing: DemoObject) -> None:
    """Raise ``RejectedByDirectory`` for what Active Directory needs itself or what has children."""
    if thing.critical:
        raise RejectedByDirectory(
            f"{thing.name} belongs to Active Directory itself and can't be deleted.", subject=tree.dn(thing)
        )
    if tree.has_children(thing.guid):
        raise RejectedByDirectory(f"{thing.name} is not empty and can't be deleted.", subject=tree.dn(thing))
    if any(account.primary_group == thing.guid for account in tree):
        raise PrimaryGroupInUse(f"{thing.name} is the primary group of an account.", subject=tree.dn(thing))


LONGEST_TTL = 31_557_600
"""Upper bound of ``entryTTL``, in seconds ([MS-ADA1] entryTTL, rangeUpper)."""


def group_lifetime(group: str, seconds: int, abilities: Abilities) -> int:
    """The ``entryTTL`` that a dynamic object gets for the one that was asked for: at least the forest's
    minimum. Raises ``RejectedByDirectory`` where there are no dynamic objects."""
    if not abilities.dynamic_objects:
        raise RejectedByDirectory("This directory has no dynamic objects.", subject=group)
    if not 0 < seconds <= LONGEST_TTL:
        raise RejectedByDirectory(f"An entryTTL of {seconds} seconds is out of range.", subject=group)
    return max(seconds, abilities.minimum_ttl_seconds)


def require_link_ttl(group: str, seconds: int, abilities: Abilities) -> None:
    """Raise ``RejectedByDirectory`` unless a membership may end after so many seconds."""
    if not abilities.ttl_links:
        raise RejectedByDirectory("This directory ends no membership by itself.", subject=group)
    if seconds <= 0:
        raise RejectedByDirectory(f"A membership can't end after {seconds} seconds.", subject=group)


def no_such_object(what: str) -> NoSuchObject:
    """The error for an object that is not there."""
    name = "The object" if _GUID.fullmatch(what) else what
    return NoSuchObject(
        f"{name} does not exist in {NETBIOS_NAME} (any more), or may not be seen.",
        subject=what,
        remedy="Choose it again: it may have been deleted.",
    )


def invalid_dn(text: str) -> InvalidName:
    """The error for what can't be read as a distinguished name."""
    return InvalidName(f"“{text}” is not a distinguished name.", subject=text)


def not_a_member(tree: Tree, group: DemoObject, member: DistinguishedName) -> NoSuchObject:
    """The error for taking out somebody who is not in."""
    return NoSuchObject(f"{member} is not a member of {group.name}.", subject=tree.dn(group))


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
