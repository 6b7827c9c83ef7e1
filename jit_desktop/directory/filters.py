# SPDX-License-Identifier: MIT
"""Search filters as the structure that goes over the wire, so that no text has to be escaped and parsed
again.

ldap3 takes filters as text, but its release candidate 2.10.2rc4 sends the escapes of RFC 4515 (``\\28``) as
they stand instead of the characters they mean. Built directly, a value is only ever data.
"""

from __future__ import annotations

import uuid

from ldap3.protocol.rfc4511 import (
    And,
    AssertionValue,
    AttributeDescription,
    EqualityMatch,
    ExtensibleMatch,
    Filter,
    Initial,
    MatchingRule,
    MatchValue,
    Not,
    Or,
    Present,
    Substring,
    SubstringFilter,
    Substrings,
    Type,
)

_BIT_AND = "1.2.840.113556.1.4.803"
"""LDAP_MATCHING_RULE_BIT_AND ([MS-ADTS] 3.1.1.3.4.4.1)."""
_IN_CHAIN = "1.2.840.113556.1.4.1941"
"""LDAP_MATCHING_RULE_TRANSITIVE_EVAL ([MS-ADTS] 3.1.1.3.4.4.3)."""


def present(attribute: str) -> Filter:
    """``(attribute=*)``."""
    return _chosen("present", Present(attribute))


def equals(attribute: str, value: str) -> Filter:
    """``(attribute=value)`` for any text."""
    match = EqualityMatch()
    match["attributeDesc"] = AttributeDescription(attribute)
    match["assertionValue"] = AssertionValue(value.encode())
    return _chosen("equalityMatch", match)


def equals_guid(attribute: str, guid: str) -> Filter:
    """``(attribute=guid)`` for an attribute that holds the bytes of a GUID ([MS-DTYP] 2.3.4.2)."""
    match = EqualityMatch()
    match["attributeDesc"] = AttributeDescription(attribute)
    match["assertionValue"] = AssertionValue(uuid.UUID(guid).bytes_le)
    return _chosen("equalityMatch", match)


def begins(attribute: str, value: str) -> Filter:
    """``(attribute=value*)``; for an empty ``value`` that the attribute is present."""
    if not value:
        return present(attribute)
    substrings = Substrings()
    substrings[0] = Substring().setComponentByName("initial", Initial(value.encode()))
    match = SubstringFilter()
    match["type"] = AttributeDescription(attribute)
    match["substrings"] = substrings
    return _chosen("substringFilter", match)


def has_bits(attribute: str, mask: int) -> Filter:
    """All bits of ``mask`` are set in a numeric attribute."""
    match = ExtensibleMatch()
    match["matchingRule"] = MatchingRule(_BIT_AND)
    match["type"] = Type(attribute)
    match["matchValue"] = MatchValue(str(mask).encode())
    match["dnAttributes"] = False
    return _chosen("extensibleMatch", match)


def matches_in_chain(attribute: str, dn: str) -> Filter:
    """``dn`` is a value of a link attribute, or of that attribute of one of its values, and so on."""
    match = ExtensibleMatch()
    match["matchingRule"] = MatchingRule(_IN_CHAIN)
    match["type"] = Type(attribute)
    match["matchValue"] = MatchValue(dn.encode())
    match["dnAttributes"] = False
    return _chosen("extensibleMatch", match)


def all_of(*filters: Filter) -> Filter:
    """``(&…)``."""
    return _combined("and", And(), filters)


def any_of(*filters: Filter) -> Filter:
    """``(|…)``."""
    return _combined("or", Or(), filters)


def none_of(one: Filter) -> Filter:
    """``(!…)``."""
    negation = Not()
    negation["innerNotFilter"] = one
    return _chosen("notFilter", negation)


def _combined(name: str, group: And | Or, filters: tuple[Filter, ...]) -> Filter:
    if len(filters) == 1:
        return filters[0]
    for position, one in enumerate(filters):
        group[position] = one
    return _chosen(name, group)


def _chosen(name: str, value: object) -> Filter:
    # ldap3 declares its recursive filters with a placeholder that pyasn1 can't check.
    chosen: Filter = Filter().setComponentByName(name, value, verifyConstraints=False)
    return chosen


ANYTHING = present("objectClass")
"""Matches every object."""
