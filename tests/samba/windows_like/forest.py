# SPDX-License-Identifier: MIT
"""What the imitated forest is set to, and when each dynamic object and each membership in it ends."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ldap3.core.exceptions import LDAPException

from tests.samba.windows_like.administrator import Administrator
from tests.samba.windows_like.clock import ShiftedClock

LONGEST_SECONDS: Final = 31_557_600
"""rangeUpper of entryTTL ([MS-ADA1] 2.223)."""

Link = tuple[uuid.UUID, uuid.UUID]
"""Group and member."""


@dataclass
class Forest:
    """Shared by all connections; `lock` is held by whoever looks or changes."""

    administrator: Administrator
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    dynamic_objects: bool = True
    """Whether `entryTTL` is known."""
    ttl_links: bool = False
    """Whether the Privileged Access Management feature is enabled."""
    minimum_seconds: int = 900
    default_seconds: int = 86_400
    deletes: bool = True
    """Whether what is due is deleted; false for a directory that is late."""
    objects: dict[uuid.UUID, datetime] = field(default_factory=dict)
    links: dict[Link, datetime] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    noted: threading.Event = field(default_factory=threading.Event)
    """Set when the times of a write have been noted, whether or not anybody heard its answer."""

    def granted_seconds(self, asked: int | None) -> int:
        """The time to live that a dynamic object gets."""
        return max(self.minimum_seconds, self.default_seconds if asked is None else asked)

    def after(self, seconds: int) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)

    def seconds_left(self, end: datetime) -> int:
        """Whole seconds: never more than there are."""
        return max(0, (end - self.clock.now()) // timedelta(seconds=1))

    def forget_object(self, guid: uuid.UUID) -> None:
        """It is deleted, and with it its links."""
        self.objects.pop(guid, None)
        for link in [link for link in self.links if guid in link]:
            del self.links[link]

    def forget_members(self, group: uuid.UUID) -> None:
        for link in [link for link in self.links if link[0] == group]:
            del self.links[link]

    def members_with_end(self, group: uuid.UUID) -> dict[str, int]:
        """DN and seconds left of the members of a group that have an end."""
        found = {}
        for (of, member), end in self.links.items():
            if of == group and (named := self.administrator.find(f"<GUID={member}>")) is not None:
                found[named[1]] = self.seconds_left(end)
        return found

    def expire_due(self) -> int:
        """End in the real domain whatever is over, links first; how many that were.

        While the domain controller is away nothing is deleted; what is due stays due.
        """
        with self.lock:
            now, count = self.clock.now(), 0
            if not self.deletes:
                return 0
            try:
                for link in [link for link, end in self.links.items() if end <= now]:
                    self.administrator.remove_member(*link)
                    del self.links[link]
                    count += 1
                for guid in [guid for guid, end in self.objects.items() if end <= now]:
                    self.administrator.delete(guid)
                    self.forget_object(guid)
                    count += 1
            except LDAPException:
                self.administrator.close()
            return count
