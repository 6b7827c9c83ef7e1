# SPDX-License-Identifier: MIT
"""The example content: what it must hold so that the program can be tried on it."""

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest

from jit_desktop.directory.demo import DemoConnector, DemoDirectory, demo_factory, demo_provider
from jit_desktop.directory.demo.content import example_content
from jit_desktop.elevation.errors import NoSuchObject
from jit_desktop.elevation.naming import utf16_length
from jit_desktop.elevation.ports import EntryKind, GroupScope
from jit_desktop.elevation.rules import provider_problems
from jit_desktop.elevation.settings import creation_location_path
from tests.unit.demo.helpers import ACCOUNT, ADMINS, BASE, INTERNAL, SERVICE_DESK, UNIVERSAL
from tests.unit.elevation.helpers import ManualClock

_FINGERPRINT = (
    "from jit_desktop.directory.demo.content import example_content as c; import hashlib; t = c();"
    "print(hashlib.sha256(repr(sorted((o.guid, t.dn(o), o.sid, o.members) for o in t)).encode()).hexdigest())"
)


def test_that_the_tree_is_deep_and_wide_enough_to_try_the_pickers() -> None:
    tree = example_content()
    kinds = Counter(thing.kind for thing in tree)
    assert kinds[EntryKind.OU] >= 60
    assert kinds[EntryKind.GROUP] >= 1_900
    assert kinds[EntryKind.ACCOUNT] >= 300
    assert max(tree.dn(thing).count("OU=") for thing in tree) >= 5
    wide = [thing.name for thing in tree if len(tree.children(thing.guid)) > 500]
    assert len(wide) >= 2


def test_that_no_two_objects_share_a_name_that_must_be_unique() -> None:
    things = list(example_content())
    for values in (
        [t.guid for t in things],
        [t.sid for t in things if t.sid],
        [t.logon_name.casefold() for t in things if t.logon_name],
        [(t.parent, t.name.casefold()) for t in things],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_that_names_are_as_long_as_active_directory_takes_them() -> None:
    for thing in example_content():
        assert utf16_length(thing.name) <= 64, thing.name
        if thing.kind is EntryKind.ACCOUNT:
            assert utf16_length(thing.logon_name) <= 20, thing.logon_name


def test_that_every_group_and_account_has_a_logon_name_and_a_sid() -> None:
    for thing in example_content():
        if thing.kind in (EntryKind.GROUP, EntryKind.ACCOUNT):
            assert thing.logon_name
            assert thing.sid is not None
        if thing.kind is EntryKind.GROUP:
            assert thing.scope is not None


def test_that_the_content_holds_names_that_break_careless_programs() -> None:
    names = "\n".join(thing.name for thing in example_content())
    for part in (",", "+", "#1", "<b>", '"', "\\", ";", "=", "ü", "京都", "🚀", "\n Leading blank"):
        assert part in names


def test_that_the_content_is_the_same_in_every_process() -> None:
    def fingerprint(seed: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", _FINGERPRINT],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout

    assert fingerprint("1") == fingerprint("2") != ""


def test_that_making_the_domain_takes_no_noticeable_time() -> None:
    example_content.cache_clear()
    begin = time.process_time()
    demo_factory(None, ManualClock()).connect(demo_provider().connection).close()
    # The aim is a tenth of a second; the rest is for a busy machine.
    assert time.process_time() - begin < 0.5


def test_that_the_example_of_the_documentation_is_there_word_for_word(directory: DemoDirectory) -> None:
    assert directory.read(ADMINS).scope is GroupScope.GLOBAL
    assert directory.read(SERVICE_DESK).scope is GroupScope.DOMAIN_LOCAL
    assert directory.read(UNIVERSAL).scope is GroupScope.UNIVERSAL
    assert directory.read(INTERNAL).kind is EntryKind.OU
    assert directory.find_account("_backupoperator15").dn == ACCOUNT


def test_that_accounts_that_can_not_be_lent_are_there(directory: DemoDirectory) -> None:
    assert not directory.find_account("_disabled01").enabled
    assert directory.find_account("_expired01").expired
    assert not directory.find_account("_backupoperator15").expired
    permanent = directory.find_account("_permanent01")
    assert directory.read(ADMINS).sid in directory.token_groups(permanent.guid)


def test_that_protected_and_built_in_groups_are_marked(directory: DemoDirectory) -> None:
    for name, container in (("Domain Admins", "Users"), ("Administrators", "Builtin")):
        entry = directory.search(name, frozenset({EntryKind.GROUP}))[0]
        assert entry.protected, name
        assert entry.builtin is (container == "Builtin")
        assert entry.dn == f"CN={name},CN={container},{BASE}"


def test_that_a_distribution_group_is_told_apart(directory: DemoDirectory) -> None:
    found = directory.search("DL Accounting", frozenset({EntryKind.GROUP}))
    assert found
    assert not any(entry.security_enabled for entry in found)


def test_that_people_are_found_by_given_name_and_surname_in_either_order(directory: DemoDirectory) -> None:
    accounts = frozenset({EntryKind.ACCOUNT})
    assert directory.search("Björn Mü", accounts)
    assert directory.search("Björn Mü", accounts) == directory.search("mü bjö", accounts)
    assert directory.search("Björn Xy", accounts) == []


def test_that_the_provider_is_complete(directory: DemoDirectory) -> None:
    provider = demo_provider()
    assert provider_problems(provider) == {}
    assert provider.jit.group_prefix == "RDM_JIT"
    assert provider.jit.location is not None
    assert creation_location_path(provider.jit.location.dn) == "Domain Groups\\Vaults\\Internal"
    assert [p.group.name for p in provider.jit.privileges] == [
        "Remote Desktop Manager Admins",
        "Remote Desktop Manager Service Desk",
        "Remote Desktop Manager Admins - Universal",
    ]
    assert provider.accounts[0].account.name == "_backupoperator15"
    policy = provider.policy
    assert (policy.minimum_seconds, policy.default_seconds, policy.maximum_seconds) == (60, 7200, 28800)


def test_that_the_provider_is_the_same_every_time() -> None:
    assert demo_provider() == demo_provider()


def test_that_all_the_provider_names_is_in_the_domain(directory: DemoDirectory) -> None:
    provider = demo_provider()
    assert provider.jit.location is not None
    refs = [p.group for p in provider.jit.privileges] + [a.account for a in provider.accounts]
    for ref in [*refs, provider.jit.location]:
        entry = directory.read(ref.guid)
        assert (entry.dn, entry.name) == (ref.dn, ref.name)
    sets = provider.jit.privilege_sets
    assert {guid for s in sets for guid in s.privileges} <= {p.group.guid for p in provider.jit.privileges}
    assert {guid for s in sets for guid in s.accounts} == {a.account.guid for a in provider.accounts}


def test_that_the_service_account_may_do_what_the_provider_needs(directory: DemoDirectory) -> None:
    provider = demo_provider()
    rights = directory.rights(INTERNAL, [p.group.guid for p in provider.jit.privileges])
    assert rights.can_create_groups
    assert all(rights.can_write_members.values())


def test_that_the_clock_of_the_domain_runs_ahead_of_the_pc(
    directory: DemoDirectory, clock: ManualClock
) -> None:
    assert directory.current_time() - clock.utc_now() == timedelta(seconds=90)
    clock.advance(30)
    assert directory.current_time() - clock.utc_now() == timedelta(seconds=90)


def test_that_setting_the_pc_s_clock_does_not_move_the_domain_s(
    directory: DemoDirectory, clock: ManualClock
) -> None:
    before = directory.current_time()
    clock.set_wall(clock.utc_now() + timedelta(days=1))
    assert directory.current_time() == before


def test_that_nothing_written_reaches_another_domain(
    directory: DemoDirectory, connector: DemoConnector, clock: ManualClock
) -> None:
    other = demo_factory(None, clock, latency_seconds=0)
    directory.delete_group(directory.read(ADMINS).guid)
    with pytest.raises(NoSuchObject):
        directory.read(ADMINS)
    assert other.connect(demo_provider().connection).read(ADMINS).dn == ADMINS
