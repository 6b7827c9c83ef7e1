# SPDX-License-Identifier: MIT
"""The bill of materials: one document of lock, environment and interpreter, for one system."""

from typing import Any

import pytest

from tools.bundle import wrap
from tools.bundle.sbom import Document, file_name, merged, parts_of_python, parts_of_qt

PARTS = {
    "system": "Windows",
    "machine": "AMD64",
    "python": "3.13.9",
    "openssl": "OpenSSL 3.0.18 30 Sep 2025",
    "sqlite": "3.50.4",
}


def locked(name: str, version: str, marker: str = "") -> Document:
    hashes = [{"alg": "SHA-256", "content": "00" * 32}]
    return {
        "name": name,
        "version": version,
        "description": f"requirements line 1: {name}=={version} {marker}    --hash=sha256:{'00' * 32}",
        "externalReferences": [
            {"type": "distribution", "comment": "implicit", "url": f"somewhere/{name}", "hashes": hashes}
        ],
    }


def installed(name: str, version: str, **more: Any) -> Document:
    return {"bom-ref": f"{name}=={version}", "type": "library", "name": name, "version": version, **more}


@pytest.fixture
def lock() -> Document:
    return {
        "components": [
            locked("ldap3", "2.10"),
            locked("jaraco-classes", "3.4"),
            locked("jeepney", "0.9", "; sys_platform == 'linux'"),
            locked("gssapi", "1.12", "; sys_platform != 'win32'"),
            locked("decorator", "5", "; sys_platform != 'win32'"),
            locked("setuptools", "84"),
            locked("cffi", "2"),
            locked("pyinstaller", "6.22"),
        ]
    }


@pytest.fixture
def environment() -> Document:
    mit = [{"license": {"id": "MIT"}}]
    return {
        "$schema": "somewhere",
        "metadata": {"component": {"bom-ref": "root", "name": "jit-desktop"}, "tools": {}},
        "components": [
            installed("ldap3", "2.10", licenses=mit),
            installed("jaraco.classes", "3.4"),
            installed("setuptools", "84"),
            installed("cffi", "2"),
            installed("pyinstaller", "6.22", licenses=[{"license": {"id": "GPL-2.0-only"}}]),
            installed("pefile", "1"),
        ],
        "dependencies": [
            {"ref": "root", "dependsOn": ["ldap3==2.10", "pefile==1"]},
            {"ref": "ldap3==2.10", "dependsOn": ["jaraco.classes==3.4"]},
        ],
    }


NAMES = ("ldap3", "jaraco-classes", "jeepney", "setuptools", "cffi")


def by_name(document: Document) -> dict[str, Document]:
    return {component["name"]: component for component in document["components"]}


def test_that_it_has_what_the_program_needs_on_this_system(lock: Document, environment: Document) -> None:
    document = merged(locked=lock, installed=environment, names=NAMES, parts=PARTS)
    found = by_name(document)
    assert set(found) == {
        *("ldap3", "jaraco.classes", "setuptools", "cffi"),
        *("pyinstaller", "python", "openssl", "sqlite"),
    }
    assert document["metadata"]["component"]["version"] == wrap.version()


def test_that_kerberos_is_named_where_it_is_in_the_package(lock: Document, environment: Document) -> None:
    environment["components"] += [installed("gssapi", "1.12"), installed("decorator", "5")]
    found = by_name(merged(locked=lock, installed=environment, names=NAMES, parts=PARTS))
    assert {"gssapi", "decorator"} <= set(found)


def test_that_checksums_come_from_the_lock_and_licences_from_the_package(
    lock: Document, environment: Document
) -> None:
    found = by_name(merged(locked=lock, installed=environment, names=NAMES, parts=PARTS))
    (source,) = found["ldap3"]["externalReferences"]
    assert source["hashes"][0]["content"] == "00" * 32
    assert found["ldap3"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert "Bootloader-exception" in found["pyinstaller"]["licenses"][0]["expression"]


def test_that_what_is_left_out_of_the_bundle_is_said_to_be(lock: Document, environment: Document) -> None:
    found = by_name(merged(locked=lock, installed=environment, names=NAMES, parts=PARTS))
    assert {name for name, part in found.items() if part.get("scope") == "excluded"} == {"setuptools"}


def test_that_links_lead_to_parts_that_are_there(lock: Document, environment: Document) -> None:
    document = merged(locked=lock, installed=environment, names=NAMES, parts=PARTS)
    links = {link["ref"]: link.get("dependsOn", []) for link in document["dependencies"]}
    there = {component["bom-ref"] for component in document["components"]}
    assert set(links) == {"root", *there}
    assert {ref for refs in links.values() for ref in refs} <= there
    assert links["root"] == ["ldap3==2.10", "python==3.13.9", "openssl==3.0.18", "sqlite==3.50.4"]
    assert links["ldap3==2.10"] == ["jaraco.classes==3.4"]


def test_that_a_package_of_every_system_may_not_be_missing(lock: Document, environment: Document) -> None:
    environment["components"] = [part for part in environment["components"] if part["name"] != "ldap3"]
    with pytest.raises(ValueError, match="ldap3 is locked for every system"):
        merged(locked=lock, installed=environment, names=NAMES, parts=PARTS)


def test_that_another_version_than_the_locked_one_is_refused(lock: Document, environment: Document) -> None:
    environment["components"][0]["version"] = "2.11"
    with pytest.raises(ValueError, match=r"ldap3 is installed as 2\.11"):
        merged(locked=lock, installed=environment, names=NAMES, parts=PARTS)


def test_that_the_parts_of_python_can_be_looked_up_in_lists_of_faults() -> None:
    python, openssl, sqlite = parts_of_python(PARTS)
    assert python["cpe"] == "cpe:2.3:a:python:python:3.13.9:*:*:*:*:*:*:*"
    assert openssl["cpe"] == "cpe:2.3:a:openssl:openssl:3.0.18:*:*:*:*:*:*:*"
    assert sqlite["version"] == "3.50.4"


def test_that_qt_can_be_too() -> None:
    (qt,) = parts_of_qt({"pyside6-essentials": installed("PySide6_Essentials", "6.11.3")})
    assert qt["cpe"] == "cpe:2.3:a:qt:qt:6.11.3:*:*:*:*:*:*:*"


def test_that_each_system_has_a_file_of_its_own() -> None:
    assert file_name(PARTS) == f"JIT-Desktop-{wrap.version()}-windows.cdx.json"
    linux = PARTS | {"system": "Linux", "machine": "x86_64"}
    assert file_name(linux) == f"jit-desktop-{wrap.version()}-linux-x86_64.cdx.json"
