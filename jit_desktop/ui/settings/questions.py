# SPDX-License-Identifier: MIT
"""The questions that the settings ask, word for word."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from jit_desktop.ui.decision_dialog import Choice, DecisionDialog
from jit_desktop.ui.theme import Role


def ask_about_removal(name: str, parent: QWidget) -> DecisionDialog:
    """Whether a provider really is to go: choices ``keep`` and ``remove``."""
    return DecisionDialog(
        _tr("Remove {}?").format(name),
        _tr(
            "Its settings go when you save; its history and the audit trail stay. Nothing in Active "
            "Directory is changed."
        ),
        (Choice("keep", _tr("Keep it")), Choice("remove", _tr("Remove"), Role.DANGER)),
        default_key="keep",
        dismiss_key="keep",
        parent=parent,
    )


def ask_about_changes(parent: QWidget) -> DecisionDialog:
    """What to do with edits that were not saved: choices ``edit``, ``discard`` and ``save``."""
    return DecisionDialog(
        _tr("Save the changes?"),
        _tr("What you changed in the settings is not saved yet."),
        (
            Choice("edit", _tr("Go on editing")),
            Choice("discard", _tr("Discard"), Role.DANGER),
            Choice("save", _tr("Save"), Role.PRIMARY),
        ),
        default_key="save",
        dismiss_key="edit",
        parent=parent,
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("SettingsQuestions", text)
