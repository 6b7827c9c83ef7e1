# SPDX-License-Identifier: MIT
"""The one place that knows where icons and styles lie, whatever way the program was installed."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path


@cache
def resource_root() -> Path:
    """The folder that holds `icons/`, `style/` and the rest.

    Looked for in this order: beside the frozen program (PyInstaller), inside the installed package
    (`jit_desktop/_resources`, where a wheel puts it), beside the package (a source checkout).
    Raises FileNotFoundError where none of them exists: the installation is broken and nothing can be drawn.
    """
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [Path(frozen) / "resources"] if frozen else []
    candidates += [package / "_resources", package.parent / "resources"]
    for candidate in candidates:
        if (candidate / "icons").is_dir():
            return candidate
    looked = ", ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"The program's icons are missing; looked in {looked}. Reinstall the program.")


def resource_path(*parts: str) -> Path:
    """The path of one resource, as in `resource_path("icons", "key.svg")`; it need not exist."""
    return resource_root().joinpath(*parts)
