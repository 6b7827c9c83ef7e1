"""Our record in a temporary group."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit_desktop.elevation import record
from jit_desktop.elevation.identity import DistinguishedName, ObjectRef
from jit_desktop.elevation.model import GrantedPrivilege
from jit_desktop.elevation.naming import utf16_length
from jit_desktop.elevation.ports import TemporaryGroup
from tests.unit.elevation.helpers import START, guid
from tests.unit.elevation.test_lifecycle import elevation

DEADLINE = START + timedelta(hours=2)


def privileges(count: int) -> tuple[GrantedPrivilege, ...]:
    return tuple(
        GrantedPrivilege(ObjectRef(guid(), DistinguishedName(f"CN=g{i},DC=y"), f"g{i}"), "D" * 200)
        for i in range(count)
    )


def entry(**changes: object) -> record.Record:
    return record.record_of(replace(elevation(), **changes), START, DEADLINE)  # type: ignore[arg-type]


@given(st.text(max_size=300), st.integers(1, record.MAXIMUM_PRIVILEGES))
def test_that_the_largest_checkout_and_the_oddest_name_fit_into_info(person: str, count: int) -> None:
    made = entry(requested_by=person, privileges=privileges(count))
    text = record.encode(made)
    assert utf16_length(text) <= record.MAXIMUM_TEXT
    assert record.decode(text) == made


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=2000))
def test_that_the_sentence_for_people_always_fits_into_description(person: str) -> None:
    text = record.sentence(elevation(requested_by=person, privileges=privileges(20)), DEADLINE)
    assert utf16_length(text) <= record.MAXIMUM_TEXT
    assert text.isprintable()


def test_that_the_sentence_says_who_has_what_until_when() -> None:
    text = record.sentence(elevation(), DEADLINE)
    assert "a has Admins until 2026-11-23 14:00:00 UTC" in text
    assert "CORP\\alice" in text


def damaged(**changes: object) -> str:
    raw = json.loads(record.encode(entry()))
    raw.update(changes)
    return json.dumps(raw)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "carries no record"),
        ("Backup operators of Leeds", "damaged"),
        ("{}", "not a record of JIT Desktop"),
        ("[1]", "not a record of JIT Desktop"),
        (damaged(jit=2), "newer version"),
        (damaged(jit=0), "damaged"),
        (damaged(jit=True), "damaged"),
        (damaged(jit="1"), "damaged"),
        (damaged(id="nonsense"), "damaged"),
        (damaged(id=7), "damaged"),
        (damaged(acc=None), "damaged"),
        (damaged(tgt=[]), "damaged"),
        (damaged(tgt="x"), "damaged"),
        (damaged(tgt=["z" * 32]), "damaged"),
        (damaged(end="tomorrow"), "damaged"),
        (damaged(end=5), "damaged"),
        (damaged(by=5), "damaged"),
        (damaged(extra=1), "damaged"),
        (damaged(end="2026-11-23T11:00:00Z"), "ends before it begins"),
        (record.encode(entry())[:-9], "damaged"),
    ],
)
def test_that_a_text_that_is_no_good_record_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(record.RecordInvalid, match=reason):
        record.decode(text)


@given(st.text(max_size=200))
def test_that_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(record.RecordInvalid):
        record.decode(text)


def test_that_a_record_agrees_with_the_group_it_was_made_for() -> None:
    made = entry()
    shown = TemporaryGroup(
        guid(), DistinguishedName("CN=x"), f"JIT_{made.id}", members=(made.account,), member_of=made.targets
    )
    assert record.contradiction(made, shown) == ""
    assert record.contradiction(made, replace(shown, members=(), member_of=())) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": f"JIT_{guid()}"}, "different elevations"),
        ({"members": (guid(),)}, "members that its record does not name"),
        ({"member_of": (guid(),)}, "groups that its record does not name"),
    ],
)
def test_that_a_forged_record_is_found_out(change: dict[str, object], words: str) -> None:
    made = entry()
    shown = TemporaryGroup(
        guid(), DistinguishedName("CN=x"), f"JIT_{made.id}", members=(made.account,), member_of=made.targets
    )
    assert words in record.contradiction(made, replace(shown, **change))  # type: ignore[arg-type]
