# SPDX-License-Identifier: MIT
"""The numbered steps from an empty file to the present tables.

Each is a module with ``up(migrator, database)`` that knows nothing of the live models: it must do in ten
years what it does today. They are imported by name and not looked up in a folder, so that a frozen program
carries them. A step that has been released is never changed; a change is a new step at the end.
"""

from __future__ import annotations

from types import ModuleType

from jit_desktop.store.migrations import (
    m0001_first_tables,
    m0002_directory_ends_it,
    m0003_proof_of_the_end,
    m0004_found_by_group,
    m0005_set_up_here,
    m0006_domain_went_back,
    m0007_who_left_the_list,
    m0008_since_the_boot,
)

ALL: tuple[ModuleType, ...] = (
    m0001_first_tables,
    m0002_directory_ends_it,
    m0003_proof_of_the_end,
    m0004_found_by_group,
    m0005_set_up_here,
    m0006_domain_went_back,
    m0007_who_left_the_list,
    m0008_since_the_boot,
)
"""In the order in which they run."""
