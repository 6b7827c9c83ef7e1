# SPDX-License-Identifier: MIT
"""The harness itself: a test that stands on it may rely on each of these."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ldap3 import KERBEROS, NONE, Connection, Server
from ldap3.core.exceptions import (
    LDAPException,
    LDAPInsufficientAccessRightsResult,
    LDAPInvalidCredentialsResult,
    LDAPStrongerAuthRequiredResult,
)

from tests.faults.proxy import LdapProxy
from tests.samba import names
from tests.samba.arena import Arena
from tests.samba.server import SambaDomain, SambaServer
from tests.samba.verifier import GROUP_TYPES, Verifier, VerifyingTls, connect

_RESOLVE = "import socket; print(socket.getaddrinfo('dc1.corp.example.test', 636)[0][4][0])"


def _bind(domain: SambaDomain, account: str) -> None:
    connect(
        domain.address, domain.ca_file, names.Credentials(account, names.PRIVILEGED_PASSWORD, "")
    ).unbind()


def _create_temporary_group(connection: Connection, arena: Arena, name: str) -> str:
    dn = f"CN={name},{arena.creation_ou}"
    connection.add(
        dn,
        "group",
        {
            "sAMAccountName": f"{name}-{arena.tag}",
            "groupType": GROUP_TYPES["global"],
            "member": arena.account,
            "info": "{}",
            "description": "made by a test",
        },
    )
    return dn


class TestDomain:
    def test_that_it_is_filled_with_the_example(self, verifier: Verifier) -> None:
        assert verifier.exists(names.OU_INTERNAL)
        for group in (names.GROUP_ADMINS, names.GROUP_SERVICE_DESK, names.GROUP_ADMINS_UNIVERSAL):
            assert not verifier.is_effective_member(names.ACCOUNT_BACKUP, group)
        assert verifier.is_effective_member(names.ACCOUNT_PERMANENT, names.GROUP_ADMINS)

    @pytest.mark.parametrize(
        ("account", "code"), [("_expired01", "532"), ("_disabled01", "533"), ("_mustchange01", "773")]
    )
    def test_that_accounts_that_may_not_log_on_say_why(
        self, samba_domain: SambaDomain, account: str, code: str
    ) -> None:
        with pytest.raises(LDAPInvalidCredentialsResult, match=f"data {code}"):
            _bind(samba_domain, account)

    def test_that_a_good_account_can_bind(self, samba_domain: SambaDomain) -> None:
        _bind(samba_domain, "_backupoperator15")

    def test_that_a_plain_bind_is_refused(self, samba_domain: SambaDomain) -> None:
        server = Server(samba_domain.host, port=samba_domain.ldap_port, get_info=NONE)
        service = samba_domain.service
        connection = Connection(server, service.upn, service.password, raise_exceptions=True)
        with pytest.raises(LDAPStrongerAuthRequiredResult):
            connection.bind()
        connection.unbind()

    def test_that_data_survives_a_restart(
        self, samba_server: SambaServer, samba_domain: SambaDomain, arena: Arena
    ) -> None:
        samba_server.stop()
        with pytest.raises(ConnectionRefusedError), socket.create_connection((samba_domain.host, 636)):
            pass
        samba_server.start()
        with samba_domain.verifier() as again:
            assert again.exists(arena.account)


class TestNames:
    def test_that_the_host_resolves_here(self, samba_domain: SambaDomain) -> None:
        assert socket.getaddrinfo(samba_domain.host, 636)[0][4][0] == samba_domain.address

    def test_that_other_names_are_refused_here(self, samba_domain: SambaDomain) -> None:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("www.example.org", 443)

    def test_that_nothing_listens_at_the_second_domain_controller(self, samba_domain: SambaDomain) -> None:
        with pytest.raises(ConnectionRefusedError), socket.create_connection((samba_domain.down_host, 636)):
            pass

    def test_that_the_host_resolves_in_programs_we_start(self, samba_domain: SambaDomain) -> None:
        output = subprocess.check_output(
            [sys.executable, "-c", _RESOLVE], env={**os.environ, **samba_domain.environment}, text=True
        )
        assert output.strip() == samba_domain.address

    def test_that_the_preloaded_resolver_leaves_qt_alone(self, samba_domain: SambaDomain) -> None:
        window = (
            "from PySide6.QtWidgets import QApplication, QLabel; a = QApplication([]); w = QLabel('text'); "
            "w.show(); a.processEvents(); print(w.grab().width() > 0)"
        )
        output = subprocess.check_output(
            [sys.executable, "-c", window], env={**os.environ, **samba_domain.environment}, text=True
        )
        assert output.strip() == "True"


class TestKerberos:
    def test_that_a_ticket_binds_sealed_on_the_plain_port(self, samba_domain: SambaDomain) -> None:
        environment = {**os.environ, **samba_domain.environment}
        principal = f"{samba_domain.service.sam_account_name}@{samba_domain.realm}"
        subprocess.run(
            ["kinit", principal], input=samba_domain.service.password, env=environment, text=True, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        server = Server(samba_domain.host, port=samba_domain.ldap_port, get_info=NONE)
        connection = Connection(
            server,
            authentication="SASL",
            sasl_mechanism=KERBEROS,
            session_security="ENCRYPT",  # type: ignore[call-arg]  # newer than the stubs
            raise_exceptions=True,
        )
        connection.bind()
        assert connection.search(names.SERVICE.dn, "(objectClass=user)", attributes=["cn"])
        connection.unbind()


class TestLeastRights:
    def test_that_the_service_account_can_do_its_work(self, samba_domain: SambaDomain, arena: Arena) -> None:
        service = connect(samba_domain.address, samba_domain.ca_file, samba_domain.service)
        group = _create_temporary_group(service, arena, "JIT")
        for target in arena.targets:
            service.modify(target, {"member": [("MODIFY_ADD", [group])]})
            assert arena.verifier.is_effective_member(arena.account, target)
        service.modify(group, {"info": [("MODIFY_REPLACE", ['{"extended": true}'])]})
        service.modify(group, {"description": [("MODIFY_REPLACE", ["extended"])]})
        service.modify(group, {"member": [("MODIFY_DELETE", [arena.account])]})
        service.delete(group)
        service.unbind()
        assert arena.temporary_groups() == frozenset()

    def test_that_the_service_account_can_do_no_more(self, samba_domain: SambaDomain, arena: Arena) -> None:
        service = connect(samba_domain.address, samba_domain.ca_file, samba_domain.service)
        with pytest.raises(LDAPInsufficientAccessRightsResult):
            service.modify(arena.foreign_target, {"member": [("MODIFY_ADD", [arena.account])]})
        with pytest.raises(LDAPInsufficientAccessRightsResult):
            service.add(f"CN=elsewhere,{arena.ou}", "group", {"groupType": GROUP_TYPES["global"]})
        with pytest.raises(LDAPInsufficientAccessRightsResult):
            service.modify(arena.global_target, {"info": [("MODIFY_REPLACE", ["mine"])]})
        service.unbind()

    def test_that_a_plain_user_can_do_nothing(self, samba_domain: SambaDomain, arena: Arena) -> None:
        nobody = connect(samba_domain.address, samba_domain.ca_file, samba_domain.nobody)
        with pytest.raises(LDAPInsufficientAccessRightsResult):
            _create_temporary_group(nobody, arena, "JIT")
        nobody.unbind()


class TestArena:
    def test_that_any_characters_may_stand_in_names(self, arena: Arena) -> None:
        for name in ('a, b + c "d" \\ <e>; f=g #h', " leading", "Grüße 管理 🛡", "#first", "<b>bold</b>"):
            target = arena.add_target(name)
            account = arena.add_account(name + "2")
            arena.verifier.add_members(target, [account])
            assert arena.verifier.is_member(account, target)
            assert arena.verifier.text(target, "cn") == name
            renamed = arena.verifier.rename(target, name + "3")
            assert arena.verifier.is_effective_member(account, renamed)

    def test_that_an_object_keeps_its_guid_when_it_moves(self, arena: Arena) -> None:
        before = arena.verifier.guid(arena.global_target)
        moved = arena.verifier.move(arena.global_target, arena.creation_ou)
        assert arena.verifier.guid(moved) == before
        assert not arena.verifier.exists(arena.global_target)


def _through(proxy: LdapProxy, domain: SambaDomain, *, ca_file: Path | None = None) -> Connection:
    return connect(
        proxy.address, ca_file or proxy.ca_file, domain.service, port=proxy.port, timeout_seconds=1
    )


class TestProxy:
    def test_that_it_passes_requests_and_answers_on(
        self, samba_domain: SambaDomain, ldap_proxy: LdapProxy, arena: Arena
    ) -> None:
        connection = _through(ldap_proxy, samba_domain)
        group = _create_temporary_group(connection, arena, "JIT")
        connection.unbind()
        assert arena.temporary_groups() == {group}
        assert ldap_proxy.seen[:2] == ["bind", "add"]

    def test_that_a_cut_before_a_request_leaves_nothing_done(
        self, samba_domain: SambaDomain, ldap_proxy: LdapProxy, arena: Arena
    ) -> None:
        connection = _through(ldap_proxy, samba_domain)
        ldap_proxy.cut_before("add")
        with pytest.raises(LDAPException):
            _create_temporary_group(connection, arena, "JIT")
        assert ldap_proxy.struck.is_set()
        assert arena.temporary_groups() == frozenset()

    @pytest.mark.parametrize("fault", ["cut_after", "hang_after"])
    def test_that_a_lost_answer_leaves_the_request_done(
        self, samba_domain: SambaDomain, ldap_proxy: LdapProxy, arena: Arena, fault: str
    ) -> None:
        connection = _through(ldap_proxy, samba_domain)
        getattr(ldap_proxy, fault)("add")
        with pytest.raises(LDAPException):
            _create_temporary_group(connection, arena, "JIT")
        assert ldap_proxy.struck.is_set()
        assert len(arena.temporary_groups()) == 1

    def test_that_it_can_refuse_and_come_back(self, samba_domain: SambaDomain, ldap_proxy: LdapProxy) -> None:
        ldap_proxy.refuse()
        with pytest.raises(LDAPException, match="refused"):
            _through(ldap_proxy, samba_domain)
        ldap_proxy.mend()
        _through(ldap_proxy, samba_domain).unbind()

    def test_that_it_can_hang_and_come_back(self, samba_domain: SambaDomain, ldap_proxy: LdapProxy) -> None:
        ldap_proxy.hang()
        with pytest.raises(LDAPException, match=r"timed out|time out"):
            _through(ldap_proxy, samba_domain)
        ldap_proxy.mend()
        _through(ldap_proxy, samba_domain).unbind()

    def test_that_it_can_be_slow(self, samba_domain: SambaDomain, ldap_proxy: LdapProxy) -> None:
        ldap_proxy.slow(0.3)
        started = time.monotonic()
        _through(ldap_proxy, samba_domain).unbind()
        assert time.monotonic() - started >= 0.3

    def test_that_it_can_show_an_expired_certificate(self, samba_domain: SambaDomain) -> None:
        expired = samba_domain.authority.issue([samba_domain.host], [samba_domain.address], expired=True)
        with (
            LdapProxy.in_front_of(samba_domain, certificate=expired) as proxy,
            pytest.raises(LDAPException, match="expired"),
        ):
            _through(proxy, samba_domain)

    def test_that_an_unknown_authority_is_noticed(
        self, samba_domain: SambaDomain, ldap_proxy: LdapProxy
    ) -> None:
        with pytest.raises(LDAPException, match="CERTIFICATE_VERIFY_FAILED"):
            _through(ldap_proxy, samba_domain, ca_file=samba_domain.other_ca_file)

    def test_that_it_can_speak_starttls(self, samba_domain: SambaDomain) -> None:
        with LdapProxy.in_front_of(samba_domain, encryption="starttls") as proxy:
            tls = VerifyingTls(ca_certs_file=str(proxy.ca_file))
            server = Server(proxy.address, port=proxy.port, tls=tls, get_info=NONE)
            service = samba_domain.service
            connection = Connection(server, service.upn, service.password, raise_exceptions=True)
            connection.start_tls()
            connection.bind()
            connection.unbind()
            assert proxy.seen[:2] == ["extended", "bind"]

    def test_that_it_shows_what_crossed_the_wire_in_the_clear(self, samba_domain: SambaDomain) -> None:
        with LdapProxy.in_front_of(samba_domain, encryption="none") as proxy:
            server = Server(proxy.address, port=proxy.port, get_info=NONE)
            service = samba_domain.service
            connection = Connection(server, service.upn, service.password, raise_exceptions=True)
            with pytest.raises(LDAPStrongerAuthRequiredResult):
                connection.bind()
            connection.unbind()
            assert service.password.encode() in proxy.received
