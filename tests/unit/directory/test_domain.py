# SPDX-License-Identifier: MIT
"""What a domain controller says of itself: what Samba can't be made to say is played here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jit_desktop.directory import domain
from jit_desktop.directory.abilities import DYNAMIC_REFRESH
from jit_desktop.directory.ldap_directory import LdapDirectory
from jit_desktop.elevation.errors import DirectoryUnavailable, NoSuchObject
from jit_desktop.elevation.identity import DistinguishedName, SecurityId
from jit_desktop.elevation.ports import Abilities, DomainController, DomainInfo
from tests.unit.directory.scripted import Request, ScriptedServer, entry, extended_result, result

BASE = "DC=corp,DC=example,DC=test"
CONFIGURATION = f"CN=Configuration,{BASE}"
SITES = f"CN=Sites,{CONFIGURATION}"
PARTITIONS = f"CN=Partitions,{CONFIGURATION}"
WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
SERVICE = f"CN=Directory Service,CN=Windows NT,CN=Services,{CONFIGURATION}"

Attributes = Mapping[str, Sequence[str | bytes]]


@dataclass
class WindowsServer:
    """Answers as Windows Server does, as far as its description of itself goes."""

    root: dict[str, Sequence[str | bytes]] = field(
        default_factory=lambda: {
            "defaultNamingContext": [BASE],
            "configurationNamingContext": [CONFIGURATION],
            "dnsHostName": ["DC1.corp.example.test"],
            "currentTime": ["20261123175451.0Z"],
            "domainFunctionality": ["7"],
            "supportedCapabilities": ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"],
            "supportedExtension": [WHO_AM_I],
        }
    )
    features: Sequence[str] = ()
    """What is enabled for the forest, by DN."""
    service: Mapping[str, Attributes] = field(default_factory=dict)
    """The Directory Service object and what is below it."""
    tree: Mapping[str, Attributes] = field(default_factory=dict)

    def __call__(self, request: Request) -> Iterable[bytes]:
        if request.kind == "extendedReq":
            yield extended_result(request, b"u:CORP\\svc-jit")
            return
        for dn, attributes in self._found(request.base).items():
            yield entry(request, dn, attributes)
        yield result(request)

    def _found(self, base: str) -> Mapping[str, Attributes]:
        if not base:
            return {"": self.root}
        if base == PARTITIONS:
            return {PARTITIONS: {"msDS-EnabledFeature": self.features, "nETBIOSName": ["CORP"]}}
        return self.service if base == SERVICE else self.tree


def described(server: ScriptedServer) -> DomainInfo:
    root = domain.read_root(server.session)
    return domain.describe(server.session, root, encryption="TLSv1.3", fingerprint="ab", expires=None)


def test_that_a_domain_controller_introduces_itself() -> None:
    with ScriptedServer(WindowsServer()) as server:
        info = described(server)
    assert info == DomainInfo(
        dns_name="corp.example.test",
        base_dn=DistinguishedName(BASE),
        netbios_name="CORP",
        controller="dc1.corp.example.test",
        identity="CORP\\svc-jit",
        encryption="TLSv1.3",
        functional_level=7,
        certificate_fingerprint="ab",
    )


_NAMING_CONTEXT = f"<GUID=0f1e2d3c-0000-4000-8000-000000000001>;<SID=S-1-5-21-1-2-3>;{BASE}"


def _answering_with_sid(asked: list[str], extension: str = DYNAMIC_REFRESH) -> WindowsServer:
    """Who tells the SID of its domain with its name."""

    class Server(WindowsServer):
        def __call__(self, request: Request) -> Iterable[bytes]:
            asked.append(request.kind if request.kind == "extendedReq" else request.base)
            return super().__call__(request)

        def _found(self, base: str) -> Mapping[str, Attributes]:
            if base == PARTITIONS:
                return {PARTITIONS: {"nETBIOSName": ["CORP"], "nCName": [_NAMING_CONTEXT]}}
            return super()._found(base)

    server = Server()
    server.root["supportedExtension"] = [WHO_AM_I, extension]
    return server


def test_that_the_sid_of_the_domain_comes_with_its_name() -> None:
    asked: list[str] = []
    with ScriptedServer(_answering_with_sid(asked)) as server:
        assert described(server).domain_sid == "S-1-5-21-1-2-3"
    assert asked == ["", PARTITIONS, "extendedReq", SERVICE]


@pytest.mark.parametrize("has_dynamic_objects", [True, False])
def test_that_another_domain_controller_of_the_domain_is_not_asked_what_is_the_same_for_all(
    has_dynamic_objects: bool,
) -> None:
    asked: list[str] = []
    abilities = Abilities(ttl_links=True, minimum_ttl_seconds=60)
    with ScriptedServer(
        _answering_with_sid(asked, DYNAMIC_REFRESH if has_dynamic_objects else "1")
    ) as server:
        root = domain.read_root(server.session)
        known = DomainInfo(
            "corp.example.test", DistinguishedName(BASE), "CORP", "dc2", "CORP\\svc-jit", "TLSv1.2",
            abilities=abilities, domain_sid=SecurityId("S-1-5-21-1-2-3"),
        )  # fmt: skip
        info = domain.describe(
            server.session, root, encryption="TLSv1.3", fingerprint="ab", expires=None, known=known
        )
    assert asked == ["", PARTITIONS]
    assert info.controller == "dc1.corp.example.test"
    assert (info.encryption, info.certificate_fingerprint) == ("TLSv1.3", "ab")
    assert info.identity == "CORP\\svc-jit"
    assert info.abilities == replace(abilities, dynamic_objects=has_dynamic_objects)


@pytest.mark.parametrize(
    "other", [{"domain_sid": SecurityId("S-1-5-21-9-9-9")}, {"base_dn": DistinguishedName("DC=lab,DC=test")}]
)
def test_that_what_one_of_another_domain_said_is_not_taken_for_this_one(other: dict[str, Any]) -> None:
    asked: list[str] = []
    with ScriptedServer(_answering_with_sid(asked)) as server:
        root = domain.read_root(server.session)
        known = DomainInfo(
            "corp.example.test", DistinguishedName(BASE), "CORP", "dc2", "CORP\\somebody", "TLSv1.2",
            abilities=Abilities(ttl_links=True), domain_sid=SecurityId("S-1-5-21-1-2-3"),
        )  # fmt: skip
        info = domain.describe(
            server.session, root, encryption="", fingerprint="", expires=None, known=replace(known, **other)
        )
    assert info.domain_sid == "S-1-5-21-1-2-3"
    assert info.identity == "CORP\\svc-jit"
    assert not info.abilities.ttl_links


_AT = datetime(2026, 11, 23, tzinfo=UTC)
_HEAD_SID = bytes.fromhex("0104000000000005150000000100000002000000" + "03000000")
_DC_SID = bytes.fromhex("0105000000000005150000000100000002000000" + "03000000" + "e8030000")


@pytest.mark.parametrize(
    ("objects", "sid"),
    [
        ({BASE: {"objectSid": [_HEAD_SID]}}, "S-1-5-21-1-2-3"),
        ({BASE: {"objectGUID": [b"0" * 16]}, f"CN=DC1,{BASE}": {"objectSid": [_DC_SID]}}, "S-1-5-21-1-2-3"),
        ({f"CN=DC1,{BASE}": {"objectSid": [_DC_SID]}}, "S-1-5-21-1-2-3"),
        ({BASE: {"objectGUID": [b"0" * 16]}}, None),
        ({}, None),
    ],
)
def test_that_its_domain_has_the_sid_of_the_head_or_of_its_domain_controllers(
    objects: Mapping[str, Attributes], sid: str | None
) -> None:
    def script(request: Request) -> Iterable[bytes]:
        assert request.base == BASE
        for dn, attributes in objects.items():
            if (dn == BASE) is request.is_of_one_object:
                yield entry(request, dn, attributes)
        yield result(request, 32 if request.is_of_one_object and BASE not in objects else 0)

    root = domain.RootDse(
        DistinguishedName(BASE), DistinguishedName(CONFIGURATION), "dc1", _AT, 7, frozenset()
    )
    with ScriptedServer(script) as server:
        assert domain._domain_sid(server.session, root) == sid


@pytest.mark.parametrize(("said", "synchronized"), [("TRUE", True), ("FALSE", False), (None, True)])
def test_that_it_says_whether_it_has_everything(said: str | None, synchronized: bool) -> None:
    windows = WindowsServer()
    if said:
        windows.root["isSynchronized"] = [said]
    with ScriptedServer(windows) as server:
        assert described(server).synchronized is synchronized


def test_that_its_clock_is_read_as_utc() -> None:
    with ScriptedServer(WindowsServer()) as server:
        assert domain.current_time(server.session) == datetime(2026, 11, 23, 17, 54, 51, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["supportedCapabilities", "defaultNamingContext", "currentTime"])
def test_that_another_directory_server_is_told_from_a_domain_controller(missing: str) -> None:
    windows = WindowsServer()
    del windows.root[missing]
    with (
        ScriptedServer(windows) as server,
        pytest.raises(DirectoryUnavailable, match=r"directory server|domain"),
    ):
        domain.read_root(server.session)


def _controller(
    name: str, site: str, domain_dn: str = BASE, *, read_only: bool = False
) -> dict[str, Attributes]:
    server = f"CN={name.upper()},CN=Servers,CN={site},{SITES}"
    held = "msDS-hasFullReplicaNCs" if read_only else "msDS-HasDomainNCs"
    classes = ["top", "applicationSettings", "nTDSDSA", *(["nTDSDSARO"] if read_only else [])]
    return {
        server: {"objectClass": ["top", "server"], "dNSHostName": [f"{name}.corp.example.test"]},
        f"CN=NTDS Settings,{server}": {"objectClass": classes, held: [CONFIGURATION, domain_dn]},
    }


def test_that_the_domain_controllers_of_this_domain_are_listed() -> None:
    demoted = f"CN=OLD,CN=Servers,CN=Zürich\\, Nord,{SITES}"
    tree = {
        **_controller("DC2", "Zürich\\, Nord"),
        **_controller("dc1", "Default-First-Site-Name"),
        **_controller("rodc", "Branch", read_only=True),
        **_controller("child", "Branch", f"DC=child,{BASE}"),
        demoted: {"objectClass": ["top", "server"], "dNSHostName": ["old.corp.example.test"]},
    }
    with ScriptedServer(WindowsServer(tree=tree)) as server:
        controllers = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert controllers == (
        DomainController("dc1.corp.example.test", "Default-First-Site-Name", writable=True),
        DomainController("dc2.corp.example.test", "Zürich, Nord", writable=True),
        DomainController("rodc.corp.example.test", "Branch", writable=False),
    )


def test_that_one_that_is_hidden_in_the_sites_is_known_by_its_account() -> None:
    def account(name: str, group: str) -> Attributes:
        host = {"dNSHostName": [f"{name}.corp.example.test"]} if name else {}
        return {"objectClass": ["top", "computer"], "primaryGroupID": [group], **host}

    tree = {
        **_controller("dc1", "Default-First-Site-Name"),
        f"CN=DC1,OU=Domain Controllers,{BASE}": account("DC1", "516"),
        f"CN=DC2,OU=Domain Controllers,{BASE}": account("DC2", "516"),
        f"CN=RODC,OU=Domain Controllers,{BASE}": account("rodc", "521"),
        f"CN=NEW,OU=Domain Controllers,{BASE}": account("", "516"),
    }
    with ScriptedServer(WindowsServer(tree=tree)) as server:
        controllers = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert controllers == (
        DomainController("dc1.corp.example.test", "Default-First-Site-Name", writable=True),
        DomainController("dc2.corp.example.test"),
        DomainController("rodc.corp.example.test", writable=False),
    )


@pytest.mark.parametrize("shown", [{}, {"dNSHostName": ["dc1.corp.example.test"]}], ids=["none", "of dc1"])
def test_that_a_list_with_fewer_names_than_domain_controllers_is_not_whole(
    shown: dict[str, list[str]],
) -> None:
    second = _controller("DC2", "Branch")
    server_object = next(iter(second))
    second[server_object] = {"objectClass": ["top", "server"], **shown}
    tree = {**_controller("dc1", "Default-First-Site-Name"), **second}
    with ScriptedServer(WindowsServer(tree=tree)) as server:
        (one,) = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert (one.host, one.is_listed) == ("dc1.corp.example.test", False)


_REFERENCES = [({"serverReference"}, set()), (set(), {"serverReferenceBL"}), (set(), set())]


@pytest.mark.parametrize(("by_server", "by_account"), _REFERENCES, ids=["server", "account", "neither"])
def test_that_a_name_that_is_not_shown_is_made_up_for_by_its_own_account_alone(
    by_server: set[str], by_account: set[str]
) -> None:
    second = _controller("DC2", "Branch")
    server_object = next(iter(second))
    account = f"CN=DC2,OU=Domain Controllers,{BASE}"
    second[server_object] = {
        "objectClass": ["top", "server"],
        **{name: [account.upper()] for name in by_server},
    }
    one = {
        "objectClass": ["top", "computer"],
        "primaryGroupID": ["516"],
        "dNSHostName": ["dc2.corp.example.test"],
        **{name: [server_object.lower()] for name in by_account},
    }
    tree = {**_controller("dc1", "Default-First-Site-Name"), **second, account: one}
    with ScriptedServer(WindowsServer(tree=tree)) as server:
        controllers = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert [c.host for c in controllers] == ["dc1.corp.example.test", "dc2.corp.example.test"]
    assert controllers[0].is_listed is bool(by_server or by_account)


@pytest.mark.parametrize("is_itself_shown", [True, False])
def test_that_an_account_that_was_left_behind_makes_up_for_no_hidden_domain_controller(
    is_itself_shown: bool,
) -> None:
    """It is in the group as long as nobody cleans up, and is not the one that does not show its name."""
    second = _controller("DC2", "Branch")
    server_object = next(iter(second))
    old_server = f"CN=DC-OLD,CN=Servers,CN=Branch,{SITES}"
    second[server_object] = {"objectClass": ["top", "server"]}
    if not is_itself_shown:
        del second[server_object]
    old = {
        "objectClass": ["top", "computer"],
        "primaryGroupID": ["516"],
        "dNSHostName": ["dc-old.corp.example.test"],
        "serverReferenceBL": [old_server],
    }
    tree = {
        **_controller("dc1", "Default-First-Site-Name"),
        **second,
        old_server: {"objectClass": ["top", "server"]},
        f"CN=DC-OLD,OU=Domain Controllers,{BASE}": old,
    }
    with ScriptedServer(WindowsServer(tree=tree)) as server:
        controllers = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert [c.host for c in controllers] == ["dc-old.corp.example.test", "dc1.corp.example.test"]
    assert not controllers[1].is_listed, "the list is not whole"


def test_that_a_domain_controller_that_does_not_say_of_which_domain_it_is_may_be_of_this_one() -> None:
    second = _controller("DC2", "Branch")
    second[next(reversed(second))] = {"objectClass": ["top", "applicationSettings", "nTDSDSA"]}
    tree = {**_controller("dc1", "Default-First-Site-Name"), **second}
    with ScriptedServer(WindowsServer(tree=tree)) as server:
        (one,) = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert (one.host, one.is_listed) == ("dc1.corp.example.test", False)


class HiddenSites(WindowsServer):
    """Says that there are no sites, as Windows does to who may not see them."""

    def __call__(self, request: Request) -> Iterable[bytes]:
        return [result(request, 32)] if request.base == SITES else super().__call__(request)


@pytest.mark.parametrize("windows", [WindowsServer, HiddenSites])
def test_that_a_list_without_who_answers_is_none(windows: type[WindowsServer]) -> None:
    with ScriptedServer(windows()) as server:
        controllers = domain.domain_controllers(server.session, domain.read_root(server.session))
    assert controllers == (DomainController("dc1.corp.example.test", is_listed=False),)


def directory_on(server: ScriptedServer) -> LdapDirectory:
    root = domain.read_root(server.session)
    return LdapDirectory(server.session, root, described(server))


class LargeGroup(WindowsServer):
    """Gives three members at a time, as Windows gives 1,500; `fails_at` is a range it has no answer for."""

    members: Sequence[str] = [f"CN={number},DC=x" for number in range(8)]
    fails_at: int = 99

    def __call__(self, request: Request) -> Iterable[bytes]:
        if not request.base.startswith("CN=Large"):
            yield from super().__call__(request)
            return
        start = 0
        if "=" in request.attributes[0]:
            start = int(request.attributes[0].partition("=")[2].partition("-")[0])
        if start >= self.fails_at:
            yield result(request, 32)
            return
        last = "*" if start + 3 >= len(self.members) else str(start + 2)
        values = {f"member;range={start}-{last}": self.members[start : start + 3]}
        # Windows names the attribute without a range as well, and empty.
        yield entry(request, "CN=Large,DC=x", {"member": [], **values} if start == 0 else values)
        yield result(request)


def test_that_a_group_with_very_many_members_is_read_to_the_end() -> None:
    with ScriptedServer(LargeGroup()) as server:
        assert list(directory_on(server).members(DistinguishedName("CN=Large,DC=x"))) == LargeGroup.members
        asked = [r.attributes for r in server.requests if r.base.startswith("CN=Large")]
    assert asked == [["member"], ["member;range=3-*"], ["member;range=6-*"]]


def test_that_a_list_of_members_that_breaks_off_does_not_look_complete() -> None:
    large = LargeGroup()
    large.fails_at = 3
    with ScriptedServer(large) as server, pytest.raises(NoSuchObject):
        directory_on(server).members(DistinguishedName("CN=Large,DC=x"))
