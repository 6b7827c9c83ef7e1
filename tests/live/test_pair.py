# SPDX-License-Identifier: MIT
"""The two real domain controllers: a test that stands on them may rely on each of these."""

import socket

import pytest

from tests.samba.pair import TwoControllers, seconds_until
from tests.samba.server import SambaDomain
from tests.samba.verifier import Verifier


def _both_ways(pair: TwoControllers) -> tuple[tuple[SambaDomain, SambaDomain], ...]:
    return (pair.dc1, pair.dc2), (pair.dc2, pair.dc1)


@pytest.mark.parametrize("way", [0, 1], ids=["dc1 to dc2", "dc2 to dc1"])
def test_that_a_group_made_on_one_shows_on_the_other_until_it_is_deleted(
    two_controllers: TwoControllers, way: int
) -> None:
    source, target = _both_ways(two_controllers)[way]
    with source.verifier() as here, target.verifier() as there:
        ou = here.create_ou(f"pair-{way}")
        group = here.create_group("replicated", ou)
        seconds_until(lambda: there.exists(group))
        assert there.guid(group) == here.guid(group)
        here.delete_tree(ou)
        seconds_until(lambda: not there.exists(group))


@pytest.mark.parametrize("way", [0, 1], ids=["dc1 away", "dc2 away"])
def test_that_one_goes_on_while_the_other_is_away_which_then_catches_up(
    two_controllers: TwoControllers, way: int
) -> None:
    away, stays = _both_ways(two_controllers)[way]
    two_controllers.stop(away)
    with pytest.raises(ConnectionRefusedError), socket.create_connection((away.host, 636)):
        pass
    with stays.verifier() as here:
        ou = here.create_ou(f"meanwhile-{way}")
        two_controllers.start(away)
        with away.verifier() as back:
            seconds_until(lambda: back.exists(ou))
        here.delete(ou)


def test_that_what_was_written_just_before_one_went_arrives_when_it_is_back(
    two_controllers: TwoControllers,
) -> None:
    two_controllers.stop(two_controllers.dc2)
    with two_controllers.dc1.verifier() as here:
        ou = here.create_ou("last-words")
    two_controllers.stop(two_controllers.dc1)
    two_controllers.start(two_controllers.dc2)
    with two_controllers.dc2.verifier() as there:
        assert not there.exists(ou)
        two_controllers.start(two_controllers.dc1)
        seconds_until(lambda: there.exists(ou))
        there.delete(ou)


def test_that_each_has_a_certificate_of_its_own_name(two_controllers: TwoControllers) -> None:
    for domain in two_controllers.domains:
        Verifier(domain.address, domain.ca_file, domain.host).close()
    with pytest.raises(Exception, match="certificate"):
        Verifier(two_controllers.dc2.address, two_controllers.dc2.ca_file, two_controllers.dc1.host)
