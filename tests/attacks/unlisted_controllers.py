# SPDX-License-Identifier: MIT
"""Domain controllers that nobody would ask."""

from __future__ import annotations

import time

from jit_desktop.elevation.controllers import OTHERS
from jit_desktop.elevation.model import Elevation
from tests.attacks.claimed_clocks import Later
from tests.attacks.doings import FEW, pass_on
from tests.attacks.field import NOTHING_SAID, Broken, Copy, Field
from tests.attacks.registry import attack
from tests.faults.liar import LyingProxy
from tests.samba import names
from tests.samba.names import BASE_DN, SERVICE
from tests.samba.rights import Access

DC2 = f"CN=DC2,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{BASE_DN}"
DC2_COMPUTER = f"CN=DC2,OU=Domain Controllers,{BASE_DN}"
_NOT_ASKED = "a domain controller that nobody asks"


def _unlist_dc2(field: Field, dn: str = DC2) -> None:
    before = field.admin.deny(dn, SERVICE.dn, Access.SEE, below_too=True)
    field.stack.callback(lambda: field.admin.allow_again(dn, before))


@attack(_NOT_ASKED, "dc2 is hidden from the list of domain controllers, and has not heard")
def not_listed(field: Field) -> None:
    _not_listed(field, DC2)


@attack(_NOT_ASKED, "dc2 is hidden from the sites and from the computers, and has not heard")
def in_no_list(field: Field) -> None:
    _not_listed(field, DC2, DC2_COMPUTER)


def _not_listed(field: Field, *lists: str) -> None:
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    copy.sweep()  # it has known dc2
    for dn in lists:
        _unlist_dc2(field, dn)
    field.pair.await_replication()
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        said = copy.sweep()
        if field.is_held() and not said.is_alarm:
            field.require_open(copy, elevation, f"dc2 was not asked, and shows {field.held()}")


@attack(_NOT_ASKED, "dc2 could not be reached at the end, and is hidden from the list when it is back")
def not_listed_any_more(field: Field) -> None:
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        two.refuse()
        copy.sweep()
        _unlist_dc2(field)
        two.mend()
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        said = again.sweep()
        row = again.row(elevation)
        if field.is_held() and not (row.is_open or row.unconfirmed_on or said.is_alarm):
            raise Broken("outlived_deadline", f"settled for dc2, and held {field.held()}")


@attack(_NOT_ASKED, "dc2 could not be reached at the end, is hidden while it is away, and comes back")
def hidden_while_away(field: Field) -> None:
    """The same as where its traces were cleaned up and it is switched on again."""
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        two.refuse()
        field.wait_past(elevation)
        copy.sweep()
        _unlist_dc2(field)
        _unlist_dc2(field, DC2_COMPUTER)
        for _ in range(2):
            again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
            again.sweep()
            if not again.row(elevation).unconfirmed_on:
                raise Broken("outlived_deadline", "dc2 was settled while nobody could ask it")
        two.mend()
        again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
        said = again.sweep()
        if field.is_held() and not said.is_alarm:
            raise Broken("outlived_deadline", f"dc2 is back, exit code {said.code}, and held {field.held()}")


@attack(_NOT_ASKED, "what answers under the name of dc2 is dc1, with one certificate for both", short=True)
def stale_address(field: Field) -> None:
    pair = field.pair
    addresses = [pair.dc1.address, pair.dc2.address]
    both = pair.dc1.authority.issue([names.DC1, names.DC2, names.DNS_DOMAIN], addresses)
    one = LyingProxy(pair.dc1, both)
    field.stack.callback(one.close)
    two = LyingProxy(pair.dc2, both, port=one.port)
    field.stack.callback(two.close)
    two.address, two.host = pair.dc1.address, pair.dc1.host  # what comes is sent on there
    field.proxies = (one, two)
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        said = copy.sweep()
        _require_unconfirmed(field, copy, elevation, pair.dc2.host, said.words)


@attack(_NOT_ASKED, "dc2 is registered under the name of dc1")
def two_of_one_name(field: Field) -> None:
    _unlist_dc2(field, DC2_COMPUTER)
    before = field.admin.text(DC2, "dNSHostName")
    assert before
    field.admin.set_attribute(DC2, "dNSHostName", field.pair.dc1.host)
    field.stack.callback(field.admin.set_attribute, DC2, "dNSHostName", before)
    field.pair.await_replication()
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        said = copy.sweep()
        _require_unconfirmed(field, copy, elevation, OTHERS, said.words)


def _require_unconfirmed(field: Field, copy: Copy, elevation: Elevation, host: str, words: str) -> None:
    row = copy.row(elevation)
    if field.is_held() and not row.is_open and host not in row.unconfirmed_on:
        raise Broken("outlived_deadline", f"said to be over everywhere, and held {field.held()}: {words}")


@attack(_NOT_ASKED, "the group was deleted at dc1, and a copy that knows nothing can't search dc2")
def not_searched(field: Field) -> None:
    _, two = field.lie()
    elevation = field.copy().check_out(FEW)
    with field.no_replication_to_dc2():
        field.admin.delete(field.group(elevation))
        field.wait_past(elevation)
        two.refuse()
        said = field.copy("CORP\\bob").sweep()
        if field.is_held() and f"not searched: {field.pair.dc2.host}" not in said.words:
            raise Broken("wrong", f"nothing says that dc2 was not searched: {said.words}")


@attack(_NOT_ASKED, "replication to dc2 stands still, and a sweep comes once a minute")
def looks_are_counted(field: Field) -> None:
    """The end is written where it has not arrived after 50 s: those are counted by looks, not by a clock."""
    copy = field.copy()
    elevation = copy.check_out(FEW)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        said = NOTHING_SAID
        for number in range(3):
            if number:
                time.sleep(60)
            said = copy.sweep()
        if field.is_held() and not said.is_alarm:
            row = copy.row(elevation)
            raise Broken("outlived_deadline", f"two minutes, {row.attempts} looks, held {field.held()}")


@attack(_NOT_ASKED, "dc2 could not be reached at the end, and refuses the removal when it is back")
def refuses_when_back(field: Field) -> None:
    """It was asked, and says that it gives the right: that is no domain controller that is away."""
    _, two = field.lie()
    copy = field.copy()
    elevation = copy.check_out(FEW + 4)
    field.pair.await_replication()
    at_dc2 = field.verifiers[field.pair.dc2.host]
    with field.no_replication_to_dc2():
        two.refuse()
        field.wait_past(elevation)
        copy.sweep()
        for dn in (field.arena.creation_ou, *field.arena.targets):
            before = at_dc2.deny(dn, SERVICE.dn, Access.CHANGE, below_too=True)
            field.stack.callback(at_dc2.allow_again, dn, before)
        two.mend()
        for _ in range(2):
            again = field.copy(folder=copy.folder, provider=copy.provider, new=False)
            said = again.sweep()
            if field.is_held() and not said.is_alarm:
                raise Broken("outlived_deadline", f"exit code {said.code}, and held {field.held()}")


@attack(_NOT_ASKED, "dc2 has not heard of the end, and refuses the removal by our own hands")
def refuses_our_own_hands(field: Field) -> None:
    """It answers, gives the right, and lets nobody take it: that is not replication that takes its time."""
    proxies, clock = field.lie(), Later()
    copy = field.copy(clock=clock)
    elevation = copy.check_out(FEW)
    field.pair.await_replication()
    at_dc2 = field.verifiers[field.pair.dc2.host]
    with field.no_replication_to_dc2():
        field.wait_past(elevation, 2)
        copy.sweep()
        for dn in (field.arena.creation_ou, *field.arena.targets):
            before = at_dc2.deny(dn, SERVICE.dn, Access.CHANGE, below_too=True)
            field.stack.callback(at_dc2.allow_again, dn, before)
        pass_on(60, clock, proxies)
        said = copy.sweep()
        if field.is_held() and not said.is_alarm:
            raise Broken("outlived_deadline", f"exit code {said.code}, and held {field.held()}")


def _departed(field: Field, two: LyingProxy, seconds: int) -> tuple[Copy, Elevation]:
    """A grant that dc2 has heard of, before it leaves all lists and misses an answer."""
    copy = field.copy()
    elevation = copy.check_out(seconds)
    copy.sweep()  # it has known dc2
    field.pair.await_replication()
    _unlist_dc2(field)
    _unlist_dc2(field, DC2_COMPUTER)
    field.pair.await_replication()
    two.refuse()
    _anew(field, copy).sweep()
    return copy, elevation


def _anew(field: Field, copy: Copy) -> Copy:
    return field.copy(folder=copy.folder, provider=copy.provider, new=False)


@attack(_NOT_ASKED, "dc2 has left the list and missed one answer, and does not hear of the end")
def missed_one_answer(field: Field) -> None:
    _, two = field.lie()
    copy, elevation = _departed(field, two, FEW + 16)
    with field.no_replication_to_dc2():
        two.mend()
        field.wait_past(elevation)
        again = _anew(field, copy)
        said = again.sweep()
        if field.is_held() and not said.is_alarm:
            field.require_open(again, elevation, f"dc2 was seen and forgotten, and shows {field.held()}")


@attack(_NOT_ASKED, "dc2 has left the list, does not answer at the end either, and comes back")
def silent_at_the_end_too(field: Field) -> None:
    _, two = field.lie()
    copy, elevation = _departed(field, two, FEW + 16)
    with field.no_replication_to_dc2():
        field.wait_past(elevation)
        again = _anew(field, copy)
        said = again.sweep()
        _require_unconfirmed(field, again, elevation, field.pair.dc2.host, said.words)
        two.mend()
        _anew(field, copy).sweep()
        if field.is_held():
            raise Broken("outlived_deadline", f"dc2 is back and was not asked: held {field.held()}")
