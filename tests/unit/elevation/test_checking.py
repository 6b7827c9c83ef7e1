# SPDX-License-Identifier: MIT
"""Check this domain: what it says when all is well, and what of each thing that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jit_desktop.directory.demo import DemoDirectory, Fault
from jit_desktop.elevation.checking import DomainChecker
from jit_desktop.elevation.domain_check import DomainCheck, Finding, Topic, Verdict
from jit_desktop.elevation.errors import PasswordNeeded
from jit_desktop.elevation.identity import DistinguishedName, ObjectRef
from jit_desktop.elevation.ports import (
    Abilities,
    DirectoryEntry,
    DomainController,
    DomainInfo,
    EntryKind,
    ScheduleState,
)
from jit_desktop.elevation.settings import PrivilegedAccount, ProviderPrivilege
from tests.unit.elevation.helpers import guid
from tests.unit.elevation.world import World

SWEEPING = ScheduleState(kind="systemd timer", installed=True, every_seconds=60)
DC2 = "dc2.corp.example.test"


def check(world: World, schedule: ScheduleState | None = SWEEPING) -> DomainCheck:
    return DomainChecker(world.service.reach, schedule).check(world.provider)


def about(result: DomainCheck, topic: Topic) -> list[Finding]:
    return [f for f in result.findings if f.topic is topic]


def only(result: DomainCheck, topic: Topic, verdict: Verdict) -> Finding:
    (finding,) = [f for f in about(result, topic) if f.verdict is verdict]
    return finding


def test_that_a_domain_in_order_has_nothing_bad_and_needs_no_script() -> None:
    result = check(World())
    assert result.worst is Verdict.WARNING  # the demo domain ends nothing by itself
    assert list(dict.fromkeys(f.topic for f in result.findings)) == list(Topic)
    assert [c.host for c in result.controllers] == [
        "dc1.corp.example.test",
        DC2,
        "rodc1.corp.example.test",
    ]
    # And that this computer's clock is another one: the demo domain's is 90 seconds ahead.
    assert [f.verdict for f in about(result, Topic.CONTROLLERS)] == [Verdict.GOOD] * 3 + [Verdict.WARNING]
    assert result.script == ""
    assert "Grant" in result.whole_script
    assert "read-only" in about(result, Topic.CONTROLLERS)[2].message


def test_that_a_domain_that_can_not_be_reached_is_one_finding() -> None:
    world = World()
    world.faults.fail_always(Fault.UNAVAILABLE)
    result = check(world)
    assert result.info is None
    assert [(f.topic, f.verdict) for f in result.findings] == [(Topic.CONNECTION, Verdict.BAD)]


def test_that_a_password_that_is_needed_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    def ask(*_: object, **__: object) -> None:
        raise PasswordNeeded("It is needed.")

    monkeypatch.setattr(world.service.reach, "open_directory", ask)
    with pytest.raises(PasswordNeeded):
        check(world)


def test_that_a_domain_controller_that_is_away_is_named() -> None:
    world = World()
    world.faults.fail_always(Fault.UNAVAILABLE, controller=DC2)
    away = [f for f in about(check(world), Topic.CONTROLLERS) if f.verdict is Verdict.WARNING and f.subject]
    assert [f.subject for f in away] == [DC2]


@pytest.mark.parametrize(
    ("seconds", "verdict", "word"),
    [(3, Verdict.GOOD, "agrees"), (40, Verdict.NOTE, "40 s ahead"), (-400, Verdict.WARNING, "400 s behind")],
)
def test_that_clocks_that_differ_are_told(
    monkeypatch: pytest.MonkeyPatch, seconds: int, verdict: Verdict, word: str
) -> None:
    right = DemoDirectory.current_time

    def shifted(self: DemoDirectory) -> object:
        return right(self) + timedelta(seconds=seconds if self.info.controller == DC2 else 0)

    monkeypatch.setattr(DemoDirectory, "current_time", shifted)
    (finding,) = [f for f in about(check(World()), Topic.CONTROLLERS) if f.subject == DC2]
    assert finding.verdict is verdict
    assert word in finding.message


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        (-3 * 3600, "3 hours 2 minutes behind the domain's: here it is 2026-11-23 09:00:00 UTC"),
        (0, "1 minute 30 seconds behind the domain's"),
        (3600, "58 minutes ahead of the domain's"),
        (60, ""),
    ],
)
def test_that_this_computers_clock_is_compared_with_the_domains(wall: int, words: str) -> None:
    world = World()
    world.clock.set_wall(world.clock.utc_now() + timedelta(seconds=wall))
    found = [f for f in about(check(world), Topic.CONTROLLERS) if "This computer" in f.message]
    assert [f.verdict for f in found] == ([Verdict.WARNING] if words else [])
    if words:
        assert words in found[0].message
        assert "in the domain 2026-11-23 12:01:30 UTC" in found[0].message


def test_that_a_clock_that_is_not_believed_is_bad() -> None:
    world = World()
    world.check_out()
    world.console.set_clock("dc1.corp.example.test", -86_400)
    found = only(check(world), Topic.CONTROLLERS, Verdict.BAD)
    assert "clock is 1 day behind" in found.message
    assert found.subject == "dc1.corp.example.test"


@pytest.mark.parametrize(
    ("abilities", "verdict", "words"),
    [
        (Abilities(), Verdict.WARNING, ["only this program or a sweep"]),
        (Abilities(dynamic_objects=True, minimum_ttl_seconds=1200), Verdict.GOOD, ["20 minutes"]),
        (Abilities(dynamic_objects=True, ttl_links=True), Verdict.GOOD, ["PAM optional feature", "dynamic"]),
    ],
)
def test_that_what_ends_by_itself_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, abilities: Abilities, verdict: Verdict, words: list[str]
) -> None:
    plain: Any = DemoDirectory.info

    def able(self: DemoDirectory) -> DomainInfo:
        shown: DomainInfo = plain.fget(self)
        return replace(shown, abilities=abilities)

    monkeypatch.setattr(DemoDirectory, "info", property(able))
    found = about(check(World(), schedule=None), Topic.ENDS_BY_ITSELF)
    assert {f.verdict for f in found} == {verdict}
    assert all(word in f.message for word, f in zip(words, found, strict=True))
    (program,) = about(check(World(), schedule=None), Topic.PROGRAM)
    assert program.verdict is (Verdict.NOTE if abilities.ends_by_itself else Verdict.WARNING)


def test_that_settings_that_lead_nowhere_are_bad() -> None:
    world = World()
    jit = world.provider.jit
    assert jit.location is not None
    gone = replace(jit.location, guid=guid())
    lost = ProviderPrivilege(replace(jit.privileges[0].group, guid=guid()))
    world.change(
        replace(
            world.provider,
            jit=replace(jit, location=gone, privileges=(*jit.privileges, lost)),
            accounts=(PrivilegedAccount(replace(world.provider.accounts[0].account, guid=guid())),),
        )
    )
    result = check(world)
    assert only(result, Topic.LOCATION, Verdict.BAD).message
    assert only(result, Topic.PRIVILEGES, Verdict.BAD).subject == lost.group.dn
    assert only(result, Topic.ACCOUNTS, Verdict.BAD).message
    assert result.script == ""
    assert "create and delete" not in result.whole_script


def test_that_unsuitable_privileges_and_accounts_are_named() -> None:
    world = World()
    with world.connector.connect(world.provider.connection) as directory:
        names = ("DL Finance", "Domain Admins", "_disabled01", "_expired01")
        everything = frozenset({EntryKind.GROUP, EntryKind.ACCOUNT})
        lists, admins, disabled, expired = (directory.search(n, everything)[0] for n in names)
        directory.add_member(world.privilege(), world.provider.accounts[0].account.dn)
    world.clock.advance(10)
    world.change(
        replace(
            world.provider,
            jit=replace(
                world.provider.jit,
                privileges=(
                    *world.provider.jit.privileges,
                    ProviderPrivilege(ObjectRef(lists.guid, lists.dn, lists.name)),
                    ProviderPrivilege(ObjectRef(admins.guid, admins.dn, admins.name)),
                ),
            ),
            accounts=(
                world.provider.accounts[0],
                PrivilegedAccount(ObjectRef(disabled.guid, disabled.dn, disabled.name)),
                PrivilegedAccount(ObjectRef(expired.guid, expired.dn, expired.name)),
            ),
        )
    )
    result = check(world)
    assert "distribution group" in only(result, Topic.PRIVILEGES, Verdict.BAD).message
    assert "AdminSDHolder" in only(result, Topic.PRIVILEGES, Verdict.WARNING).message
    accounts = about(result, Topic.ACCOUNTS)
    assert [f.verdict for f in accounts] == [Verdict.WARNING, Verdict.WARNING, Verdict.WARNING]
    assert "permanent member" in accounts[0].message
    assert "disabled" in accounts[1].message
    assert "expired" in accounts[2].message
    assert "# Grant (Text 'CN=AdminSDHolder" in result.whole_script


def test_that_an_account_that_is_checked_out_is_not_called_a_permanent_member() -> None:
    world = World()
    world.check_out()
    first = world.provider.accounts[0]
    world.change(replace(world.provider, accounts=(first,)))
    assert only(check(world), Topic.ACCOUNTS, Verdict.GOOD).subject == first.account.dn


def test_that_missing_rights_are_named_and_the_script_grants_just_these() -> None:
    world = World()
    connection = replace(world.provider.connection, bind_as="nobody01")
    world.change(replace(world.provider, connection=connection))
    result = check(world)
    bad = [f.message for f in about(result, Topic.RIGHTS) if f.verdict is Verdict.BAD]
    assert len(bad) == 1 + len(world.provider.jit.privileges)
    assert result.script == result.whole_script
    assert result.script.count("\nGrant '") == len(bad)


def test_that_one_missing_right_makes_a_script_for_that_group_only() -> None:
    world = World()
    world.console.set_delegated(world.privilege(), delegated=False)
    world.clock.advance(10)
    result = check(world)
    assert only(result, Topic.RIGHTS, Verdict.BAD).message.endswith("Remote Desktop Manager Admins.")
    assert result.script.count("\nGrant '") == 1
    assert "create and delete" not in result.script


def test_that_a_sweep_that_is_installed_keeps_the_promise() -> None:
    world = World()
    assert only(check(world), Topic.PROGRAM, Verdict.GOOD).message.startswith("A systemd timer sweeps every")
    not_yet = ScheduleState(kind="systemd timer", note="No user session.")
    assert only(check(world, not_yet), Topic.PROGRAM, Verdict.WARNING).remedy == "No user session."


@pytest.mark.parametrize(("days", "count"), [(10, 1), (40, 0)])
def test_that_a_certificate_that_expires_soon_is_told(
    monkeypatch: pytest.MonkeyPatch, days: int, count: int
) -> None:
    world = World()
    plain: Any = DemoDirectory.info

    def expiring(self: DemoDirectory) -> DomainInfo:
        shown: DomainInfo = plain.fget(self)
        return replace(shown, certificate_expires=world.clock.utc_now() + timedelta(days=days))

    monkeypatch.setattr(DemoDirectory, "info", property(expiring))
    soon = [f for f in about(check(world), Topic.CONNECTION) if f.verdict is Verdict.WARNING]
    assert len(soon) == count


def test_that_a_location_that_is_no_folder_and_an_account_of_another_domain_are_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    jit = world.provider.jit
    first = world.provider.accounts[0]
    world.change(
        replace(world.provider, jit=replace(jit, location=jit.privileges[0].group), accounts=(first,))
    )
    right = DemoDirectory.read

    def elsewhere(self: DemoDirectory, what: Any) -> DirectoryEntry:
        entry = right(self, what)
        if entry.guid != first.account.guid:
            return entry
        return replace(entry, dn=DistinguishedName("CN=x,DC=other,DC=test"))

    monkeypatch.setattr(DemoDirectory, "read", elsewhere)
    result = check(world)
    assert "no OU or container" in only(result, Topic.LOCATION, Verdict.BAD).message
    assert "belongs to the domain other.test" in only(result, Topic.ACCOUNTS, Verdict.BAD).message
    assert about(result, Topic.RIGHTS) == []


def test_that_a_list_of_domain_controllers_that_is_not_shown_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        DemoDirectory,
        "domain_controllers",
        lambda self: (DomainController(self.info.controller, is_listed=False),),
    )
    found = about(check(World()), Topic.CONTROLLERS)
    assert any("is not shown" in f.message and "CN=Sites" in f.remedy for f in found)
