# SPDX-License-Identifier: MIT
"""What a directory ends by itself: dynamic groups and memberships with a time to live."""

import pytest

from jit_desktop.elevation.errors import AlreadyExists, NoSuchObject, RejectedByDirectory
from jit_desktop.elevation.identity import DistinguishedName
from jit_desktop.elevation.ports import Abilities, Directory, GroupScope, Membership, NotVisible
from tests.contract.case import DirectoryCase
from tests.unit.elevation.helpers import visible

HOUR = 3600


def _pass(case: DirectoryCase, seconds: float) -> None:
    assert case.elapse is not None
    case.elapse(seconds)


def _target(case: DirectoryCase) -> DistinguishedName:
    return case.targets[GroupScope.GLOBAL]


def test_that_it_says_what_it_ends_and_within_which_limits(ending: Directory) -> None:
    assert ending.info.abilities == Abilities(
        dynamic_objects=True, ttl_links=True, default_ttl_seconds=86_400, minimum_ttl_seconds=900
    )


def test_that_a_group_ends_at_its_time_and_not_before(ending: Directory, ending_case: DirectoryCase) -> None:
    made = ending.create_group(ending_case.new_group(lifetime_seconds=HOUR))
    ending.add_member(_target(ending_case), made.dn)
    assert made.ends_in_seconds == HOUR
    _pass(ending_case, HOUR - 1)
    now = visible(ending.temporary_group(made.guid))
    assert now is not None
    assert now.ends_in_seconds == 1
    assert ending.is_member_of(ending_case.account, _target(ending_case))
    _pass(ending_case, 2)
    assert isinstance(ending.temporary_group(made.guid), NotVisible)
    assert ending_case.outside.members(_target(ending_case)) == set()
    assert not ending.is_member_of(ending_case.account, _target(ending_case))


def test_that_a_time_below_the_minimum_is_raised_to_it(ending: Directory, ending_case: DirectoryCase) -> None:
    made = ending.create_group(ending_case.new_group(lifetime_seconds=60))
    assert made.ends_in_seconds == 900
    (listed,) = ending.temporary_groups(ending_case.location, made.name)
    assert listed.ends_in_seconds == 900


def test_that_an_ordinary_group_has_no_time(ending: Directory, ending_case: DirectoryCase) -> None:
    made = ending.create_group(ending_case.new_group())
    assert made.ends_in_seconds is None
    with pytest.raises(RejectedByDirectory):
        ending.write_record(made.guid, "{}", "", lifetime_seconds=HOUR)
    _pass(ending_case, 400 * 86_400)
    assert ending_case.outside.exists(made.dn)


def test_that_a_group_may_begin_without_a_member(ending: Directory, ending_case: DirectoryCase) -> None:
    empty = DistinguishedName("")
    made = ending.create_group(ending_case.new_group(member=empty, lifetime_seconds=HOUR))
    assert made.members == ()


def test_that_the_time_is_extended_with_the_record(ending: Directory, ending_case: DirectoryCase) -> None:
    made = ending.create_group(ending_case.new_group(lifetime_seconds=HOUR))
    _pass(ending_case, HOUR - 10)
    ending.write_record(made.guid, '{"v":2}', "Longer", lifetime_seconds=2 * HOUR)
    now = visible(ending.temporary_group(made.guid))
    assert now is not None
    assert (now.info, now.description, now.ends_in_seconds) == ('{"v":2}', "Longer", 2 * HOUR)
    _pass(ending_case, 2 * HOUR - 1)
    assert ending_case.outside.exists(made.dn)
    _pass(ending_case, 2)
    assert isinstance(ending.temporary_group(made.guid), NotVisible)


def test_that_a_membership_ends_at_its_time_and_not_before(
    ending: Directory, ending_case: DirectoryCase
) -> None:
    made = ending.create_group(ending_case.new_group())
    ending.add_member(_target(ending_case), made.dn, lifetime_seconds=HOUR)
    assert ending.membership(_target(ending_case), made.guid) == Membership(HOUR)
    _pass(ending_case, HOUR - 1)
    assert ending.membership(_target(ending_case), made.dn) == Membership(1)
    _pass(ending_case, 2)
    assert ending.membership(_target(ending_case), made.dn) is None
    assert ending_case.outside.members(_target(ending_case)) == set()
    assert ending_case.outside.exists(made.dn)


def test_that_a_membership_made_with_the_group_ends_at_its_time(
    ending: Directory, ending_case: DirectoryCase
) -> None:
    made = ending.create_group(ending_case.new_group(member_lifetime_seconds=HOUR))
    assert ending.membership(made.guid, ending_case.account) == Membership(HOUR)
    _pass(ending_case, HOUR + 1)
    assert ending.membership(made.guid, ending_case.account) is None
    now = visible(ending.temporary_group(made.guid))
    assert now is not None
    assert now.members == ()


def test_that_a_membership_is_renewed(ending: Directory, ending_case: DirectoryCase) -> None:
    made = ending.create_group(ending_case.new_group())
    ending.add_member(_target(ending_case), made.dn, lifetime_seconds=HOUR)
    _pass(ending_case, HOUR - 10)
    ending.renew_member(_target(ending_case), made.dn, 2 * HOUR)
    assert ending.membership(_target(ending_case), made.dn) == Membership(2 * HOUR)
    _pass(ending_case, HOUR)
    assert ending.is_member_of(ending_case.account, _target(ending_case))


def test_that_a_stranger_is_not_made_a_member_by_renewing(
    ending: Directory, ending_case: DirectoryCase
) -> None:
    with pytest.raises(NoSuchObject):
        ending.renew_member(_target(ending_case), ending_case.account, HOUR)
    assert ending_case.outside.members(_target(ending_case)) == set()


def test_that_a_time_is_not_laid_over_a_permanent_membership(
    ending: Directory, ending_case: DirectoryCase
) -> None:
    ending_case.outside.add_member(_target(ending_case), ending_case.account)
    with pytest.raises(AlreadyExists):
        ending.add_member(_target(ending_case), ending_case.account, lifetime_seconds=HOUR)
    _pass(ending_case, HOUR + 1)
    assert ending.membership(_target(ending_case), ending_case.account) == Membership(None)


def test_that_who_joins_again_for_good_stays(ending: Directory, ending_case: DirectoryCase) -> None:
    ending.add_member(_target(ending_case), ending_case.account, lifetime_seconds=HOUR)
    ending.remove_member(_target(ending_case), ending_case.account)
    ending.add_member(_target(ending_case), ending_case.account)
    _pass(ending_case, HOUR + 1)
    assert ending.membership(_target(ending_case), ending_case.account) == Membership(None)
