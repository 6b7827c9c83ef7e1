# SPDX-License-Identifier: MIT
"""The demo domain as a case of the contract."""

import secrets
from pathlib import Path

from jit_desktop.directory.demo import DemoConsole, demo_factory
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Abilities, CancelToken, Directory, GroupScope
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings
from tests.contract.case import DirectoryCase
from tests.unit.elevation.helpers import ManualClock

BASE_DN = DistinguishedName("DC=corp,DC=example,DC=test")


class ConsoleView:
    """The administrator's console of the demo domain as a second view."""

    def __init__(self, console: DemoConsole) -> None:
        self._console = console

    def exists(self, what: DistinguishedName) -> bool:
        return self._console.exists(what)

    def guid(self, what: DistinguishedName) -> ObjectGuid:
        return self._console.guid(what)

    def members(self, group: DistinguishedName) -> set[DistinguishedName]:
        return self._console.members(group)

    def texts(self, what: DistinguishedName) -> tuple[str, str]:
        return self._console.texts(what)

    def create_ou(self, name: str, parent: DistinguishedName) -> DistinguishedName:
        return self._console.create_ou(name, parent)

    def create_group(
        self, name: str, parent: DistinguishedName, scope: GroupScope, logon_name: str
    ) -> DistinguishedName:
        return self._console.create_group(name, parent, scope, logon_name=logon_name)

    def create_account(
        self, name: str, parent: DistinguishedName, logon_name: str, *, enabled: bool = True
    ) -> DistinguishedName:
        return self._console.create_account(name, parent, logon_name=logon_name, enabled=enabled)

    def add_member(self, group: DistinguishedName, member: DistinguishedName) -> None:
        self._console.add_member(group, member)

    def rename(self, what: DistinguishedName, name: str) -> DistinguishedName:
        return self._console.rename(what, name)

    def move(self, what: DistinguishedName, parent: DistinguishedName) -> DistinguishedName:
        return self._console.move(what, parent)

    def delete(self, what: DistinguishedName) -> None:
        self._console.delete(what)

    def hide(self, what: DistinguishedName) -> None:
        self._console.hide(what)

    def make_primary(self, group: DistinguishedName, account: DistinguishedName) -> None:
        self._console.make_primary(group, account)

    def hide_members(self, group: DistinguishedName) -> None:
        self._console.hide_members(group)

    def hide_memberships(self, group: DistinguishedName) -> None:
        self._console.hide_memberships(group)

    def hide_contents(self, folder: DistinguishedName) -> None:
        self._console.hide_contents(folder)


def demo_case(path: Path | None, abilities: Abilities = Abilities()) -> DirectoryCase:  # noqa: B008 - frozen
    """A new demo domain, in memory or in a file, with a furnished corner; it ends by itself what `abilities`
    says, and nothing where they are not given."""
    clock = ManualClock()
    connector = demo_factory(path, clock, latency_seconds=0, abilities=abilities)

    def connect(
        *,
        bind_as: str = "",
        password: str | None = None,
        server: str = "",
        cancel: CancelToken | None = None,
    ) -> Directory:
        settings = ConnectionSettings(method=ConnectionMethod.DEMO, server=server, bind_as=bind_as)
        # In a file, each connection is another program's: nothing but the file connects them.
        where = connector
        if path is not None:
            where = demo_factory(path, clock, latency_seconds=0, abilities=abilities)
        return where.connect(settings, None if password is None else Secret(password), cancel=cancel)

    view = ConsoleView(DemoConsole(connector.domain))
    tag = secrets.token_hex(4)
    ou = view.create_ou(f"arena-{tag}", BASE_DN)
    foreign = view.create_group(f"Foreign Target {tag}", ou, GroupScope.GLOBAL, f"Foreign Target {tag}")
    DemoConsole(connector.domain).set_delegated(foreign, delegated=False)
    targets = {}
    for scope in GroupScope:
        name = f"{scope.value} target {tag}"
        targets[scope] = view.create_group(name, ou, scope, name)
    return DirectoryCase(
        connect=connect,
        outside=view,
        base_dn=BASE_DN,
        tag=tag,
        ou=ou,
        location=view.create_ou("Temporary Groups", ou),
        targets=targets,
        foreign_target=foreign,
        account=view.create_account(f"_op-{tag}", ou, f"_op-{tag}"),
        account_name=f"_op-{tag}",
        service_name="svc-jit",
        bad_sign_ins={
            "wrong password": ("svc-jit", "wrong"),
            "expired password": ("svc-jit", "expired"),
            "disabled account": ("_disabled01", "any"),
        },
        powerless=("nobody01", "any"),
        elapse=clock.advance,
    )
