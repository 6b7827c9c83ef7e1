# SPDX-License-Identifier: MIT
"""What commands print can be read on every console and in every pipe."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jit_desktop.commands.output import Output, elevation_document, elevation_line, sweep_document
from jit_desktop.elevation.lifecycle import EndReason, State
from jit_desktop.elevation.model import RemainingRight, Seen, Sight, SuspectGroup, SweepReport, TimeSource
from tests.unit.store import values

NAMES = {"name": "Jürgen 東京 😀 \x9b31m"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp437", "ascii"])
def test_that_a_document_is_json_in_whatever_encoding_the_pipe_has(encoding: str) -> None:
    raw = io.BytesIO()
    output = Output(as_json=True, results=io.TextIOWrapper(raw, encoding=encoding))
    output.result(NAMES, [])
    output.event(NAMES, "")
    written = raw.getvalue()
    document, end = json.JSONDecoder().raw_decode(written.decode(encoding))
    assert document == NAMES
    assert json.loads(written.decode(encoding)[end:]) == NAMES


def test_that_names_can_be_read_where_the_pipe_can_carry_them() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    Output(as_json=True, results=stream).result({"name": "Jürgen"}, [])
    assert "Jürgen" in raw.getvalue().decode()


def test_that_a_line_comes_out_where_the_console_lacks_a_character() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp437", newline="\n")
    Output(results=stream).result({}, ["東京"])
    assert raw.getvalue() == b"\\u6771\\u4eac\n"


ACTIVE = values.elevation(state=State.ACTIVE, deadline=values.NOW + timedelta(hours=1), adopted=True)
ENDED = replace(ACTIVE, state=State.ENDED, ended_at=values.NOW, end_reason=EndReason.DEADLINE)
REST = RemainingRight(values.guid(1), "T", ("a direct membership",), since_before=False)


def test_that_a_document_tells_what_was_seen_what_remains_and_what_is_suspect() -> None:
    elevation = replace(
        ENDED,
        remains=(REST,),
        leftover="The group is still there.",
        suspicion="it has another member",
        sight=Sight(values.NOW, Seen.CHANGED, "dc1 shows another member."),
    )
    document = elevation_document(elevation, values.NOW, "Corp")
    assert document["remains"] == [
        {
            "guid": values.guid(1),
            "name": "T",
            "ways": ["a direct membership"],
            "since_before": False,
            "by_elevation": False,
        }
    ]
    assert document["leftover"] == "The group is still there."
    assert document["suspicion"] == "it has another member"
    assert document["sight"] == {
        "at": "2026-03-01T12:00:00Z",
        "seen": "changed",
        "words": "dc1 shows another member.",
    }
    assert elevation_document(replace(ACTIVE, sight=None), values.NOW, "Corp")["sight"] is None


def test_that_a_sweeps_document_tells_suspects_and_what_was_not_written_down() -> None:
    suspect = SuspectGroup("JIT_x", "CN=JIT_x", "it was renamed", ("T",), is_alarm=True)
    report = SweepReport(ACTIVE.provider_id, values.NOW, suspects=(suspect,), unrecorded=(ENDED,))
    document = sweep_document(report, "Corp")
    assert document["suspects"] == [
        {"name": "JIT_x", "dn": "CN=JIT_x", "reason": "it was renamed", "gives": ["T"], "is_alarm": True}
    ]
    assert [e["id"] for e in document["unrecorded"]] == [ENDED.id]


def test_that_a_line_says_first_what_the_account_still_has() -> None:
    line = elevation_line(replace(ENDED, remains=(REST,)), values.NOW)
    first, *rest = line.splitlines()
    assert "ended; still has T permanently, since during this elevation" in first
    assert ENDED.account.name in first
    assert "T through a direct membership" in "".join(rest)


def test_that_a_line_does_not_say_ended_of_one_that_failed() -> None:
    """It was never lent; what the account has it has by another way."""
    failed = replace(ENDED, state=State.FAILED, end_reason=EndReason.GRANT_FAILED, remains=(REST,))
    line = elevation_line(failed, values.NOW)
    assert "  failed; still has T permanently, since during this elevation  " in line
    assert "grant-failed" in line
    assert "ended" not in line


@pytest.mark.parametrize(
    ("reason", "is_found"),
    [
        (EndReason.DEADLINE, False),
        (EndReason.CHECK_IN, False),
        (EndReason.REMOVED_ELSEWHERE, True),
        (EndReason.DIRECTORY, True),
    ],
)
def test_that_what_somebody_else_ended_was_found_ended_by_then(reason: EndReason, is_found: bool) -> None:
    line = elevation_line(replace(ENDED, end_reason=reason), values.NOW)
    assert ("found ended by 2026-03-01 12:00:00 UTC" in line) is is_found


@pytest.mark.parametrize(
    ("clock", "says"),
    [
        (TimeSource.DOMAIN, "(2026-03-01 12:00:00 UTC, deadline)"),
        (None, "(2026-03-01 12:00:00 UTC, deadline)"),
        (TimeSource.COMPUTER, "12:00:00 UTC by this computer's clock, a guess, deadline)"),
        (
            TimeSource.PUT_AFTER,
            "12:00:00 UTC or before: the clock said an earlier time than that of what was",
        ),
    ],
)
def test_that_a_time_of_an_end_that_is_a_guess_says_so(clock: TimeSource | None, says: str) -> None:
    ended = replace(ENDED, ended_clock=clock)
    assert says in elevation_line(ended, values.NOW)
    document = elevation_document(ended, values.NOW, "corp")
    assert document["ended_clock"] == (None if clock is None else clock.value)


@pytest.mark.parametrize(
    ("sight", "says"),
    [
        (
            Sight(values.NOW, Seen.CHANGED, "dc1 shows another."),
            "! Changed by somebody as of 2026-03-01 12:00:00",
        ),
        (Sight(values.NOW, Seen.NOT_VISIBLE), "! Can't be seen as of 2026-03-01 12:00:00 UTC."),
    ],
)
def test_that_a_line_says_what_is_not_as_granted(sight: Sight, says: str) -> None:
    assert says in elevation_line(replace(ACTIVE, sight=sight), values.NOW)
    plain = replace(ACTIVE, sight=Sight(values.NOW, Seen.AS_GRANTED))
    assert "!" not in elevation_line(plain, values.NOW)
    assert "another member" in elevation_line(replace(plain, suspicion="another member"), values.NOW)


def test_that_an_alarm_before_its_deadline_has_no_time_left() -> None:
    line = elevation_line(replace(ACTIVE, state=State.OVERDUE), values.NOW)
    assert "left" not in line
    assert "should have ended" in line


@pytest.mark.parametrize(
    ("sight", "says"),
    [
        (Sight(values.NOW, Seen.AS_GRANTED), f"; as of {values.NOW:%Y-%m-%d %H:%M:%S} UTC)"),
        (None, "; not looked at yet)"),
    ],
)
def test_that_a_line_of_an_open_elevation_says_how_old_it_is(sight: Sight | None, says: str) -> None:
    seen = values.elevation(state=State.ACTIVE, sight=sight, granted_at=None)
    assert says in elevation_line(seen, values.NOW)
