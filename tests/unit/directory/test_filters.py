# SPDX-License-Identifier: MIT
"""A search filter carries any text as data, octet for octet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ldap3.protocol.rfc4511 import Filter
from ldap3.utils.asn1 import encode  # type: ignore[attr-defined]

from jit_desktop.directory.entries import kinds_filter
from jit_desktop.directory.filters import (
    all_of,
    any_of,
    begins,
    equals,
    has_bits,
    none_of,
    present,
)
from jit_desktop.elevation.ports import EntryKind
from tests.unit.directory.scripted import parts

TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from(list('*()\\\0&|!=<>~:"#, ä中😀')),
    min_size=1,
)


def _sent(one: Filter) -> tuple[int, list[tuple[int, bytes]]]:
    """The octets that a filter becomes: its tag (RFC 4511 4.5.1) and what it consists of."""
    ((tag, content),) = parts(bytes(encode(one)))
    return tag, parts(content)


@given(TEXTS)
def test_that_any_text_is_compared_as_it_is(value: str) -> None:
    assert _sent(equals("cn", value)) == (0xA3, [(0x04, b"cn"), (0x04, value.encode())])


@given(TEXTS)
def test_that_any_text_can_be_the_beginning(value: str) -> None:
    tag, (attribute, (_, substrings)) = _sent(begins("name", value))
    assert (tag, attribute) == (0xA4, (0x04, b"name"))
    assert parts(substrings) == [(0x80, value.encode())]


def test_that_everything_begins_with_nothing() -> None:
    assert encode(begins("name", "")) == encode(present("name"))


def test_that_filters_combine() -> None:
    whole = all_of(any_of(equals("a", "1"), equals("b", "2")), none_of(present("c")), has_bits("d", 2))
    tag, ((either_tag, either), (negated_tag, negated), (bits_tag, bits)) = _sent(whole)
    assert (tag, either_tag, negated_tag, bits_tag) == (0xA0, 0xA1, 0xA2, 0xA9)
    assert [parts(one)[1][1] for _, one in parts(either)] == [b"1", b"2"]
    assert parts(negated) == [(0x87, b"c")]
    assert parts(bits)[:3] == [(0x81, b"1.2.840.113556.1.4.803"), (0x82, b"d"), (0x83, b"2")]


def test_that_one_filter_needs_no_brackets_around_it() -> None:
    assert encode(any_of(present("a"))) == encode(all_of(present("a"))) == encode(present("a"))


def test_that_every_kind_can_be_asked_for_and_other_things_exclude_nothing() -> None:
    for kind in set(EntryKind) - {EntryKind.OTHER}:
        assert kinds_filter({kind}) is not None
    assert kinds_filter(frozenset(EntryKind)) is None
