# SPDX-License-Identifier: MIT
"""What became of the objects that the settings point at: renamed, moved, disabled or deleted since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.dn import parent_dn, same_dn
from jit_desktop.elevation.errors import NoSuchObject
from jit_desktop.elevation.identity import ObjectGuid, ObjectRef
from jit_desktop.elevation.ports import Directory, DirectoryEntry
from jit_desktop.elevation.settings import DomainProvider
from jit_desktop.ui.pickers.entry_words import place_words
from jit_desktop.ui.settings.edits import reference
from jit_desktop.ui.widgets import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One object: as the settings knew it, and as it is now (None: it no longer exists)."""

    before: ObjectRef
    now: DirectoryEntry | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What one look at the directory told about a provider."""

    by_guid: Mapping[ObjectGuid, Finding] = field(default_factory=dict)

    @property
    def present(self) -> dict[ObjectGuid, DirectoryEntry]:
        """The objects that exist, as they are now."""
        return {guid: finding.now for guid, finding in self.by_guid.items() if finding.now is not None}


def look_at_objects(directory: Directory, provider: DomainProvider) -> Findings:
    """Read every object of the settings by its GUID; blocks."""
    found: dict[ObjectGuid, Finding] = {}
    for ref in _references(provider):
        try:
            found[ref.guid] = Finding(ref, directory.read(ref.guid))
        except NoSuchObject:
            found[ref.guid] = Finding(ref, None)
    return Findings(found)


def finding_words(finding: Finding | None) -> tuple[Severity, str]:
    """What is worth knowing about an object, and how serious it is; empty where all is as it was."""
    if finding is None:
        return Severity.INFO, ""
    entry = finding.now
    if entry is None:
        return Severity.ERROR, _tr("No longer exists, or can't be seen")
    if not entry.enabled:
        return Severity.WARNING, _tr("Disabled in Active Directory")
    if entry.expired:
        return Severity.WARNING, _tr("Expired in Active Directory")
    if finding.before.name != reference(entry).name:
        return Severity.INFO, _tr("Renamed, was “{}”").format(finding.before.name)
    if not same_dn(parent_dn(finding.before.dn), parent_dn(entry.dn)):
        return Severity.INFO, _tr("Moved, was in {}").format(place_words(finding.before.dn))
    return Severity.INFO, ""


def _references(provider: DomainProvider) -> Iterator[ObjectRef]:
    if provider.jit.location is not None:
        yield provider.jit.location
    yield from (privilege.group for privilege in provider.jit.privileges)
    yield from (account.account for account in provider.accounts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Findings", text)
