# SPDX-License-Identifier: MIT
"""What a picker is opened for: which entries it shows, which may be chosen, and its words."""

from __future__ import annotations

import enum

from PySide6.QtCore import QCoreApplication

from jit_desktop.elevation.ports import EntryKind

_FOLDERS = frozenset({EntryKind.OU, EntryKind.CONTAINER})


def _tr(text: str) -> str:
    return QCoreApplication.translate("Picker", text)


class Purpose(enum.Enum):
    """The three things that are picked from a directory."""

    GROUPS = "groups"
    """Groups that may be granted for a time; several at once."""
    ACCOUNTS = "accounts"
    """User accounts that can be checked out; several at once."""
    LOCATION = "location"
    """The OU or container in which temporary groups are made; one."""

    @property
    def choosable(self) -> frozenset[EntryKind]:
        """What may be chosen."""
        match self:
            case Purpose.GROUPS:
                return frozenset({EntryKind.GROUP})
            case Purpose.ACCOUNTS:
                return frozenset({EntryKind.ACCOUNT})
            case Purpose.LOCATION:
                return _FOLDERS

    @property
    def shown(self) -> frozenset[EntryKind]:
        """What the tree shows: the way there too."""
        return self.choosable | _FOLDERS

    @property
    def is_multiple(self) -> bool:
        """Whether several are chosen at once, by ticking."""
        return self is not Purpose.LOCATION

    @property
    def object_name(self) -> str:
        """The object name of the dialog."""
        return f"picker-{self.value}"

    @property
    def title(self) -> str:
        """The title of the window."""
        match self:
            case Purpose.GROUPS:
                return _tr("Select provider privileges")
            case Purpose.ACCOUNTS:
                return _tr("Select privileged accounts")
            case Purpose.LOCATION:
                return _tr("Select the creation location (OU)")

    @property
    def sentence(self) -> str:
        """What is to be done, under the title."""
        match self:
            case Purpose.GROUPS:
                return _tr(
                    "Tick the groups that may be granted for a time. Open the tree, or search by name."
                )
            case Purpose.ACCOUNTS:
                return _tr(
                    "Tick the user accounts that may be checked out. Open the tree, or search by name."
                )
            case Purpose.LOCATION:
                return _tr(
                    "Temporary groups are created here. Whoever may write here can hand out the privileges: "
                    "choose a place that only the account of this provider may change."
                )

    @property
    def search_words(self) -> str:
        """What stands in the empty search field."""
        match self:
            case Purpose.GROUPS:
                return _tr("Search groups by name")
            case Purpose.ACCOUNTS:
                return _tr("Search accounts by name or logon name")
            case Purpose.LOCATION:
                return _tr("Search OUs and containers by name")

    def accept_words(self, count: int) -> str:
        """The word on the button that ends it."""
        match self:
            case Purpose.GROUPS:
                words = {0: _tr("Add groups"), 1: _tr("Add 1 group")}
                return words.get(count, _tr("Add {} groups").format(count))
            case Purpose.ACCOUNTS:
                words = {0: _tr("Add accounts"), 1: _tr("Add 1 account")}
                return words.get(count, _tr("Add {} accounts").format(count))
            case Purpose.LOCATION:
                return _tr("Use this location")
