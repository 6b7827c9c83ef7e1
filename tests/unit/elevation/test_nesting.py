"""Which scope the temporary group gets."""

from __future__ import annotations

import pytest

from jit_desktop.elevation.dn import domain_dn
from jit_desktop.elevation.errors import CannotNest
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.nesting import scope_for
from jit_desktop.elevation.ports import DirectoryEntry, GroupScope
from tests.unit.elevation.helpers import BASE, account, group

LOCATION = DistinguishedName(f"OU=Internal,{BASE}")
OTHER = "DC=other,DC=test"
GLOBAL, LOCAL, UNIVERSAL = GroupScope.GLOBAL, GroupScope.DOMAIN_LOCAL, GroupScope.UNIVERSAL


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([GLOBAL], GLOBAL),
        ([UNIVERSAL], GLOBAL),
        ([LOCAL], LOCAL),
        ([LOCAL, LOCAL], LOCAL),
        ([LOCAL, GLOBAL], GLOBAL),
        ([LOCAL, UNIVERSAL], GLOBAL),
        ([GLOBAL, LOCAL, UNIVERSAL], GLOBAL),
    ],
)
def test_that_the_scope_follows_the_targets(targets: list[GroupScope], expected: GroupScope) -> None:
    groups = [group(f"g{i}", scope) for i, scope in enumerate(targets)]
    assert scope_for(groups, account(), LOCATION) is expected


def test_that_a_domain_local_group_of_another_domain_needs_a_global_temporary_group() -> None:
    assert scope_for([group("far", LOCAL, domain=OTHER)], account(), LOCATION) is GLOBAL


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (group("far", GLOBAL, domain=OTHER), "members of its own domain only"),
        (group("mail", GLOBAL, security=False), "distribution group"),
        (account("no group"), "is not a group"),
    ],
)
def test_that_what_cannot_nest_is_refused_with_the_reason(target: DirectoryEntry, words: str) -> None:
    with pytest.raises(CannotNest, match=words) as refused:
        scope_for([group("good"), target], account(), LOCATION)
    assert refused.value.subject == target.dn
    assert refused.value.remedy


def test_that_an_account_of_another_domain_is_refused() -> None:
    with pytest.raises(CannotNest, match=r"belongs to the domain other\.test"):
        scope_for([group("g", UNIVERSAL)], account(domain=OTHER), LOCATION)


def test_that_no_target_is_refused() -> None:
    with pytest.raises(CannotNest, match="No privilege"):
        scope_for([], account(), LOCATION)


def test_that_domains_compare_without_regard_to_case() -> None:
    target = group("g", GLOBAL, domain=BASE.lower())
    assert domain_dn(target.dn) != domain_dn(LOCATION)
    assert scope_for([target], account(domain=BASE.replace("corp", "CORP")), LOCATION) is GLOBAL
