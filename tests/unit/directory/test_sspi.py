# SPDX-License-Identifier: MIT
"""What SSPI refuses is said in words, whatever the language of Windows."""

from __future__ import annotations

import sys

import pytest

from jit_desktop.directory import sspi

ENGLISH = {
    0x80090303: "The specified target is unknown or unreachable",
    0x8009030E: "No credentials are available in the security package",
    0x80090326: "The message received was unexpected or badly formatted.",
}
GERMAN = {
    0x80090303: "Das angegebene Ziel ist unbekannt oder nicht erreichbar.",
    0x8009030E: "Im Sicherheitspaket sind keine Anmeldeinformationen verf\xfcgbar.",
    0x80090326: "Die empfangene Nachricht war unerwartet,\r\noder ung\xfcltig.",
}


def said(function: str, text: str) -> str:
    """As winkerberos: bytes of the ANSI code page, taken for UTF-8."""
    broken = f"{text}\r\n".encode("cp1252").decode("utf-8", "replace")
    return f"SSPI: {function}: {broken}"


def reason(words: str, texts: dict[int, str]) -> str:
    return sspi.reason(words, text_of=lambda code: texts.get(code, ""), code_page="cp1252")


@pytest.mark.parametrize("texts", [ENGLISH, GERMAN])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x80090303, "the domain knows no service of this name (0x80090303)"),
        (0x8009030E, "this Windows session has no logon to a domain (0x8009030E)"),
    ],
)
def test_that_a_usual_reason_is_said_in_our_words(code: int, words: str, texts: dict[int, str]) -> None:
    assert reason(said("InitializeSecurityContext", texts[code]), texts) == words


def test_that_another_reason_is_said_in_those_of_windows_and_whole() -> None:
    text = reason(said("InitializeSecurityContext", GERMAN[0x80090326]), GERMAN)
    assert text == "Die empfangene Nachricht war unerwartet, oder ung\xfcltig (0x80090326)"


def test_that_a_text_that_is_of_no_code_is_said_as_it_is() -> None:
    assert reason(said("InitializeSecurityContext", "Something new."), ENGLISH) == "Something new"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("SSPI: AcquireCredentialsHandle", "this Windows session has no logon to a domain"),
        ("SSPI: InitializeSecurityContext", "this Windows session gets no ticket for the service"),
        ("SSPI: EncryptMessage", "Windows does not say why (EncryptMessage)"),
        ("CryptStringToBinary failed.", "CryptStringToBinary failed"),
    ],
)
def test_that_there_is_a_reason_where_windows_has_no_text(words: str, expected: str) -> None:
    assert reason(words, {}) == expected


@pytest.mark.skipif(sys.platform != "win32", reason="asks Windows for its texts")
def test_that_windows_can_be_asked_for_its_texts() -> None:
    assert sspi.reason("SSPI: InitializeSecurityContext: no such text") == "no such text"
