# SPDX-License-Identifier: MIT
"""Which of the files that PyInstaller finds go into the bundle, and which licences go with them."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

Entry = tuple[str, str, str]
"""PyInstaller's (name in the bundle, file, kind)."""

EXCLUDED_MODULES: Final = (
    # Of the standard library, what nothing of ours calls.
    *("tkinter", "unittest", "doctest", "pydoc", "pydoc_data", "lib2to3", "ensurepip", "idlelib", "pdb"),
    # Tools that are in the same environment.
    *("setuptools", "pkg_resources", "pip", "PyInstaller", "_distutils_hack"),
    # Of packages, what was made for others: copies of directories' schemas, an older pydantic, compilers.
    *("ldap3.protocol.schemas", "pydantic.v1", "pydantic.mypy", "cffi", "pycparser", "distutils"),
    # Databases that Peewee could speak to.
    *("psycopg", "psycopg2", "pymysql", "MySQLdb", "cysqlite", "apsw"),
    # Qt's network needs TLS plugins and is not used: ldap3 speaks through Python's own sockets.
    *("PySide6.QtNetwork", "PySide6.QtDBus", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"),
    *("PySide6.QtPrintSupport", "PySide6.QtSql", "PySide6.QtXml", "PySide6.QtConcurrent"),
)

PARTLY_INCLUDED: Final = frozenset({"cffi"})
"""Packages whose modules are left out, and whose library is not: others load `_cffi_backend`."""

_UNWANTED: Final = (
    # Qt's hooks add whole folders: drawing without a graphics driver, and parts that only QML needs.
    *("opengl32sw.dll", "D3DCompiler_47.dll", "*Qt6OpenGL*", "*Qt6Pdf*", "*Qt6Qml*", "*Qt6Quick*"),
    *("*Qt6VirtualKeyboard*", "*Qt6Network.*", "QtNetwork.*", "*Qt6Egl[Ff][Ss]*"),
    *(
        "plugins/tls/*",
        "plugins/networkinformation/*",
        "plugins/generic/*",
        "plugins/egldeviceintegrations/*",
    ),
    # Of the platforms there are the system's own and "offscreen".
    *("plugins/platforms/*direct2d*", "plugins/platforms/*minimal*", "plugins/platforms/*eglfs*"),
    *("plugins/platforms/*linuxfb*", "plugins/platforms/*vkkhr*", "plugins/platforms/*vnc*"),
    "plugins/platforminputcontexts/*virtual*",
    # The program's pictures are SVG, and it has a look of its own, on Fusion.
    *(
        f"plugins/imageformats/*{kind}*"
        for kind in ("gif", "jpeg", "tiff", "webp", "wbmp", "tga", "icns", "pdf")
    ),
    *("plugins/styles/*", "plugins/platformthemes/*"),
    "translations/*",  # the interface has one language, and Qt's own texts are English without them
    # ldap3 imports hashes and ciphers for NTLM, which is not offered, and nothing else of Cryptodome.
    *("Cryptodome/PublicKey/*", "Cryptodome/Math/*", "Cryptodome/Protocol/*"),
    # The system's Kerberos, with its configuration and plugins, is kept up to date by the system.
    *("libgssapi_krb5.so*", "libkrb5.so*", "libk5crypto.so*", "libkrb5support.so*", "libcom_err.so*"),
    # PyInstaller looks for what each plugin needs before the one for GTK is left out, which needs all these.
    *("libatk-1.0.so*", "libcairo.so*", "libcairo-gobject.so*", "libpango*.so*", "libgdk_pixbuf-2.0.so*"),
    *("libgio-2.0.so*", "libgmodule-2.0.so*", "libgobject-2.0.so*", "libmount.so*", "libblkid.so*"),
    *("libharfbuzz.so*", "libgraphite2.so*", "libfribidi.so*", "libthai.so*", "libdatrie.so*"),
    *("libpixman-1.so*", "libjpeg.so*", "libselinux.so*"),
    # Part of Windows 10 and later.
    *("api-ms-win-*.dll", "ucrtbase.dll"),
)

_LICENCE: Final = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


def is_wanted(name: str) -> bool:
    """Whether the file with this ``name`` in the bundle is of use."""
    path = "/" + name.replace("\\", "/")
    return not any(fnmatch.fnmatch(path, f"*/{pattern}") for pattern in _UNWANTED)


def wanted(entries: Iterable[Entry]) -> list[Entry]:
    """``entries`` without those that are of no use."""
    return [entry for entry in entries if is_wanted(entry[0])]


def beside_the_executable(name: str) -> bool:
    """Whether the file belongs next to the executables and not into their inner folder.

    OpenSSL does: Windows looks there first, so that no other program's copy is ever picked up.
    """
    return re.fullmatch(r"lib(crypto|ssl)-[\w-]+\.dll", Path(name).name, re.IGNORECASE) is not None


def locked_names(requirements: Path) -> frozenset[str]:
    """The names of the packages that a file of requirements locks, in their normal form."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return frozenset(_normal(line.partition("==")[0]) for line in lines if re.match(r"[A-Za-z]", line))


def licences(names: frozenset[str], found: Iterable[Distribution] | None = None) -> list[tuple[str, str]]:
    """(file, folder in the bundle) of each licence that the packages ``names`` bring along."""
    result: list[tuple[str, str]] = []
    for distribution in found if found is not None else distributions():
        name = _normal(distribution.metadata["Name"])
        if name not in names:
            continue
        result += [(str(file), f"licences/{name}") for file in _licence_files(distribution)]
    return sorted(result)


def licence_of_python() -> list[tuple[str, str]]:
    """The same for the interpreter, which keeps it with its library or, on Windows, beside itself."""
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    files = [place / "LICENSE.txt" for place in places]
    return [(str(file), "licences/python") for file in files if file.is_file()][:1]


def licences_of_system(binaries: Iterable[Entry]) -> list[tuple[str, str]]:
    """The same for what comes from a Debian system's own packages, each of which has a file for it."""
    if not (dpkg := shutil.which("dpkg")):
        return []
    real = {
        str(Path(source).resolve())
        for _, source, _ in binaries
        if Path(sys.prefix) not in Path(source).parents
    }
    # A package may name its files as they were before /lib became a link to /usr/lib.
    files = real | {path.removeprefix("/usr") for path in real}
    said = subprocess.run(  # noqa: S603 - our own words; half of the paths have no package
        [dpkg, "--search", *sorted(files)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    packages = {line.partition(":")[0] for line in said.stdout.splitlines()}
    texts = [(Path("/usr/share/doc", package, "copyright"), package) for package in sorted(packages)]
    return [(str(text.resolve()), f"licences/debian/{package}") for text, package in texts if text.is_file()]


def _licence_files(distribution: Distribution) -> Sequence[Path]:
    files = distribution.files or ()
    return [Path(str(distribution.locate_file(file))) for file in files if _LICENCE.search(str(file))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
