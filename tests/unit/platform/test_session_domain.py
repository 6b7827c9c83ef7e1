# SPDX-License-Identifier: MIT
"""The domain of the session: what a locator answers, in one spelling."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from jit_desktop.elevation.ports import FoundDomain
from jit_desktop.platform.session_domain import default_realm, described, find_domain, host_domain


@pytest.mark.parametrize(
    ("signed_in", "domain", "controller", "found"),
    [
        ("", "", "", FoundDomain()),
        (
            "CORP.EXAMPLE.COM",
            "corp.example.com",
            "\\\\DC1.corp.example.com",
            FoundDomain("corp.example.com", "dc1.corp.example.com", signed_in=True),
        ),
        # An account of this computer, which is a member of the domain.
        ("", "corp.example.com.", "\\\\dc1.x", FoundDomain("corp.example.com", "dc1.x")),
        # Signed in with what is cached, far from every domain controller.
        ("CORP.EXAMPLE.COM", "", "", FoundDomain("corp.example.com", signed_in=True)),
    ],
)  # fmt: skip
def test_that_what_was_found_has_one_spelling(
    signed_in: str, domain: str, controller: str, found: FoundDomain
) -> None:
    assert described(signed_in, domain, controller) == found


def test_that_looking_never_fails() -> None:
    assert isinstance(find_domain(), FoundDomain)


@pytest.mark.parametrize(
    ("text", "realm"),
    [
        ("[libdefaults]\n  default_realm = CORP.EXAMPLE.COM\n", "CORP.EXAMPLE.COM"),
        ("[libdefaults]\n#  default_realm = CORP.EXAMPLE.COM\n", ""),
        ("[libdefaults]\n  default_realm = LOCAL\n", ""),
    ],
)
def test_that_the_default_realm_is_read(
    text: str, realm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "krb5.conf").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KRB5_CONFIG", "krb5.conf")  # a drive letter has the colon that parts two files
    monkeypatch.chdir(tmp_path)
    assert default_realm() == realm


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked itself")
def test_that_the_default_realm_goes_before_the_name_of_the_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda: "pc7.lab.example.com")
    monkeypatch.setenv("KRB5_CONFIG", str(tmp_path / "krb5.conf"))
    assert find_domain() == FoundDomain("lab.example.com")
    (tmp_path / "krb5.conf").write_text("default_realm = CORP.EXAMPLE.COM\n", encoding="utf-8")
    assert find_domain() == FoundDomain("corp.example.com")


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("pc7.corp.example.com", "corp.example.com"),
        ("pc7", ""),
        ("localhost.localdomain", ""),
        ("7.0.0.127.in-addr.arpa", ""),
    ],
)
def test_that_the_name_of_the_computer_suggests_a_domain(
    name: str, domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda: name)
    assert host_domain() == domain
