# SPDX-License-Identifier: MIT
"""The fixtures through which tests reach the real domain; `tests/conftest.py` makes them known everywhere.

`samba_domain` (session)  the running domain, see `server.SambaDomain`; names resolve from here on
`samba_server` (session)  the same with `stop()` and `start()`, for tests that take the domain controller away
`two_controllers` (function)  another domain with two that replicate, see `pair.TwoControllers`; not together
                          with the others, since the names are the same
`verifier` (function)     the second connection, as administrator, see `verifier.Verifier`
`arena` (function)        a corner of the domain for this test alone, see `arena.Arena`
`ldap_proxy` (function)   a proxy that can refuse, hang, be slow and cut, see `tests/faults/proxy.py`
`windows_like` (function) the same, behaving as Windows does for dynamic objects and memberships with a TTL,
                          with a clock to be put forward, see `tests/samba/windows_like`

    def test_that_a_grant_makes_the_account_a_member(samba_domain, arena):
        directory = connect(samba_domain.host, samba_domain.ca_file, samba_domain.service)
        grant(directory, arena.account, arena.global_target)
        assert arena.verifier.is_effective_member(arena.account, arena.global_target)
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.proxy import LdapProxy
from tests.samba import hostnames
from tests.samba.arena import Arena
from tests.samba.arena import arena as make_arena
from tests.samba.pair import TwoControllers
from tests.samba.server import SambaDomain, SambaServer, missing
from tests.samba.verifier import Verifier
from tests.samba.windows_like import WindowsLikeProxy

_LOG = Path("build") / "samba.log"


@pytest.fixture(scope="session")
def samba_server(request: pytest.FixtureRequest) -> Iterator[SambaServer]:
    """The domain controller of this test run (of this worker, when there are several)."""
    why_not = missing()
    if why_not and os.environ.get("JIT_LIVE") != "required":
        pytest.skip(why_not)
    with SambaServer() as server:
        domain = server.start()
        with hostnames.resolved_here(domain.hosts, domain.environment):
            yield server
        if request.session.testsfailed:
            _LOG.parent.mkdir(exist_ok=True)
            _LOG.write_text(server.log(), encoding="utf-8")


@pytest.fixture(scope="session")
def samba_domain(samba_server: SambaServer) -> SambaDomain:
    return samba_server.domain


@pytest.fixture(scope="session")
def running_pair(request: pytest.FixtureRequest) -> Iterator[TwoControllers]:
    """For `two_controllers` alone: both of them for the whole run, of this worker."""
    why_not = missing()
    if why_not and os.environ.get("JIT_LIVE") != "required":
        pytest.skip(why_not)
    with TwoControllers() as pair:
        yield pair
        if request.session.testsfailed:
            _LOG.parent.mkdir(exist_ok=True)
            _LOG.with_name("samba-pair.log").write_text(pair.log(), encoding="utf-8")


@pytest.fixture
def two_controllers(running_pair: TwoControllers) -> Iterator[TwoControllers]:
    """Both run and have the same when the test begins; their names resolve while it lasts."""
    with running_pair.resolved_here():
        running_pair.restore()
        yield running_pair


@pytest.fixture
def verifier(samba_domain: SambaDomain) -> Iterator[Verifier]:
    # Not of the session: a test before this one may have restarted the domain controller.
    with samba_domain.verifier() as connection:
        yield connection


@pytest.fixture
def arena(samba_domain: SambaDomain) -> Iterator[Arena]:
    with make_arena(samba_domain) as corner:
        yield corner


@pytest.fixture
def ldap_proxy(samba_domain: SambaDomain) -> Iterator[LdapProxy]:
    """Listens with LDAPS under the domain controller's name, on a port of its own."""
    with LdapProxy.in_front_of(samba_domain) as proxy:
        yield proxy


@pytest.fixture
def windows_like(samba_domain: SambaDomain) -> Iterator[WindowsLikeProxy]:
    """As `ldap_proxy`, and the domain behind it ends dynamic objects and, once a test sets
    `windows_like.forest.ttl_links = True`, memberships with a TTL. Connect to `windows_like.port`;
    `windows_like.clock.advance(seconds)` makes time pass, and what is due is gone from the real domain."""
    with WindowsLikeProxy.in_front_of(samba_domain) as proxy:
        yield proxy
