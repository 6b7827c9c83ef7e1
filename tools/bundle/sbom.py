# SPDX-License-Identifier: MIT
"""Writes the bill of materials of a bundle (CycloneDX): what is in it, from which files, under which licence.

    python -m tools.bundle.sbom PYTHON OUT

PYTHON is the interpreter that PyInstaller ran on, OUT the folder for the result. Run it in an environment
with the packages of requirements/release.txt. No single command knows everything: the lock has the
checksums, the environment has the licences and says which packages this system needs, and the interpreter
has parts of its own that no package names.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tools.bundle.contents import EXCLUDED_MODULES, PARTLY_INCLUDED, locked_names
from tools.bundle.wrap import ROOT, version

Document = dict[str, Any]
"""A bill of materials, or a part of one, as JSON has it."""

PROGRAM: Final = "jit-desktop"
BOOTLOADER: Final = "pyinstaller"
"""Its start program is in the executables, although it is no package that the program needs."""
KERBEROS: Final = ("gssapi", "decorator")
"""In the package for Linux; not in the lock of what the program needs, as it can do without."""
SPECIFICATION: Final = "1.6"
LICENCES: Final[Mapping[str, Document]] = {
    # Says it in a file alone.
    "peewee": {"license": {"id": "MIT"}},
    # Says it without the exception, which is for what goes into executables.
    BOOTLOADER: {"expression": "GPL-2.0-or-later WITH Bootloader-exception"},
}
"""Of packages that say it wrongly or not at all in what `cyclonedx-py` reads."""

_PARTS_OF_PYTHON: Final = """
import json, platform, sqlite3, ssl
print(json.dumps({
    "system": platform.system(),
    "machine": platform.machine(),
    "python": platform.python_version(),
    "openssl": ssl.OPENSSL_VERSION,
    "sqlite": sqlite3.sqlite_version,
}))
"""


def main() -> int:
    """Write the bill of materials of the arguments, and check it against the schema."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("python", help="the interpreter with the packages of requirements/package.txt")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    parts = json.loads(_said_by([options.python, "-c", _PARTS_OF_PYTHON]))
    requirements = ROOT / "requirements"
    document = merged(
        locked=_cyclonedx("requirements", str(requirements / "package.txt")),
        installed=_cyclonedx("environment", options.python, "--pyproject", str(ROOT / "pyproject.toml")),
        names=locked_names(requirements / "run.txt"),
        parts=parts,
    )
    check(document)
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / file_name(parts)
    file.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    sys.stdout.write(f"{file} ({len(document['components'])} components)\n")
    return 0


def file_name(parts: Mapping[str, str]) -> str:
    """The name of the file, beside the archives of `tools.bundle.wrap`."""
    if parts["system"] == "Windows":
        return f"JIT-Desktop-{version()}-windows.cdx.json"
    return f"{PROGRAM}-{version()}-{parts['system'].lower()}-{parts['machine']}.cdx.json"


def merged(
    *, locked: Document, installed: Document, names: Iterable[str], parts: Mapping[str, str]
) -> Document:
    """One document of the two that ``cyclonedx-py`` makes of a lock and of an environment.

    ``names`` are the packages that the program needs on any system; what this system has no use for is not
    installed. Raises :class:`ValueError` where environment and lock are not of one mind.
    """
    files = {normal(component["name"]): component for component in locked["components"]}
    found = {normal(component["name"]): component for component in installed["components"]}
    components = []
    for name in sorted({*names, *KERBEROS, BOOTLOADER}):
        if name not in found:
            if ";" not in _line_of(files[name]):
                raise ValueError(f"{name} is locked for every system, but it is not installed")
            continue
        if found[name]["version"] != files[name]["version"]:
            raise ValueError(f"{name} is installed as {found[name]['version']}, not as locked")
        components.append(_component(found[name], files[name]))
    kept = {component["bom-ref"] for component in components}
    own = dict(installed["metadata"]["component"]) | {"version": version()}
    own_parts = [*parts_of_python(parts), *parts_of_qt(found)]
    inside = [part["bom-ref"] for part in own_parts]
    needs = [own["bom-ref"], *sorted(kept)]
    direct = {link["ref"]: link.get("dependsOn", []) for link in installed["dependencies"]}
    links = [
        {"ref": ref, "dependsOn": sorted({*direct.get(ref, ())} & kept) + (inside if ref == needs[0] else [])}
        for ref in needs
    ]
    return {
        "$schema": installed["$schema"],
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {
            "component": own,
            "lifecycles": [{"phase": "build"}],
            "tools": installed["metadata"]["tools"],
        },
        "components": [*components, *own_parts],
        "dependencies": [*links, *({"ref": ref} for ref in inside)],
    }


def parts_of_python(parts: Mapping[str, str]) -> Iterator[Document]:
    """The interpreter and the libraries that it brings along, under the names that lists of faults use."""
    yield _part("python", parts["python"], "python:python", {"id": "PSF-2.0"})
    openssl = re.search(r"\d+(\.\d+)+[a-z]?", parts["openssl"])
    if openssl is None:
        raise ValueError(f"{parts['openssl']!r} has no version of OpenSSL")
    yield _part("openssl", openssl[0], "openssl:openssl", {"id": "Apache-2.0"})
    yield _part("sqlite", parts["sqlite"], "sqlite:sqlite", {"id": "blessing"})


def parts_of_qt(found: Mapping[str, Document]) -> Iterator[Document]:
    """Qt's libraries, which are in the packages that bind them, with the same version."""
    if "pyside6-essentials" in found:
        yield _part("qt", found["pyside6-essentials"]["version"], "qt:qt", {"id": "LGPL-3.0-only"})


def check(document: Document) -> None:
    """Raise :class:`ValueError` where ``document`` is no valid bill of materials."""
    # Not a package that is there when the tests run.
    schema = importlib.import_module("cyclonedx.schema")
    validation = importlib.import_module("cyclonedx.validation.json")
    validator = validation.JsonStrictValidator(schema.SchemaVersion.from_version(SPECIFICATION))
    fault = validator.validate_str(json.dumps(document))
    if fault is not None:
        raise ValueError(f"the bill of materials is not valid: {fault}")


def normal(name: str) -> str:
    """The one form of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _component(found: Document, locked: Document) -> Document:
    sources = [
        {key: value for key, value in reference.items() if key != "comment"}
        for reference in locked["externalReferences"]
        if reference["type"] == "distribution"
    ]
    name = normal(found["name"])
    component = found | {"externalReferences": [*found.get("externalReferences", ()), *sources]}
    if name in LICENCES:
        component["licenses"] = [LICENCES[name]]
    if name in EXCLUDED_MODULES and name not in PARTLY_INCLUDED:
        # Locked with the rest and left out of the bundle.
        component["scope"] = "excluded"
    return component


def _part(name: str, number: str, product: str, licence: Mapping[str, str]) -> Document:
    return {
        "type": "library",
        "bom-ref": f"{name}=={number}",
        "name": name,
        "version": number,
        "purl": f"pkg:generic/{name}@{number}",
        "cpe": f"cpe:2.3:a:{product}:{number}:*:*:*:*:*:*:*",
        "licenses": [{"license": dict(licence)}],
    }


def _line_of(component: Document) -> str:
    """The line of the lock, without the checksums."""
    line: str = component["description"]
    return line.partition("--hash")[0]


def _cyclonedx(*words: str) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "part.json")
        _said_by(
            [
                *(sys.executable, "-m", "cyclonedx_py", *words, "--spec-version", SPECIFICATION),
                *("--output-reproducible", "--output-format", "JSON", "--output-file", str(file)),
            ]
        )
        document: Document = json.loads(file.read_text(encoding="utf-8"))
        return document


def _said_by(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout  # noqa: S603 - our own words


if __name__ == "__main__":
    sys.exit(main())
