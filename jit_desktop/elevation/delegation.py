# SPDX-License-Identifier: MIT
"""The least rights that a provider needs in Active Directory: one list, from which all else is made."""

from __future__ import annotations

import enum
import struct
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jit_desktop.elevation.identity import DistinguishedName, ObjectRef, SecurityId
from jit_desktop.elevation.settings import DomainProvider


class Right(enum.IntFlag):
    """Access rights of a directory object ([MS-ADTS] 5.1.3.2)."""

    CREATE_CHILD = 0x1
    DELETE_CHILD = 0x2
    READ_PROPERTY = 0x10
    WRITE_PROPERTY = 0x20


@dataclass(frozen=True, slots=True)
class SchemaItem:
    """A class or an attribute of the schema; ``guid`` is its ``schemaIDGUID``."""

    name: str
    guid: uuid.UUID


# [MS-ADSC] class group; [MS-ADA2] member; [MS-ADA1] info, description and entryTTL.
GROUP = SchemaItem("group", uuid.UUID("bf967a9c-0de6-11d0-a285-00aa003049e2"))
MEMBER = SchemaItem("member", uuid.UUID("bf9679c0-0de6-11d0-a285-00aa003049e2"))
INFO = SchemaItem("info", uuid.UUID("bf96793e-0de6-11d0-a285-00aa003049e2"))
DESCRIPTION = SchemaItem("description", uuid.UUID("bf967950-0de6-11d0-a285-00aa003049e2"))
ENTRY_TTL = SchemaItem("entryTTL", uuid.UUID("d213decc-d81a-4384-aac2-dcfcfd631cf8"))

_CREATE_AND_DELETE = Right.CREATE_CHILD | Right.DELETE_CHILD
_READ_AND_WRITE = Right.READ_PROPERTY | Right.WRITE_PROPERTY

# [MS-DTYP] 2.4.4.1 and 2.4.4.3.
_ACCESS_ALLOWED_OBJECT = 0x5
_INHERIT_TO_GROUPS_IN_IT = 0x2 | 0x4 | 0x8
"""Container inherit, no further than one level, and not for the object itself."""
_OBJECT_TYPE_PRESENT = 0x1
_INHERITED_TYPE_PRESENT = 0x2


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One allowing entry of an access control list, without saying for whom or on what."""

    rights: Right
    what: SchemaItem
    """The class that may be created and deleted, or the attribute that may be read and written."""
    for_groups_inside: bool = False
    """Whether it is for the groups directly in the object, and not for the object itself."""

    def binary(self, sid: bytes) -> bytes:
        """As an ACCESS_ALLOWED_OBJECT_ACE for the binary ``sid`` ([MS-DTYP] 2.4.4.3)."""
        present = _OBJECT_TYPE_PRESENT | (_INHERITED_TYPE_PRESENT if self.for_groups_inside else 0)
        inherited = GROUP.guid.bytes_le if self.for_groups_inside else b""
        body = struct.pack("<II", int(self.rights), present) + self.what.guid.bytes_le + inherited + sid
        flags = _INHERIT_TO_GROUPS_IN_IT if self.for_groups_inside else 0
        return struct.pack("<BBH", _ACCESS_ALLOWED_OBJECT, flags, 4 + len(body)) + body

    def sddl(self, sid: SecurityId) -> str:
        """As text in the security descriptor definition language ([MS-DTYP] 2.5.1)."""
        letters = {
            Right.CREATE_CHILD: "CC",
            Right.DELETE_CHILD: "DC",
            Right.READ_PROPERTY: "RP",
            Right.WRITE_PROPERTY: "WP",
        }
        rights = "".join(text for right, text in letters.items() if right in self.rights)
        flags, inside = ("CINPIO", str(GROUP.guid)) if self.for_groups_inside else ("", "")
        return f"(OA;{flags};{rights};{self.what.guid};{inside};{sid})"

    @property
    def in_words(self) -> str:
        """``create and delete group objects``, ``read and write member of the groups in it``."""
        if Right.CREATE_CHILD in self.rights:
            return f"create and delete {self.what.name} objects"
        return f"read and write {self.what.name}" + (" of the groups in it" if self.for_groups_inside else "")


LOCATION_ENTRIES: tuple[AccessEntry, ...] = (
    AccessEntry(_CREATE_AND_DELETE, GROUP),
    *(
        AccessEntry(_READ_AND_WRITE, attribute, for_groups_inside=True)
        for attribute in (MEMBER, INFO, DESCRIPTION, ENTRY_TTL)
    ),
)
"""On the creation location: make and delete temporary groups, and write members, record and TTL of these.

The record has to be written again when an elevation is extended. Deleting needs the right to delete children
of the location only ([MS-ADTS] 3.1.1.5.5), so that it works on a group that AdminSDHolder has closed.
"""

TARGET_ENTRIES: tuple[AccessEntry, ...] = (AccessEntry(_READ_AND_WRITE, MEMBER),)
"""On each group that may be granted."""


class Place(enum.Enum):
    """What kind of object is delegated on."""

    LOCATION = enum.auto()
    TARGET = enum.auto()
    PROTECTED_TARGET = enum.auto()
    """AdminSDHolder resets its access control list every 60 minutes."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """What one object's access control list needs."""

    on: ObjectRef
    place: Place
    entries: tuple[AccessEntry, ...]


def needed(provider: DomainProvider, protected: Iterable[str] = ()) -> tuple[Delegation, ...]:
    """All that ``provider``'s settings need; ``protected`` are the GUIDs of its privileges that AdminSDHolder
    protects."""
    closed = set(protected)
    location = provider.jit.location
    made = [Delegation(location, Place.LOCATION, LOCATION_ENTRIES)] if location is not None else []
    for privilege in provider.jit.privileges:
        place = Place.PROTECTED_TARGET if privilege.group.guid in closed else Place.TARGET
        made.append(Delegation(privilege.group, place, TARGET_ENTRIES))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Trustee:
    """Who gets the rights; ``sid`` is ``None`` where it could not be found out."""

    name: str
    sid: SecurityId | None = None


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,=()-")


def escaped(text: str) -> str:
    """``text`` in letters that mean nothing to PowerShell, everything else as ``\\uXXXX``.

    Windows PowerShell reads a file without a byte order mark in the ANSI code page and takes typographic
    quotes for quotes, so that nothing but plain ASCII is safe in a string, and no quote is.
    """
    raw = text.encode("utf-16-be", errors="surrogatepass")
    units = (raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2))
    return "".join(chr(u) if chr(u) in _PLAIN else f"\\u{u:04x}" for u in units)


def _shown(name: str) -> str:
    # What is shown goes to a terminal, which obeys control characters.
    return escaped("".join(char if char.isprintable() else "?" for char in name))


_HEADER = """\
#Requires -Version 5.1
# Delegates the least rights that JIT Desktop needs, and no others. Made by JIT Desktop; read it first.
#
#   who:      {who}
#   domain:   {domain}
#
# Run it in Windows PowerShell as somebody who may change the permissions of these objects.
#   -WhatIf   shows what would be done
#   -Remove   takes the same rights away again
# Objects are addressed by GUID; their names are only shown. A name that contains anything but plain letters
# has \\uXXXX in this file.
[CmdletBinding(SupportsShouldProcess = $true)]
param([switch] $Remove)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
Add-Type -AssemblyName System.DirectoryServices
$server = Text '{domain}'
$trustee = {trustee}
"""

_FUNCTIONS = """\
function Text([string] $escaped) { [regex]::Unescape($escaped) }

function Grant([string] $path, [string] $name, [object[]] $entries) {
    $object = New-Object System.DirectoryServices.DirectoryEntry("LDAP://$server/$path")
    $object.psbase.Options.SecurityMasks = 'Dacl'
    foreach ($entry in $entries) {
        $rule = New-Object System.DirectoryServices.ActiveDirectoryAccessRule(
            $trustee, $entry[0], 'Allow', [guid] $entry[1], $entry[2], [guid] $entry[3])
        if ($Remove) { [void] $object.psbase.ObjectSecurity.RemoveAccessRule($rule) }
        else { $object.psbase.ObjectSecurity.AddAccessRule($rule) }
    }
    if ($PSCmdlet.ShouldProcess($name, $(if ($Remove) { 'remove rights' } else { 'delegate rights' }))) {
        $object.psbase.CommitChanges()
        Write-Host "Done: $name"
    }
    $object.psbase.Dispose()
}
"""


def powershell(
    delegations: Sequence[Delegation], trustee: Trustee, domain: str, base_dn: DistinguishedName
) -> str:
    """A script that puts ``delegations`` in place for ``trustee``, in plain ASCII; empty where there is none.

    ``domain`` is the DNS name of the domain and ``base_dn`` its DN. No name of an object becomes part of a
    command, whatever characters it has. Rights on groups that AdminSDHolder protects are in a section of
    their own, commented out. Written with the classes of System.DirectoryServices, which are part of Windows.
    """
    if not delegations:
        return ""
    if trustee.sid is not None:
        who = f"New-Object System.Security.Principal.SecurityIdentifier('{escaped(trustee.sid)}')"
    else:
        who = f"New-Object System.Security.Principal.NTAccount((Text '{escaped(trustee.name)}'))"
    header = _HEADER.format(who=escaped(trustee.name), domain=escaped(domain), trustee=who)
    beginning, _, setting = header.partition("Set-StrictMode")
    parts = [beginning.rstrip("\n"), "", _FUNCTIONS, "Set-StrictMode" + setting]
    parts += [_grant(d) for d in delegations if d.place is not Place.PROTECTED_TARGET]
    closed = [d for d in delegations if d.place is Place.PROTECTED_TARGET]
    if closed:
        parts.append(_admin_sd_holder(closed, base_dn))
    return "\n".join(parts)


def _grant(delegation: Delegation) -> str:
    name = _shown(delegation.on.name)
    lines = [f"# {name}"]
    lines += [f"#   {entry.in_words}" for entry in delegation.entries]
    guid = uuid.UUID(delegation.on.guid).bytes_le.hex()
    return "\n".join([*lines, _call(f"'<GUID={guid}>'", name, delegation.entries)]) + "\n"


def _call(path: str, name: str, entries: Sequence[AccessEntry]) -> str:
    # Without a leading comma PowerShell would take a list with a single row apart.
    rows = ",\n".join(f"    {', ' if len(entries) == 1 else ''}{_row(entry)}" for entry in entries)
    return f"Grant {path} (Text '{name}') @(\n{rows}\n)"


def _row(entry: AccessEntry) -> str:
    words = {
        Right.CREATE_CHILD: "CreateChild",
        Right.DELETE_CHILD: "DeleteChild",
        Right.READ_PROPERTY: "ReadProperty",
        Right.WRITE_PROPERTY: "WriteProperty",
    }
    rights = ", ".join(word for right, word in words.items() if right in entry.rights)
    reach = "Children" if entry.for_groups_inside else "None"
    inside = GROUP.guid if entry.for_groups_inside else uuid.UUID(int=0)
    return f"@('{rights}', '{entry.what.guid}', '{reach}', '{inside}')"


def _admin_sd_holder(delegations: Sequence[Delegation], base_dn: DistinguishedName) -> str:
    names = "\n".join(f"#   {_shown(d.on.name)}" for d in delegations)
    call = _call(
        f"(Text '{escaped('CN=AdminSDHolder,CN=System,' + base_dn)}')", "AdminSDHolder", TARGET_ENTRIES
    )
    commented = "\n".join(f"# {line}" for line in call.splitlines())
    return (
        "# --- Groups that AdminSDHolder protects: read this before you take the comment signs away ---\n"
        f"{names}\n"
        "# Every 60 minutes Active Directory gives them the access control list of AdminSDHolder:\n"
        "# a right on such a group itself is gone within the hour. The only lasting way is a right on\n"
        "# AdminSDHolder, and that covers the members of ALL protected groups, Domain Admins among them.\n"
        "# Whoever controls the account above controls the domain then.\n"
        f"{commented}\n"
    )
