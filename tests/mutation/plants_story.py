# SPDX-License-Identifier: MIT
"""Safeguards of moments that were named, of what is told and in which order, and of a window that hangs."""

from __future__ import annotations

from tests.mutation.plant import Plant

_INSTANCE = ("tests/unit/platform/test_single_instance.py",)
_PROGRAM = ("tests/ui/test_program.py",)

STORY = (
    # --- a window that hangs ------------------------------------------------------------------------------
    Plant(
        "a window that hangs keeps every other one from opening",
        "jit_desktop/platform/single_instance.py",
        "            if left <= 0:\n                return False\n",
        "            if left <= 0:\n                return True\n",
        (*_INSTANCE, *_PROGRAM),
    ),
    Plant(
        "in the background a window that hangs counts as one that works",
        "jit_desktop/window.py",
        "        if args.background and ask_first_to_answer(data_dir):\n",
        "        if args.background:\n",
        _PROGRAM,
    ),
    Plant(
        "a window that opens beside one that hangs does not say so",
        "jit_desktop/window.py",
        "                shell.main.tell_of_another(ANOTHER_HANGS)\n",
        "                pass\n",
        _PROGRAM,
    ),
    Plant(
        "a window that opens beside one that hangs is deaf",
        "jit_desktop/platform/single_instance.py",
        "            return cls(None, requests if requests.exists() else None)\n",
        "            return cls()\n",
        (*_INSTANCE, *_PROGRAM),
    ),
    Plant(
        "a window that is still starting is given no more time than one that is open",
        "jit_desktop/platform/single_instance.py",
        "        left = ANSWER_SECONDS if before else START_SECONDS\n",
        "        left = ANSWER_SECONDS\n",
        _INSTANCE,
    ),
    Plant(
        "where the system watches no file no request is heard",
        "jit_desktop/platform/single_instance.py",
        "                self._look.start()\n",
        "                pass\n",
        _INSTANCE,
    ),
)
