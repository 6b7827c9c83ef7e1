# SPDX-License-Identifier: MIT
"""What the contract tests need of any directory: a way in, a corner of its own, a second view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import CancelToken, Directory, GroupScope, NewGroup


class Connect(Protocol):
    """Signs in; whoever is not named is the service account with its good password."""

    def __call__(
        self,
        *,
        bind_as: str = "",
        password: str | None = None,
        server: str = "",
        cancel: CancelToken | None = None,
    ) -> Directory: ...


class OutsideView(Protocol):
    """An administrator with other tools: sees and changes the directory, not through the code under test."""

    def exists(self, what: DistinguishedName) -> bool: ...

    def guid(self, what: DistinguishedName) -> ObjectGuid: ...

    def members(self, group: DistinguishedName) -> set[DistinguishedName]: ...

    def texts(self, what: DistinguishedName) -> tuple[str, str]:
        """`info` and `description`, empty where there is none."""

    def create_ou(self, name: str, parent: DistinguishedName) -> DistinguishedName: ...

    def create_group(
        self, name: str, parent: DistinguishedName, scope: GroupScope, logon_name: str
    ) -> DistinguishedName: ...

    def create_account(
        self, name: str, parent: DistinguishedName, logon_name: str, *, enabled: bool = True
    ) -> DistinguishedName: ...

    def add_member(self, group: DistinguishedName, member: DistinguishedName) -> None: ...

    def rename(self, what: DistinguishedName, name: str) -> DistinguishedName: ...

    def move(self, what: DistinguishedName, parent: DistinguishedName) -> DistinguishedName: ...

    def delete(self, what: DistinguishedName) -> None: ...

    def hide(self, what: DistinguishedName) -> None:
        """Keep an object, and what is below it, from the service account, which goes on writing it."""

    def make_primary(self, group: DistinguishedName, account: DistinguishedName) -> None:
        """Let an account that is in a group have it for the primary group."""

    def hide_members(self, group: DistinguishedName) -> None:
        """Keep who is in a group from the service account, but not the group."""

    def hide_memberships(self, group: DistinguishedName) -> None:
        """Keep what a group is in from the service account, but not the group."""

    def hide_contents(self, folder: DistinguishedName) -> None:
        """Keep what is in a folder from the service account, but not the folder."""


@dataclass(frozen=True)
class DirectoryCase:
    """One directory and, in it, objects that belong to this test alone.

    tag              a short word that is part of the names and unique in the domain
    ou               holds all of it, empty but for what is named here
    location         an empty unit in `ou`, in which the service account may make and delete groups
    targets          by scope, groups in `ou` whose members the service account may write
    foreign_target   a group whose members it may not write
    account          an enabled account, member of none of them; `account_name` is its logon name
    """

    connect: Connect
    outside: OutsideView
    base_dn: DistinguishedName
    tag: str
    ou: DistinguishedName
    location: DistinguishedName
    targets: Mapping[GroupScope, DistinguishedName]
    foreign_target: DistinguishedName
    account: DistinguishedName
    account_name: str
    service_name: str
    bad_sign_ins: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Name and password of accounts that are refused, by why."""
    checks_nesting: bool = True
    """Whether it refuses to nest groups whose scopes do not fit, as Active Directory does."""
    powerless: tuple[str, str] = ("", "")
    """Name and password of an account that may sign in and read, and may write nothing."""
    elapse: Callable[[float], None] | None = None
    """Lets so many seconds pass for the directory; `None` where time can't be had so cheaply."""

    def name(self, suffix: str = "1") -> str:
        """The name of a temporary group that no other test uses."""
        return f"JIT_{self.tag}_{suffix}"

    def new_group(
        self,
        name: str = "",
        scope: GroupScope = GroupScope.GLOBAL,
        *,
        location: DistinguishedName | None = None,
        member: DistinguishedName | None = None,
        info: str = '{"v":1}',
        description: str = "Made by a test",
        lifetime_seconds: int | None = None,
        member_lifetime_seconds: int | None = None,
    ) -> NewGroup:
        """A temporary group as the core would ask for it."""
        return NewGroup(
            name=name or self.name(),
            location=location or self.location,
            scope=scope,
            member=self.account if member is None else member,
            info=info,
            description=description,
            lifetime_seconds=lifetime_seconds,
            member_lifetime_seconds=member_lifetime_seconds,
        )
