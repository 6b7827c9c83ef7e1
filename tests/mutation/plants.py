# SPDX-License-Identifier: MIT
"""All plants, room by room."""

from __future__ import annotations

from tests.mutation.plants_core import CORE
from tests.mutation.plants_directory import DIRECTORY
from tests.mutation.plants_platform import PLATFORM
from tests.mutation.plants_shells import SHELLS
from tests.mutation.plants_store import STORE

PLANTS = (*CORE, *STORE, *DIRECTORY, *PLATFORM, *SHELLS)
