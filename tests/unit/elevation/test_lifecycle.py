"""The table of transitions and what an elevation says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation.errors import WrongState
from jit_desktop.elevation.identity import DistinguishedName, ElevationId, ObjectRef, ProviderId
from jit_desktop.elevation.lifecycle import TRANSITIONS, Event, State, next_state
from jit_desktop.elevation.model import Elevation, GrantedPrivilege
from tests.unit.elevation.helpers import START, guid

WHERE = ObjectRef(guid(), DistinguishedName("OU=x,DC=y"), "x")


def elevation(state: State = State.ACTIVE, **changes: object) -> Elevation:
    made = Elevation(
        id=ElevationId("6a1f0e5c-0000-4000-8000-000000000001"),
        provider_id=ProviderId("p"),
        account=ObjectRef(guid(), DistinguishedName("CN=a,DC=y"), "a"),
        privileges=(GrantedPrivilege(WHERE, "Admins"),),
        group_name="JIT_6a1f0e5c-0000-4000-8000-000000000001",
        location=WHERE,
        requested_by="CORP\\alice",
        requested_at=START,
        duration_seconds=3600,
        deadline=START + timedelta(hours=1),
        state=state,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_that_nothing_leaves_a_closed_state() -> None:
    leaving = [(s, e) for (s, e), target in TRANSITIONS.items() if s is not target and not s.is_open]
    assert not leaving


def test_that_every_open_state_has_a_way_to_its_end() -> None:
    reachable = {State.ENDED, State.FAILED}
    for _ in State:
        reachable |= {source for (source, _), target in TRANSITIONS.items() if target in reachable}
    assert reachable == set(State)


def test_that_there_is_one_way_into_ended() -> None:
    ends = {event for (s, event), target in TRANSITIONS.items() if target is State.ENDED and s.is_open}
    assert ends == {Event.END_CONFIRMED}


@given(st.sampled_from(State), st.sampled_from(Event))
def test_that_what_the_table_does_not_name_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert next_state(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(WrongState, match=state.value):
            next_state(state, event)


@pytest.mark.parametrize("state", [State.PROPAGATING, State.ACTIVE])
def test_that_a_granted_elevation_is_due_at_its_deadline_and_not_before(state: State) -> None:
    granted = elevation(state)
    assert not granted.is_due(granted.deadline - timedelta(seconds=1))
    assert granted.is_due(granted.deadline)


def test_that_a_grant_under_way_is_left_alone_until_its_lease_is_over() -> None:
    granting = elevation(State.GRANTING, next_attempt_at=START + timedelta(seconds=120))
    assert not granting.is_due(START + timedelta(seconds=119))
    assert granting.is_due(START + timedelta(seconds=120))


def test_that_a_lease_does_not_outlast_the_deadline() -> None:
    granting = elevation(
        State.GRANTING,
        granted_at=START,
        deadline=START + timedelta(seconds=60),
        next_attempt_at=START + timedelta(seconds=120),
    )
    assert granting.is_due(START + timedelta(seconds=60))


def test_that_a_deadline_which_is_not_fixed_yet_makes_no_slow_checks_due_and_no_alarm() -> None:
    checking = elevation(
        State.GRANTING, deadline=START + timedelta(seconds=60), next_attempt_at=START + timedelta(seconds=120)
    )
    late = START + timedelta(seconds=90)
    assert not checking.is_due(late)
    assert not checking.is_alarm(late)
    assert checking.is_due(START + timedelta(seconds=120))
    assert checking.is_alarm(START + timedelta(seconds=120))


@pytest.mark.parametrize("state", [State.ENDING, State.OVERDUE])
def test_that_an_end_that_was_begun_is_tried_again_after_its_pause_before_any_deadline(state: State) -> None:
    ending = elevation(state, next_attempt_at=START + timedelta(seconds=5))
    assert not ending.is_due(START + timedelta(seconds=4))
    assert ending.is_due(START + timedelta(seconds=5))


@pytest.mark.parametrize("state", [State.ENDED, State.FAILED])
def test_that_a_closed_elevation_is_never_due(state: State) -> None:
    assert not elevation(state).is_due(START + timedelta(days=400))
