# SPDX-License-Identifier: MIT
"""All plants, room by room."""

from __future__ import annotations

from tests.mutation.plants_clocks import CLOCKS
from tests.mutation.plants_core import CORE
from tests.mutation.plants_directory import DIRECTORY
from tests.mutation.plants_each import EACH
from tests.mutation.plants_finding import FINDING
from tests.mutation.plants_giving import GIVING
from tests.mutation.plants_left import LEFT
from tests.mutation.plants_outside import OUTSIDE
from tests.mutation.plants_platform import PLATFORM
from tests.mutation.plants_proof import PROOF
from tests.mutation.plants_shells import SHELLS
from tests.mutation.plants_signers import SIGNERS
from tests.mutation.plants_stalled import STALLED
from tests.mutation.plants_store import STORE
from tests.mutation.plants_story import STORY
from tests.mutation.plants_time import TIME
from tests.mutation.plants_unsaid import UNSAID
from tests.mutation.plants_unseen import UNSEEN
from tests.mutation.plants_writes import WRITES

PLANTS = (
    *CORE,
    *PROOF,
    *GIVING,
    *FINDING,
    *EACH,
    *LEFT,
    *WRITES,
    *SIGNERS,
    *TIME,
    *CLOCKS,
    *UNSEEN,
    *UNSAID,
    *STORE,
    *STALLED,
    *DIRECTORY,
    *OUTSIDE,
    *PLATFORM,
    *SHELLS,
    *STORY,
)
