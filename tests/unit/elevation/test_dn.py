"""Distinguished names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation.dn import (
    child_dn,
    domain_dn,
    domain_name,
    escape_value,
    is_dn,
    is_within,
    parent_dn,
    same_dn,
    split_dn,
    unescape_value,
)
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.settings import creation_location_path

NAMES = st.text(
    alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from(list(',+"\\<>;=# äß中😀')),
    min_size=1,
    max_size=30,
)


@given(NAMES)
def test_that_any_name_survives_being_written_into_a_dn(name: str) -> None:
    assert unescape_value(escape_value(name)) == name
    dn = child_dn("CN", name, "OU=a,DC=corp,DC=test")
    assert split_dn(dn)[0] == ("CN", name)
    assert parent_dn(dn) == "OU=a,DC=corp,DC=test"


@given(NAMES, NAMES)
def test_that_different_names_stay_different_and_equal_ones_equal(a: str, b: str) -> None:
    one, two = child_dn("CN", a, "DC=x"), child_dn("CN", b, "DC=x")
    assert same_dn(one, two) == (a.casefold() == b.casefold())


@pytest.mark.parametrize(
    ("written", "also_written"),
    [
        ("CN=a\\,b,DC=x", "cn=A\\2Cb, dc=X"),
        ("CN=ä,DC=x", "CN=\\C3\\A4,DC=x"),
        ("CN=\\ a,DC=x", "CN=\\20a,DC=x"),
    ],
)
def test_that_ways_of_escaping_do_not_count(written: str, also_written: str) -> None:
    assert same_dn(written, also_written)


def test_that_the_domain_is_read_from_a_dn() -> None:
    dn = DistinguishedName("CN=a\\,DC=no,OU=b,DC=corp,DC=example,DC=test")
    assert domain_dn(dn) == "DC=corp,DC=example,DC=test"
    assert domain_name(dn) == "corp.example.test"


@pytest.mark.parametrize(
    ("dn", "ancestor", "expected"),
    [
        ("CN=a,OU=b,DC=x", "ou=B, dc=X", True),
        ("OU=b,DC=x", "OU=b,DC=x", True),
        ("CN=a,OU=bb,DC=x", "OU=b,DC=x", False),
        ("DC=x", "OU=b,DC=x", False),
        ("CN=a\\,OU=b,DC=x", "OU=b,DC=x", False),
    ],
)
def test_that_lying_below_is_a_matter_of_whole_components(dn: str, ancestor: str, expected: bool) -> None:
    assert is_within(dn, ancestor) is expected


@pytest.mark.parametrize("text", ["_backupoperator15", "user@corp", "CORP\\x", "", "CN=a,b"])
def test_that_what_is_no_dn_is_told_apart(text: str) -> None:
    assert not is_dn(text)


def test_that_a_location_reads_as_people_say_it() -> None:
    dn = DistinguishedName("OU=Internal,OU=Vaults,OU=Domain Groups,DC=corp,DC=example,DC=test")
    assert creation_location_path(dn) == "Domain Groups\\Vaults\\Internal"


def test_that_control_characters_are_written_as_their_numbers() -> None:
    """Active Directory makes such names itself: of a conflict, ``\\0ACNF:``."""
    assert escape_value("a\nCNF:b\0\x1f") == "a\\0ACNF:b\\00\\1F"
