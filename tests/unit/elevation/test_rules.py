"""What settings and requests must satisfy."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from jit_desktop.elevation.identity import (
    DistinguishedName,
    ObjectGuid,
    ObjectRef,
    PrivilegeSetId,
    ProviderId,
)
from jit_desktop.elevation.model import CheckoutRequest
from jit_desktop.elevation.rules import checkout_sentence, duration_words, provider_problems, request_problems
from jit_desktop.elevation.settings import (
    CertificateTrust,
    CheckoutPolicy,
    ConnectionMethod,
    ConnectionSettings,
    DomainProvider,
    FieldMode,
    JitSettings,
    PrivilegedAccount,
    PrivilegeSet,
    ProviderPrivilege,
    SignIn,
)
from tests.unit.elevation.helpers import BASE, account, group, reference

ADMINS = ProviderPrivilege(reference(group("Remote Desktop Manager Admins")), "RDM administrators")
DESK = ProviderPrivilege(reference(group("Remote Desktop Manager Service Desk")))
BACKUP = PrivilegedAccount(reference(account()))
OTHER = PrivilegedAccount(reference(account("_other")))
LOCATION = ObjectRef(
    ObjectGuid(str(uuid.uuid4())),
    DistinguishedName(f"OU=Internal,OU=Vaults,OU=Domain Groups,{BASE}"),
    "Internal",
)
GOOD = DomainProvider(
    id=ProviderId(str(uuid.uuid4())),
    name="corp",
    connection=ConnectionSettings(server="corp.example.test", bind_as="svc@corp.example.test"),
    jit=JitSettings(privileges=(ADMINS, DESK), group_prefix="RDM_JIT", location=LOCATION),
    accounts=(BACKUP, OTHER),
)


def connection(**changes: object) -> DomainProvider:
    return replace(GOOD, connection=replace(GOOD.connection, **changes))  # type: ignore[arg-type]


def jit(**changes: object) -> DomainProvider:
    return replace(GOOD, jit=replace(GOOD.jit, **changes))  # type: ignore[arg-type]


def policy(**changes: object) -> DomainProvider:
    return replace(GOOD, policy=replace(GOOD.policy, **changes))  # type: ignore[arg-type]


def sets(*bundles: PrivilegeSet) -> DomainProvider:
    return jit(privilege_sets_enabled=True, privilege_sets=bundles)


def bundle(name: str, privileges: list[ProviderPrivilege], accounts: list[PrivilegedAccount]) -> PrivilegeSet:
    return PrivilegeSet(
        PrivilegeSetId(str(uuid.uuid4())),
        name,
        frozenset(p.group.guid for p in privileges),
        frozenset(a.account.guid for a in accounts),
    )


def test_that_a_complete_provider_has_no_problems() -> None:
    assert provider_problems(GOOD) == {}


@pytest.mark.parametrize(
    ("provider", "field", "words"),
    [
        (replace(GOOD, name=" "), "name", "name"),
        (replace(GOOD, accounts=()), "accounts", "at least one"),
        (replace(GOOD, accounts=(BACKUP, BACKUP)), "accounts", "twice"),
        (connection(server=""), "connection.server", "Enter the name"),
        (connection(server="ldaps://dc1"), "connection.server", "without ldaps://"),
        (connection(server="dc 1"), "connection.server", "name or an address only"),
        (connection(port=70000), "connection.port", "65535"),
        (connection(bind_as=""), "connection.bind_as", "signs in"),
        (connection(method=ConnectionMethod.SEALED), "connection.method", "LDAPS or StartTLS"),
        (connection(trust=CertificateTrust.CA_FILE), "connection.ca_file", "PEM"),
        (connection(trust=CertificateTrust.PINNED, fingerprint="ab"), "connection.fingerprint", "64"),
        (jit(group_prefix="a,b"), "jit.group_prefix", ","),
        (jit(location=None), "jit.location", "Choose where"),
        (jit(replication_latency_seconds=-1), "jit.replication_latency_seconds", "24 hours"),
        (jit(privileges=()), "jit.privileges", "at least one"),
        (jit(privileges=(ADMINS, ADMINS)), "jit.privileges", "twice"),
        (
            jit(privileges=(ADMINS, replace(DESK, display_name="RDM Administrators"))),
            "jit.privileges",
            "display name of its own",
        ),
        (jit(privilege_sets_enabled=True), "jit.privilege_sets", "Add a privilege set"),
        (sets(bundle("A", [], [BACKUP])), "jit.privilege_sets", "no privileges"),
        (sets(bundle("A", [DESK], [])), "jit.privilege_sets", "no accounts"),
        (sets(bundle(" ", [DESK], [BACKUP])), "jit.privilege_sets", "a name"),
        (
            sets(bundle("A", [DESK], [BACKUP]), bundle("a", [DESK], [BACKUP])),
            "jit.privilege_sets",
            "same name",
        ),
        (policy(minimum_seconds=5), "policy.minimum_seconds", "1 minute"),
        (policy(maximum_seconds=60), "policy.maximum_seconds", "shorter"),
        (policy(maximum_seconds=400 * 86400), "policy.maximum_seconds", "one year"),
        (policy(default_seconds=90000), "policy.default_seconds", "between"),
    ],
)
def test_that_each_wrong_setting_is_named_beside_its_field(
    provider: DomainProvider, field: str, words: str
) -> None:
    problems = provider_problems(provider)
    assert list(problems) == [field] or field in problems
    assert words in problems[field]


def test_that_kerberos_needs_no_name_to_sign_in_as() -> None:
    assert provider_problems(connection(sign_in=SignIn.KERBEROS, bind_as="")) == {}


def test_that_the_demo_domain_needs_no_connection() -> None:
    assert provider_problems(replace(GOOD, connection=ConnectionSettings(method=ConnectionMethod.DEMO))) == {}


def test_that_without_sets_every_account_may_have_every_privilege() -> None:
    assert GOOD.privileges_for(BACKUP.account.guid) == (ADMINS, DESK)


def test_that_with_sets_an_account_sees_only_what_its_sets_give_it() -> None:
    provider = sets(bundle("A", [DESK], [BACKUP]))
    assert provider.privileges_for(BACKUP.account.guid) == (DESK,)
    assert provider.privileges_for(OTHER.account.guid) == ()


def request(**changes: object) -> CheckoutRequest:
    made = CheckoutRequest(GOOD.id, BACKUP.account.guid, (ADMINS.group.guid,), 7200, "CORP\\alice")
    return replace(made, **changes)  # type: ignore[arg-type]


def test_that_the_example_of_two_hours_is_allowed() -> None:
    assert request_problems(GOOD, request()) == {}


@pytest.mark.parametrize(
    ("provider", "asked", "field", "words"),
    [
        (GOOD, request(account=ObjectGuid("x")), "account", "privileged accounts"),
        (GOOD, request(privileges=()), "privileges", "at least one"),
        (GOOD, request(privileges=(ADMINS.group.guid,) * 2), "privileges", "twice"),
        (GOOD, request(privileges=(ObjectGuid("x"),)), "privileges", "may not have"),
        (sets(bundle("A", [DESK], [BACKUP])), request(), "privileges", "may not have"),
        (GOOD, request(duration_seconds=599), "duration_seconds", "At least 10 minutes"),
        (GOOD, request(duration_seconds=28801), "duration_seconds", "At most 8 hours"),
        (policy(reason=FieldMode.REQUIRED), request(reason="  "), "reason", "asks for a reason"),
        (policy(ticket=FieldMode.REQUIRED), request(), "ticket", "ticket number"),
        (GOOD, request(reason="x" * 1001), "reason", "1000"),
        (GOOD, request(ticket="x" * 101), "ticket", "100"),
    ],
)
def test_that_each_thing_a_request_may_not_ask_is_named(
    provider: DomainProvider, asked: CheckoutRequest, field: str, words: str
) -> None:
    assert words in request_problems(provider, asked)[field]


def test_that_one_checkout_cannot_have_more_privileges_than_its_record_holds() -> None:
    many = tuple(ProviderPrivilege(reference(group(f"g{i}"))) for i in range(21))
    provider = jit(privileges=many)
    asked = request(privileges=tuple(p.group.guid for p in many))
    assert "At most 20" in request_problems(provider, asked)["privileges"]


def test_that_the_policy_of_a_new_provider_is_a_sane_one() -> None:
    new = CheckoutPolicy()
    assert (new.minimum_seconds, new.default_seconds, new.maximum_seconds) == (600, 7200, 28800)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (45, "45 seconds"),
        (60, "1 minute"),
        (5400, "1 hour 30 minutes"),
        (7200, "2 hours"),
        (90061, "1 day 1 hour 1 minute 1 second"),
    ],
)
def test_that_durations_read_as_people_say_them(seconds: int, words: str) -> None:
    assert duration_words(seconds) == words


def test_that_the_sentence_says_who_gets_what_for_how_long_and_where() -> None:
    text = checkout_sentence(GOOD, BACKUP, [ADMINS, DESK], 7200)
    assert text == (
        "_backupoperator15 becomes a member of RDM administrators and Remote Desktop Manager Service Desk "
        "for 2 hours, through a temporary group in Domain Groups\\Vaults\\Internal that is removed at "
        "the end."
    )
