# SPDX-License-Identifier: MIT
"""What the demo domain refuses beyond the contract: rules of Active Directory and rights of the example."""

import pytest

from jit_desktop.directory.demo import DemoConnector, DemoConsole, DemoDirectory, demo_provider
from jit_desktop.elevation.dn import child_dn, parent_dn
from jit_desktop.elevation.errors import (
    AccessDenied,
    AccountRestricted,
    AlreadyExists,
    InvalidName,
    NoSuchObject,
    PasswordExpired,
    RejectedByDirectory,
    SignInFailed,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import GroupScope, NewGroup, NotVisible
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, ConnectionSettings
from tests.unit.demo.helpers import (
    ACCOUNT,
    ADMINS,
    BASE,
    ENTERPRISE_ADMINS,
    EXTERNAL,
    INTERNAL,
    SERVICE_DESK,
    UNIVERSAL,
    new_group,
)
from tests.unit.elevation.helpers import ManualClock

FOREIGNER = DistinguishedName(f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}")


def _as(connector: DemoConnector, who: str, password: str | None = None) -> DemoDirectory:
    settings = ConnectionSettings(method=ConnectionMethod.DEMO, bind_as=who)
    return connector.connect(settings, None if password is None else Secret(password))


def test_that_no_rights_in_the_external_vault(directory: DemoDirectory) -> None:
    assert not directory.rights(EXTERNAL, []).can_create_groups
    with pytest.raises(AccessDenied, match="External"):
        directory.create_group(NewGroup("RDM_JIT_1", EXTERNAL, GroupScope.GLOBAL, ACCOUNT, "", ""))


def test_that_no_rights_on_the_enterprise_admins(directory: DemoDirectory) -> None:
    guid = directory.read(ENTERPRISE_ADMINS).guid
    made = directory.create_group(new_group(scope=GroupScope.UNIVERSAL))
    assert directory.rights(INTERNAL, [guid]).can_write_members == {guid: False}
    with pytest.raises(AccessDenied):
        directory.add_member(guid, made.dn)


def test_that_rights_come_back_when_they_are_delegated(
    directory: DemoDirectory, console: DemoConsole
) -> None:
    console.set_delegated(EXTERNAL, delegated=True)
    assert directory.rights(EXTERNAL, []).can_create_groups


def test_that_the_administrator_may_everything(connector: DemoConnector) -> None:
    directory = _as(connector, "CORP\\Administrator")
    guid = directory.read(ENTERPRISE_ADMINS).guid
    rights = directory.rights(EXTERNAL, [guid])
    assert rights.can_create_groups
    assert rights.can_write_members == {guid: True}


def test_that_nobody_may_nothing(connector: DemoConnector) -> None:
    directory = _as(connector, "nobody01@corp.example.test")
    assert directory.info.identity == "CORP\\nobody01"
    assert not directory.rights(INTERNAL, []).can_create_groups


@pytest.mark.parametrize("password", [None, "", "anything", "Wrong"])
def test_that_any_password_will_do(connector: DemoConnector, password: str | None) -> None:
    assert _as(connector, "CORP\\svc-jit", password).info.identity == "CORP\\svc-jit"


@pytest.mark.parametrize(("password", "error"), [("wrong", SignInFailed), ("expired", PasswordExpired)])
def test_that_two_passwords_are_refused(
    connector: DemoConnector, password: str, error: type[SignInFailed]
) -> None:
    with pytest.raises(SignInFailed) as raised:
        _as(connector, "CORP\\svc-jit", password)
    assert type(raised.value) is error


@pytest.mark.parametrize("who", ["_disabled01", "_expired01", "CORP\\_disabled01", "krbtgt"])
def test_that_a_restricted_account_can_not_sign_in(connector: DemoConnector, who: str) -> None:
    with pytest.raises(AccountRestricted):
        _as(connector, who, "anything")


def test_that_a_dn_can_sign_in_too(connector: DemoConnector) -> None:
    assert _as(connector, ACCOUNT).info.identity == "CORP\\_backupoperator15"


def test_that_who_is_not_named_is_the_service_account(connector: DemoConnector) -> None:
    assert _as(connector, "").info.identity == "CORP\\svc-jit"


def test_that_there_is_no_certificate_to_show(connector: DemoConnector) -> None:
    assert connector.certificate_fingerprint(demo_provider().connection) == ""


@pytest.mark.parametrize(
    ("target", "scope", "words"),
    [
        (ADMINS, GroupScope.UNIVERSAL, "a global group takes no universal group"),
        (ADMINS, GroupScope.DOMAIN_LOCAL, "a global group takes no domain local group"),
        (UNIVERSAL, GroupScope.DOMAIN_LOCAL, "a universal group takes no domain local group"),
    ],
)
def test_that_a_refused_nesting_says_why(
    directory: DemoDirectory, target: DistinguishedName, scope: GroupScope, words: str
) -> None:
    made = directory.create_group(new_group(scope=scope))
    with pytest.raises(RejectedByDirectory, match=words):
        directory.add_member(target, made.dn)


def test_that_only_domain_local_groups_take_members_from_outside(directory: DemoDirectory) -> None:
    directory.add_member(SERVICE_DESK, FOREIGNER)
    for target in (ADMINS, UNIVERSAL):
        with pytest.raises(RejectedByDirectory, match="outside its forest"):
            directory.add_member(target, FOREIGNER)


def test_that_a_built_in_group_is_nobody_s_member(directory: DemoDirectory) -> None:
    with pytest.raises(RejectedByDirectory, match="built-in"):
        directory.add_member(SERVICE_DESK, DistinguishedName(f"CN=Backup Operators,CN=Builtin,{BASE}"))


def test_that_a_folder_is_nobody_s_member(directory: DemoDirectory) -> None:
    with pytest.raises(RejectedByDirectory, match="neither an account nor a group"):
        directory.add_member(SERVICE_DESK, INTERNAL)


def test_that_a_group_does_not_contain_itself(directory: DemoDirectory) -> None:
    with pytest.raises(RejectedByDirectory, match="itself"):
        directory.add_member(ADMINS, ADMINS)


def test_that_groups_in_a_circle_are_counted_once(directory: DemoDirectory) -> None:
    made = [directory.create_group(new_group(f"RDM_JIT_{n}")) for n in range(3)]
    for group, member in ((0, 1), (1, 2), (2, 0)):
        directory.add_member(made[group].guid, made[member].dn)
    sids = {directory.read(group.guid).sid for group in made}
    assert sids < directory.token_groups(ACCOUNT)


def test_that_the_primary_group_counts_as_a_membership(directory: DemoDirectory) -> None:
    with pytest.raises(AlreadyExists):
        directory.add_member(DistinguishedName(f"CN=Domain Users,CN=Users,{BASE}"), ACCOUNT)


def test_that_distribution_groups_give_no_token(directory: DemoDirectory, console: DemoConsole) -> None:
    mail = DistinguishedName(f"CN=DL Accounting ZRH All,OU=Distribution Lists,OU=Domain Groups,{BASE}")
    console.add_member(mail, ACCOUNT)
    assert ACCOUNT in directory.members(mail)
    assert directory.read(mail).sid not in directory.token_groups(ACCOUNT)


@pytest.mark.parametrize("dn", [f"CN=Domain Admins,CN=Users,{BASE}", INTERNAL])
def test_that_what_is_no_ordinary_group_is_not_deleted(connector: DemoConnector, dn: str) -> None:
    directory = _as(connector, "Administrator")
    with pytest.raises(RejectedByDirectory):
        directory.delete_group(DistinguishedName(dn))
    assert directory.read(DistinguishedName(dn)).dn == dn


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "empty"), ("   ", "empty"), ("ends.", "full stop"), ("x" * 65, "64"), ("🚀" * 33, "64")],
)
def test_that_a_name_is_refused_with_the_reason(directory: DemoDirectory, name: str, words: str) -> None:
    with pytest.raises(InvalidName, match=words):
        directory.create_group(new_group(name))


def test_that_nothing_is_made_below_a_group(directory: DemoDirectory) -> None:
    with pytest.raises(RejectedByDirectory, match="below"):
        directory.create_group(NewGroup("RDM_JIT_1", ADMINS, GroupScope.GLOBAL, ACCOUNT, "", ""))


def test_that_a_folder_is_no_temporary_group(directory: DemoDirectory) -> None:
    assert isinstance(directory.temporary_group(INTERNAL), NotVisible)


def test_that_the_deletion_of_a_folder_takes_all_with_it(
    directory: DemoDirectory, console: DemoConsole
) -> None:
    made = directory.create_group(new_group())
    directory.add_member(ADMINS, made.dn)
    console.delete(INTERNAL)
    assert isinstance(directory.temporary_group(made.guid), NotVisible)
    assert made.dn not in directory.members(ADMINS)
    with pytest.raises(NoSuchObject):
        directory.create_group(new_group())


def test_that_names_can_be_swapped(
    console: DemoConsole, directory: DemoDirectory, clock: ManualClock
) -> None:
    first, second = directory.read(ADMINS), directory.read(UNIVERSAL)
    console.rename(first.guid, "meanwhile")
    console.rename(second.guid, first.name)
    console.rename(first.guid, second.name)
    for _ in range(2):
        assert directory.read(ADMINS).guid == second.guid
        assert directory.read(UNIVERSAL).guid == first.guid
        # Once every controller has it, the two renames are put onto the example content one by one.
        clock.advance(60)
        console.create_ou("Later", INTERNAL)
        console.delete(child_dn("OU", "Later", INTERNAL))


def test_that_the_console_does_not_take_a_name_twice(console: DemoConsole) -> None:
    with pytest.raises(AlreadyExists):
        console.rename(ADMINS, "Remote Desktop Manager Service Desk")
    with pytest.raises(AlreadyExists):
        console.create_ou("Internal", parent_dn(INTERNAL))


def test_that_the_console_disables_accounts_and_ends_memberships(
    console: DemoConsole, directory: DemoDirectory
) -> None:
    console.set_enabled(ACCOUNT, enabled=False)
    assert not directory.read(ACCOUNT).enabled
    console.add_member(ADMINS, ACCOUNT)
    console.remove_member(ADMINS, ACCOUNT)
    assert ACCOUNT not in directory.members(ADMINS)
    with pytest.raises(NoSuchObject):
        console.remove_member(ADMINS, ACCOUNT)
