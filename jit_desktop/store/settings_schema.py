# SPDX-License-Identifier: MIT
"""Publishes the schema of settings files: ``python -m jit_desktop.store.settings_schema FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jit_desktop.store.settings_document import json_schema


def schema_text() -> str:
    """The published schema, to the byte."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), encoding="utf-8", newline="\n")
