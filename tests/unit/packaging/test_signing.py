# SPDX-License-Identifier: MIT
"""What is to be signed, and that nothing passes which is not; a stand-in plays `signtool`."""

import sys
from pathlib import Path

import pytest

from tests.unit.packaging.fakes import binary, windows_bundle
from tools.bundle import signing
from tools.bundle.signing import NotTrusted, is_signed, listed, unsigned, verify, write_catalogue

TRUSTED = "Issued to: Microsoft Root\n    Issued to: JIT Desktop contributors\nSuccessfully verified"


@pytest.fixture
def tool(tmp_path: Path) -> list[str]:
    """A stand-in that says what the file `said` has, and leaves the exit code in the file `code`."""
    script = tmp_path / "signtool.py"
    script.write_text(
        "import pathlib, sys\n"
        "here = pathlib.Path(__file__).parent\n"
        "assert sys.argv[1:-1] == ['verify', '/pa', '/all', '/tw', '/v'], sys.argv\n"
        "print((here / 'said').read_text())\n"
        "sys.exit(int((here / 'code').read_text()))\n",
        encoding="utf-8",
    )
    (tmp_path / "said").write_text(TRUSTED, encoding="utf-8")
    (tmp_path / "code").write_text("0", encoding="utf-8")
    return [sys.executable, str(script)]


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("signed", [True, False])
def test_that_a_signature_is_seen(tmp_path: Path, signed: bool, bits: int) -> None:
    assert is_signed(binary(tmp_path / "some.dll", signed=signed, bits=bits)) is signed


@pytest.mark.parametrize("content", [b"", b"MZ", b"#!/bin/sh\n" * 20])
def test_that_something_else_is_no_binary(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.exe"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="no binary for Windows"):
        is_signed(file)


def test_that_what_others_signed_keeps_their_names(tmp_path: Path) -> None:
    found = unsigned(windows_bundle(tmp_path / "JIT Desktop"))
    assert {file.name for file in found} == {"JIT Desktop.exe", "jit-desktop.exe", "_ours.pyd"}


def test_that_the_catalogue_leads_back_to_the_files(tmp_path: Path) -> None:
    bundle = windows_bundle(tmp_path / "JIT Desktop")
    catalogue = tmp_path / "to-sign.txt"
    found = write_catalogue(bundle, catalogue)
    assert [file.resolve() for file in listed(catalogue)] == [file.resolve() for file in found]
    assert not any(Path(line).is_absolute() for line in catalogue.read_text(encoding="utf-8").splitlines())


def test_that_an_empty_catalogue_verifies_nothing(tmp_path: Path) -> None:
    catalogue = tmp_path / "to-sign.txt"
    catalogue.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="lists nothing"):
        listed(catalogue)
    assert listed(tmp_path / "some.exe") == [tmp_path / "some.exe"]


def test_that_what_windows_trusts_passes(tmp_path: Path, tool: list[str]) -> None:
    verify(tmp_path / "some.exe", tool=tool)
    verify(tmp_path / "some.exe", by="JIT Desktop contributors", tool=tool)


@pytest.mark.parametrize("code", ["1", "2"], ids=["not trusted", "no time stamp"])
def test_that_what_windows_does_not_trust_is_refused(tmp_path: Path, tool: list[str], code: str) -> None:
    (tmp_path / "code").write_text(code, encoding="utf-8")
    with pytest.raises(NotTrusted, match=r"some\.exe"):
        verify(tmp_path / "some.exe", tool=tool)


@pytest.mark.parametrize("by", ["Somebody Else", "JIT Desktop", "contributors"])
def test_that_another_publisher_is_refused(tmp_path: Path, tool: list[str], by: str) -> None:
    with pytest.raises(NotTrusted, match="is not signed by"):
        verify(tmp_path / "some.exe", by=by, tool=tool)


def test_that_the_newest_tool_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("10.0.9.0", "10.0.26100.0", "10.0.22621.0"):
        folder = tmp_path / number / "x64"
        folder.mkdir(parents=True)
        (folder / "signtool.exe").touch()
    monkeypatch.setattr(signing, "_KITS", tmp_path)
    assert signing._sign_tool().parts[-3] == "10.0.26100.0"


def test_that_the_commands_list_verify_and_say_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["signing", *words])
        return signing.main()

    def stand_in(file: Path, *, by: str) -> None:
        if file.name == "jit-desktop.exe":
            raise NotTrusted(f"{file.name} is not trusted")

    catalogue = str(tmp_path / "to-sign.txt")
    assert run("list", str(windows_bundle(tmp_path / "JIT Desktop")), catalogue) == 0
    assert capsys.readouterr().out.startswith("3 binaries to sign")
    monkeypatch.setattr(signing, "verify", stand_in)
    assert run("verify", str(tmp_path / "JIT Desktop" / "JIT Desktop.exe")) == 0
    assert run("verify", catalogue) == 1
    assert capsys.readouterr().out.endswith("jit-desktop.exe is not trusted\n")
