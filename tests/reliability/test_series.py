# SPDX-License-Identifier: MIT
"""The short form of every series, and that the document is what its generator makes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.reliability import (
    attacked,
    audits,
    clocks,
    clocks_apart,
    copies,
    cuts,
    directory_side,
    document,
    impostors,
    kills,
    late,
    many,
    pairs,
    providers,
    run,
    stores,
)
from tests.reliability.flows import FLOWS
from tests.reliability.model import Alarm, Fact, Model
from tests.reliability.outcome import Outcome, spread
from tests.samba.pair import TwoControllers
from tests.samba.server import SambaDomain

SHORT = 2
"""Points or faults of each flow."""


def _all_held(outcome: Outcome) -> None:
    assert outcome.cases > 0
    assert outcome.failures == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("sweeping", [False, True], ids=["restart", "sweep by another copy"])
def test_that_a_killed_program_leaves_nothing_behind(samba_domain: SambaDomain, sweeping: bool) -> None:
    _all_held(kills.kill_series(samba_domain, sweeping=sweeping, how_many=SHORT))


@pytest.mark.timeout(300)
def test_that_a_fault_of_the_network_leaves_nothing_behind(samba_domain: SambaDomain) -> None:
    _all_held(cuts.fault_series(samba_domain, how_many=SHORT))


@pytest.mark.timeout(300)
def test_that_two_copies_at_once_neither_lose_nor_double_anything(samba_domain: SambaDomain) -> None:
    _all_held(copies.copies_series(samba_domain, how_many=1))


@pytest.mark.timeout(300)
def test_that_a_store_that_fails_keeps_nothing_from_ending(samba_domain: SambaDomain) -> None:
    _all_held(stores.store_series(samba_domain, how_many=1))


@pytest.mark.timeout(300)
def test_that_one_provider_keeps_no_other_from_ending(samba_domain: SambaDomain) -> None:
    _all_held(providers.provider_series(samba_domain))


@pytest.mark.timeout(120)
def test_that_impostors_get_no_password_and_onlookers_no_file(samba_domain: SambaDomain) -> None:
    _all_held(impostors.impostor_series(samba_domain))


@pytest.mark.timeout(300)
def test_that_the_last_of_some_is_not_late(samba_domain: SambaDomain) -> None:
    _all_held(late.late_series(samba_domain, short=True, patience=3))


@pytest.mark.timeout(300)
def test_that_one_clock_decides_nothing_alone(two_controllers: TwoControllers) -> None:
    _all_held(clocks_apart.apart_series(two_controllers, how_many=1))


@pytest.mark.timeout(300)
def test_that_many_end_at_once_and_a_long_history_slows_nothing(samba_domain: SambaDomain) -> None:
    _all_held(many.many_series(samba_domain, elevations=15, history=3000, patience=10))


@pytest.mark.timeout(300)
def test_that_the_directory_ends_what_a_dead_program_granted(samba_domain: SambaDomain) -> None:
    _all_held(directory_side.directory_series(samba_domain, how_many=1))


@pytest.mark.timeout(300)
def test_that_two_domain_controllers_forget_it_both(two_controllers: TwoControllers) -> None:
    _all_held(pairs.pair_series(two_controllers))


@pytest.mark.timeout(300)
def test_that_no_clock_lets_anything_outlive_its_deadline() -> None:
    _all_held(clocks.clock_series(runs=150, steps=25))


def test_that_a_trail_that_was_touched_is_found() -> None:
    _all_held(audits.audit_series(how_many=3))


def test_that_points_are_spread_evenly() -> None:
    assert spread(5, 0) == [1, 2, 3, 4, 5]
    assert spread(9, 3) == [1, 5, 9]
    assert spread(9, 1) == [5]


def test_that_a_short_form_kills_where_the_directory_knows_more_than_the_database() -> None:
    points = ["before commit", "after commit", "before addRequest", "after addRequest", "before commit"]
    assert kills.chosen_points(points, 1) == [4]
    assert kills.chosen_points(points[:2], 2) == [1, 2]
    assert kills.chosen_points(points, 0) == [1, 2, 3, 4, 5]


def test_that_a_short_form_meets_every_kind_of_fault_at_a_write() -> None:
    seen = ["bind", "search", "add", "modify", "delete"]
    met = [f for number in range(len(FLOWS)) for f in cuts.chosen_faults(seen, SHORT, first=number * SHORT)]
    assert {fault for fault, _ in met} == set(cuts.TROUBLES)
    assert {nth for _, nth in met} <= {3, 4, 5}


def test_that_the_long_form_meets_every_kind_of_fault_at_each_write_and_in_turn_at_the_rest() -> None:
    seen = ["bind", "search", "search", "search", "add", "modify", "delete"]
    met = cuts.chosen_faults(seen, 0, first=0)
    assert len(met) == len(set(met))
    for write in (5, 6, 7):
        assert {fault for fault, nth in met if nth == write} == set(cuts.TROUBLES)
    assert [nth for _, nth in met if nth < 5] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert {fault for fault, nth in met if nth < 5} == set(cuts.TROUBLES)


def test_that_the_model_asks_for_an_alarm_when_there_has_to_be_one() -> None:
    deadline = datetime(2026, 11, 28, 12, tzinfo=UTC)
    before, after = deadline - timedelta(seconds=1), deadline + timedelta(seconds=2)
    model = Model(deadline)
    assert list(model.judged(before, held=True, overdue=False, known=True)) == []
    assert [k for k, _ in model.judged(before, held=True, overdue=True, known=True)] == ["false_alarms"]
    assert [k for k, _ in model.judged(after, held=True, overdue=False, known=True)] == ["outlived_deadline"]
    gone = model.after(Fact.DIRECTORY_GONE)
    assert [k for k, _ in gone.judged(after, held=True, overdue=False, known=True)] == ["wrong"]
    assert list(gone.judged(after, held=True, overdue=True, known=True)) == []
    assert list(gone.after(Fact.STARTED_AGAIN).judged(after, held=True, overdue=False, known=True)) == []
    asked = model.after(Fact.ASKED_TO_END).after(Fact.REFUSED)
    assert asked.alarm(before, held=True) is Alarm.MUST
    assert asked.after(Fact.ALLOWED).alarm(before, held=True) is Alarm.MUST_NOT


def test_that_shares_of_the_attacks_are_all_of_them() -> None:
    everything = [one.name for one in attacked.chosen_attacks(short=False)]
    shares = [[one.name for one in attacked.chosen_attacks(short=False, share=(n, 2))] for n in (1, 2)]
    assert sorted(shares[0] + shares[1]) == sorted(everything)
    assert abs(len(shares[0]) - len(shares[1])) <= 1


def test_that_shares_of_a_series_are_put_together_with_their_failures() -> None:
    one, other = (
        Outcome("attacks", figures={"kinds": ["a", "b"]}),
        Outcome("attacks", figures={"kinds": ["c"]}),
    )
    one.add("first", [])
    other.add("second", [("lost", "its row")])
    found = run.as_one([one.as_json(), Outcome("late").as_json(), other.as_json()])
    assert [outcome["series"] for outcome in found] == ["attacks", "late"]
    assert (found[0]["cases"], found[0]["lost"]) == (2, 1)
    assert found[0]["failures"] == ["second: lost: its row"]
    assert found[0]["figures"] == {"kinds": ["a", "b", "c"]}
    with pytest.raises(ValueError, match="not one series"):
        run.as_one([one.as_json(), {**other.as_json(), "commit": "another"}])


def test_that_the_document_is_what_its_generator_makes() -> None:
    outcomes = json.loads(document.JSON.read_text(encoding="utf-8"))
    made = document.document(outcomes, document.known_plants())
    assert document.DOCUMENT.read_text(encoding="utf-8") == made
    assert all(outcome["failures"] == [] for outcome in outcomes)
