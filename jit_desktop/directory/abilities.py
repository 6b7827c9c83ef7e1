# SPDX-License-Identifier: MIT
"""What the directory can end by itself, read from its own configuration and never changed."""

from __future__ import annotations

from typing import Final

from jit_desktop.directory.attributes import Found, extended_dn, guid_text
from jit_desktop.directory.filters import any_of, equals
from jit_desktop.directory.session import LdapSession
from jit_desktop.elevation.dn import same_dn
from jit_desktop.elevation.errors import AccessDenied, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, ObjectGuid
from jit_desktop.elevation.ports import Abilities

DYNAMIC_REFRESH: Final = "1.3.6.1.4.1.1466.101.119.1"
"""The refresh operation of RFC 2589, in ``supportedExtension`` where there are dynamic objects ([MS-ADTS]
3.1.1.3.4.2.3)."""
PAM_FEATURE: Final = ObjectGuid("ec43e873-cce8-4640-b4ab-07ffe4ab5bcd")
"""``msDS-OptionalFeatureGUID`` of the Privileged Access Management feature ([MS-ADTS] 3.1.1.9.2)."""
_SETTING_DEFAULT: Final = "dynamicobjectdefaultttl"
_SETTING_MINIMUM: Final = "dynamicobjectminttl"
_LONGEST_TTL: Final = 31_557_600
"""Upper bound of ``entryTTL``, a year ([MS-ADA1] 2.223)."""
_SERVICE: Final = "CN=Directory Service,CN=Windows NT,CN=Services,"


def read_abilities(
    session: LdapSession, configuration_dn: DistinguishedName, *, dynamic_objects: bool
) -> Abilities:
    """What the forest offers, in one or two short requests.

    ``dynamic_objects`` is whether rootDSE offers :data:`DYNAMIC_REFRESH`. The limits of ``entryTTL`` stand in
    ``msDS-Other-Settings`` of the Directory Service object (Microsoft, *Configuration of TTL Limits*); where
    they can't be read the directory's own defaults hold. Raises a connection's errors only.
    """
    settings: dict[str, int] = {}
    feature: Found | None = None
    for found in _service_objects(session, configuration_dn):
        if PAM_FEATURE in map(guid_text, found.values("msDS-OptionalFeatureGUID")):
            feature = found
        settings |= _settings(found)
    fallback = Abilities()
    return Abilities(
        dynamic_objects=dynamic_objects,
        ttl_links=feature is not None and _is_enabled(session, configuration_dn, feature),
        default_ttl_seconds=settings.get(_SETTING_DEFAULT, fallback.default_ttl_seconds),
        minimum_ttl_seconds=settings.get(_SETTING_MINIMUM, fallback.minimum_ttl_seconds),
    )


def _service_objects(session: LdapSession, configuration_dn: DistinguishedName) -> list[Found]:
    """The Directory Service object and the optional features below it."""
    where = any_of(equals("objectClass", "nTDSService"), equals("objectClass", "msDS-OptionalFeature"))
    names = ("msDS-Other-Settings", "msDS-OptionalFeatureGUID", "msDS-EnabledFeatureBL")
    try:
        return list(session.search(_SERVICE + configuration_dn, where, names))
    except (NoSuchObject, AccessDenied):
        return []


def _settings(found: Found) -> dict[str, int]:
    """The ``name=number`` pairs of ``msDS-Other-Settings``; what is no time to live is left out.

    A new forest has ``DynamicObjectMinTTL``, [MS-ADTS] 3.1.1.3.4.7; Microsoft's page on the limits writes
    ``DynamicObjectMinTTLSeconds``. Both are taken.
    """
    pairs = (value.partition("=") for value in found.texts("msDS-Other-Settings"))
    numbers = {name.strip().lower().removesuffix("seconds"): value.strip() for name, _, value in pairs}
    return {
        name: int(value)
        for name, value in numbers.items()
        if value.isascii() and value.isdecimal() and 0 < int(value) <= _LONGEST_TTL
    }


def _is_enabled(session: LdapSession, configuration_dn: DistinguishedName, feature: Found) -> bool:
    """Whether the feature is on for the whole forest: ``CN=Partitions`` is its scope ([MS-ADTS] 3.1.1.9)."""
    partitions = f"CN=Partitions,{configuration_dn}"
    if any(same_dn(extended_dn(scope)[1], partitions) for scope in feature.values("msDS-EnabledFeatureBL")):
        return True
    try:
        found = session.read(partitions, ["msDS-EnabledFeature"])
    except (NoSuchObject, AccessDenied):
        return False
    return any(same_dn(extended_dn(dn)[1], feature.dn) for dn in found.values("msDS-EnabledFeature"))
