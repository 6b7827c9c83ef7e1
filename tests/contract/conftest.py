# SPDX-License-Identifier: MIT
"""Runs every test of this folder on the demo domain, in memory and in a file, and on the real domain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jit_desktop.elevation.ports import Abilities, Directory
from tests.contract.case import DirectoryCase
from tests.contract.demo_case import demo_case


@pytest.fixture(params=["demo", "demo in a file", pytest.param("samba", marks=pytest.mark.live)])
def directory_case(request: pytest.FixtureRequest, tmp_path: Path) -> DirectoryCase:
    """A directory with a corner of its own for this test."""
    if request.param == "samba":
        from tests.contract.samba_case import samba_case

        return samba_case(request.getfixturevalue("samba_domain"), request.getfixturevalue("arena"))
    return demo_case(tmp_path / "demo-domain.json" if request.param == "demo in a file" else None)


@pytest.fixture
def directory(directory_case: DirectoryCase) -> Iterator[Directory]:
    """A connection of the service account, which has the least rights that suffice."""
    with directory_case.connect() as connection:
        yield connection


@pytest.fixture(params=["demo", "demo in a file", pytest.param("windows", marks=pytest.mark.live)])
def ending_case(request: pytest.FixtureRequest, tmp_path: Path) -> DirectoryCase:
    """A directory that ends dynamic objects and memberships by itself, with Microsoft's limits; its clock
    stands but for `elapse`. On the real domain that is Samba behind what imitates Windows."""
    if request.param == "windows":
        from tests.contract.samba_case import samba_case

        windows_like = request.getfixturevalue("windows_like")
        windows_like.forest.ttl_links = True
        windows_like.clock.stop()
        domain, arena = (request.getfixturevalue(name) for name in ("samba_domain", "arena"))
        return samba_case(domain, arena, windows_like)
    path = tmp_path / "demo-domain.json" if request.param == "demo in a file" else None
    return demo_case(path, Abilities(dynamic_objects=True, ttl_links=True))


@pytest.fixture
def ending(ending_case: DirectoryCase) -> Iterator[Directory]:
    """A connection of the service account to `ending_case`."""
    with ending_case.connect() as connection:
        yield connection
