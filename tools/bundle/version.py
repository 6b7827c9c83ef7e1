# SPDX-License-Identifier: MIT
"""The version resource of the Windows executables, from the program's one version."""

from __future__ import annotations

import re
from typing import Any, Final

_ENGLISH_UNICODE: Final = "040904B0"
_FORM: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:\.dev\d+|(?:a|b|rc)\d+)?")


def four_numbers(version: str) -> tuple[int, int, int, int]:
    """``1.2.3`` or ``1.2.3rc1`` as Windows wants it, ``(1, 2, 3, 0)``; else :class:`ValueError`."""
    match = _FORM.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is no version of the form 1.2.3")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch, 0


def strings(version: str, *, file: str, description: str) -> dict[str, str]:
    """What Explorer shows of ``file``; its ``description`` is its name in toasts and dialogs."""
    return {
        "CompanyName": "JIT Desktop contributors",
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": file.removesuffix(".exe"),
        "LegalCopyright": "MIT licence",
        "OriginalFilename": file,
        "ProductName": "JIT Desktop",
        "ProductVersion": version,
    }


def version_resource(version: str, *, file: str, description: str) -> Any:
    """The resource for PyInstaller's ``EXE(version=…)``; on Windows, where PyInstaller has the classes."""
    from PyInstaller.utils.win32 import versioninfo as of

    numbers = four_numbers(version)
    return of.VSVersionInfo(
        ffi=of.FixedFileInfo(
            filevers=numbers, prodvers=numbers, mask=0x3F, flags=0, OS=0x40004, fileType=1, subtype=0
        ),
        kids=[
            of.StringFileInfo(
                [
                    of.StringTable(
                        _ENGLISH_UNICODE,
                        [
                            of.StringStruct(name, text)
                            for name, text in strings(version, file=file, description=description).items()
                        ],
                    )
                ]
            ),
            of.VarFileInfo([of.VarStruct("Translation", [0x0409, 1200])]),
        ],
    )
