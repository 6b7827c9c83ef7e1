# SPDX-License-Identifier: MIT
"""What a forest ends by itself, as it says so in its configuration."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import pytest

from jit_desktop.elevation.ports import Abilities
from tests.unit.directory.scripted import Request, ScriptedServer, result
from tests.unit.directory.test_domain import PARTITIONS, SERVICE, WHO_AM_I, WindowsServer, described

DYNAMIC = "1.3.6.1.4.1.1466.101.119.1"
PAM_NAME = "Privileged Access Management Feature"
PAM_GUID = uuid.UUID("ec43e873-cce8-4640-b4ab-07ffe4ab5bcd")
RECYCLE_BIN_GUID = uuid.UUID("766ddcd8-acd0-445e-f3b9-a7f9b6744f2a")


def feature(name: str, guid: uuid.UUID, *scopes: str) -> dict[str, dict[str, list[str | bytes]]]:
    values: dict[str, list[str | bytes]] = {"msDS-OptionalFeatureGUID": [guid.bytes_le]}
    if scopes:
        values["msDS-EnabledFeatureBL"] = list(scopes)
    return {f"CN={name},CN=Optional Features,{SERVICE}": values}


def _abilities(windows: WindowsServer) -> Abilities:
    with ScriptedServer(windows) as server:
        return described(server).abilities


def test_that_dynamic_objects_are_believed_of_the_root_alone() -> None:
    windows = WindowsServer()
    assert not _abilities(windows).dynamic_objects
    windows.root["supportedExtension"] = [WHO_AM_I, DYNAMIC]
    assert _abilities(windows) == Abilities(dynamic_objects=True)


@pytest.mark.parametrize(
    ("service", "features", "can"),
    [
        pytest.param(feature(PAM_NAME, PAM_GUID, PARTITIONS), [], True, id="enabled, by the feature"),
        pytest.param(
            feature(PAM_NAME, PAM_GUID, f"<GUID={uuid.uuid4()}>;{PARTITIONS}"), [], True, id="extended DN"
        ),
        pytest.param(
            feature(PAM_NAME, PAM_GUID), [next(iter(feature(PAM_NAME, PAM_GUID)))], True,
            id="enabled, by the partitions",
        ),
        pytest.param(
            feature("Renamed, by somebody", PAM_GUID, PARTITIONS), [], True, id="under another name"
        ),
        pytest.param(feature(PAM_NAME, PAM_GUID), [], False, id="there and not enabled"),
        pytest.param(
            feature(PAM_NAME, PAM_GUID, f"CN=NTDS Settings,CN=DC1,{PARTITIONS}"), [], False,
            id="enabled for something smaller than the forest",
        ),
        pytest.param(
            feature(PAM_NAME, RECYCLE_BIN_GUID, PARTITIONS), [], False, id="another one of that name"
        ),
        pytest.param(
            feature(PAM_NAME, PAM_GUID) | feature("Recycle Bin Feature", RECYCLE_BIN_GUID, PARTITIONS),
            [next(iter(feature("Recycle Bin Feature", RECYCLE_BIN_GUID)))], False, id="another one enabled",
        ),
        pytest.param({}, [next(iter(feature(PAM_NAME, PAM_GUID)))], False, id="a name alone"),
    ],
)  # fmt: skip
def test_that_memberships_end_by_themselves_only_where_the_forest_has_the_feature_enabled(
    service: dict[str, dict[str, list[str | bytes]]], features: list[str], can: bool
) -> None:
    assert _abilities(WindowsServer(service=service, features=features)).ttl_links is can


@pytest.mark.parametrize(
    ("settings", "default", "minimum"),
    [
        (["DisableVLV=0", "DynamicObjectDefaultTTLSeconds=600", "DynamicObjectMinTTLSeconds=60"], 600, 60),
        (["DynamicObjectDefaultTTL=600", "DynamicObjectMinTTL=60"], 600, 60),
        (["dynamicobjectminttlseconds = 1"], 86_400, 1),
        (["DynamicObjectMinTTLSeconds=", "DynamicObjectDefaultTTLSeconds=a day"], 86_400, 900),
        (["DynamicObjectMinTTLSeconds=0", "DynamicObjectDefaultTTLSeconds=31557601"], 86_400, 900),
        ([], 86_400, 900),
    ],
)  # fmt: skip
def test_that_the_limits_of_the_forest_are_read(settings: list[str], default: int, minimum: int) -> None:
    service = {SERVICE: {"msDS-Other-Settings": settings}} | feature(PAM_NAME, PAM_GUID)
    abilities = _abilities(WindowsServer(service=service))
    assert (abilities.default_ttl_seconds, abilities.minimum_ttl_seconds) == (default, minimum)


class _Unreadable(WindowsServer):
    """Refuses the configuration of the service."""

    code = 32

    def __call__(self, request: Request) -> Iterable[bytes]:
        if request.kind == "searchRequest" and request.base == SERVICE:
            yield result(request, self.code)
        else:
            yield from super().__call__(request)


@pytest.mark.parametrize("code", [32, 50])
def test_that_a_configuration_that_can_not_be_read_promises_nothing(code: int) -> None:
    windows = _Unreadable()
    windows.code = code
    assert _abilities(windows) == Abilities()
