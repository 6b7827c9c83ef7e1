# SPDX-License-Identifier: MIT
"""Everything about the selected elevation: what it gives, until when, who ends it, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from jit_desktop.elevation.inspection import Inspection
from jit_desktop.elevation.model import Elevation, Step, StepReport, Transition
from jit_desktop.elevation.outcome import clock_words
from jit_desktop.elevation.settings import creation_location_path
from jit_desktop.elevation.sighting import last_sight
from jit_desktop.ui.bridge import Scope
from jit_desktop.ui.controller_answers import show_answers
from jit_desktop.ui.desk import Desk
from jit_desktop.ui.main_window.action_button import ActionButton
from jit_desktop.ui.main_window.actions import ElevationActions
from jit_desktop.ui.main_window.facts import Fact, FactList
from jit_desktop.ui.models import wording
from jit_desktop.ui.models.standing import ended_words, failure_beside, remains_words, standing_on
from jit_desktop.ui.models.step_summary import StepSummary
from jit_desktop.ui.theme import GAP, GAP_TIGHT, GAP_WIDE, Role
from jit_desktop.ui.widgets import (
    MessageLine,
    SectionHeader,
    Severity,
    SidePane,
    StatusPill,
    StepList,
    StepState,
    TimeLeftBar,
    format_absolute,
    format_moment,
    plain_label,
    plain_tooltip,
)


@dataclass(frozen=True, slots=True)
class _Past:
    """What the store knows of one elevation besides its present state."""

    steps: tuple[StepReport, ...]
    transitions: tuple[Transition, ...]


class ElevationDetails(SidePane):
    """Object names: ``details.state``, ``details.as_of``, ``details.time_left``, the sentences
    ``details.remains``, ``details.standing``, ``details.suspicion``, ``details.failure``,
    ``details.unconfirmed``, ``details.leftover``,
    ``details.steps``, ``details.controllers``, ``details.events``, the buttons ``details.check_in``,
    ``details.extend``, ``details.open_session`` and ``details.check_now``, and the values ``fact.<key>`` with
    the keys ``privileges``, ``ends``, ``extending``, ``guarantee``, ``mechanism``, ``asked_by``, ``reason``,
    ``ticket``, ``started``, ``ended``, ``seen``, ``group`` (button ``fact.group.copy``), ``location`` and
    ``controller``."""

    check_requested = Signal(object)
    """*Check now*: the :class:`Elevation` that is shown."""
    load_failed = Signal(object)
    """The store could not be read; the exception."""

    def __init__(self, desk: Desk, actions: ElevationActions, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("details")
        self._desk = desk
        self._scope = Scope(self)
        self._elevation: Elevation | None = None
        self._summary = StepSummary()
        self._live: list[StepReport] = []
        self._notes: dict[str, MessageLine] = {}
        self._shown_standing: object = None
        self._build(actions)
        for area in self.findChildren(QScrollArea):
            # Its room is kept: text must not be wrapped anew when it comes and goes.
            area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        desk.board.step_reported.connect(self._on_board_step_reported)
        desk.board.elevation_changed.connect(self._on_board_elevation_changed)
        desk.board.elevation_ended.connect(self._on_board_elevation_changed)
        desk.board.past_changed.connect(self._on_board_elevation_changed)
        desk.board.inspected.connect(self._on_board_inspected)
        desk.heartbeat.ticked.connect(self._on_heartbeat_ticked)

    def _build(self, actions: ElevationActions) -> None:
        self._state = StatusPill()
        self._state.setObjectName("details.state")
        self._time_left = TimeLeftBar()
        self._time_left.setObjectName("details.time_left")
        self._as_of = plain_label(role=Role.CAPTION, wrap=True)
        self._as_of.setObjectName("details.as_of")
        for key in ("remains", "standing", "suspicion", "failure", "unconfirmed", "leftover"):
            self._notes[key] = MessageLine()
            self._notes[key].setObjectName(f"details.{key}")
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, GAP_TIGHT, 0, GAP_TIGHT)
        row.setSpacing(GAP_TIGHT)
        for name, action in (
            ("open_session", actions.open_session),
            ("extend", actions.extend),
            ("check_in", actions.check_in),
        ):
            button = ActionButton(action)
            button.setObjectName(f"details.{name}")
            row.addWidget(button)
        row.addStretch(1)
        self._facts = FactList()
        self._steps = StepList()
        self._steps.setObjectName("details.steps")
        self._controllers = StepList()
        self._controllers.setObjectName("details.controllers")
        self._events = QVBoxLayout()
        self._events.setSpacing(GAP_TIGHT)
        events = QWidget()
        events.setObjectName("details.events")
        events.setLayout(self._events)
        self._events.setContentsMargins(0, 0, 0, 0)

        state = QHBoxLayout()
        state.setSpacing(GAP)
        state.addWidget(self._state)
        state.addWidget(self._as_of, 1)
        self.body.addLayout(state)
        self.body.addWidget(self._time_left)
        for note in self._notes.values():
            self.body.addWidget(note)
        self.body.addWidget(self._buttons)
        self.body.addWidget(self._facts)
        self._controllers_header = self._section(self.tr("Domain controllers"), self._controllers)
        self._controllers_header.add_action_widget(self._make_check_button())
        self._steps_header = self._section(self.tr("Steps"), self._steps)
        self._events_header = self._section(self.tr("Record"), events)

    def _make_check_button(self) -> QPushButton:
        button = QPushButton(self.tr("Check now"))
        button.setObjectName("details.check_now")
        button.setAccessibleDescription(
            self.tr("Asks each domain controller how this elevation really stands")
        )
        button.setToolTip(button.accessibleDescription())
        button.setAutoDefault(False)
        button.clicked.connect(self._on_check_clicked)
        return button

    def _section(self, title: str, widget: QWidget) -> SectionHeader:
        header = SectionHeader(title)
        header.setContentsMargins(0, GAP_WIDE, 0, 0)  # its own, so that it goes when the section does
        self.body.addWidget(header)
        self.body.addWidget(widget)
        return header

    # --- what is shown ---------------------------------------------------------------------------------

    @property
    def elevation(self) -> Elevation | None:
        """The elevation that is shown."""
        return self._elevation

    def show_elevation(self, elevation: Elevation) -> None:
        """Show an elevation, open or past; its steps follow from the store."""
        is_another = self._elevation is None or self._elevation.id != elevation.id
        self._elevation = elevation
        if is_another:
            self._summary = StepSummary()
            self._live.clear()
            self._show_steps()
            self._show_events(())
        self._show_present()
        self._load()

    def _load(self) -> None:
        assert self._elevation is not None
        store, elevation_id = self._desk.context.store, self._elevation.id
        self._scope.renew()
        self._desk.context.workers["store"].submit(
            lambda _control: _Past(tuple(store.steps(elevation_id)), tuple(store.transitions(elevation_id))),
            scope=self._scope,
            on_done=self._on_store_past_read,
            on_error=self.load_failed.emit,
        )

    def _show_present(self) -> None:
        elevation = self._elevation
        assert elevation is not None
        self.set_title(elevation.account.name, elevation.label)
        self._buttons.setVisible(elevation.is_open)
        self._note("remains", remains_words(elevation), Severity.WARNING)
        self._note("suspicion", self._suspicion_words(elevation), Severity.WARNING)
        unconfirmed = "" if elevation.is_open else wording.unconfirmed_words(elevation)
        self._note("unconfirmed", unconfirmed, Severity.WARNING)
        self._note("leftover", elevation.leftover, Severity.WARNING)
        self._show_standing()
        self._show_time()
        self._facts.set_facts(self._facts_of(elevation))

    def _note(self, key: str, text: str, severity: Severity) -> None:
        note = self._notes[key]
        note.setVisible(bool(text))
        if text and text != note.text:
            note.show_message(wording.breakable(text), severity)

    def _suspicion_words(self, elevation: Elevation) -> str:
        if not elevation.is_open or not elevation.suspicion:
            return ""
        return self.tr("Its temporary group is not as it was made: {what}").format(what=elevation.suspicion)

    def _show_standing(self) -> None:
        """The state, how old it is, and why it is no plain one; all that time alone can change."""
        elevation = self._elevation
        assert elevation is not None
        standing = standing_on(self._desk.board, elevation)
        look = standing.look
        failure = failure_beside(standing, elevation)
        shown = (look.word, look.severity, standing.caption, standing.explanation, failure)
        if shown == self._shown_standing:
            return
        self._shown_standing = shown
        self._state.set_state(look.word, look.severity, look.icon)
        self._as_of.setText(standing.caption)
        is_bad = look.severity is Severity.ERROR
        severity = Severity.ERROR if is_bad else Severity.WARNING
        self._note("standing", standing.explanation, severity)
        self._note("failure", failure, severity)

    def _show_time(self) -> None:
        elevation = self._elevation
        assert elevation is not None
        is_alarm = self._desk.board.is_alarm(elevation)
        left = wording.time_left(elevation, self._desk.now(elevation.provider_id), is_alarm=is_alarm)
        self._time_left.setVisible(left is not None)
        if left is not None:
            self._time_left.set_time_left(left)

    def _facts_of(self, elevation: Elevation) -> Sequence[Fact]:
        now = self._desk.now(elevation.provider_id)
        begun = elevation.granted_at
        facts = [
            Fact(
                "privileges",
                self.tr("Privileges"),
                "\n".join(p.label for p in elevation.privileges),
                "\n".join(str(p.group.dn) for p in elevation.privileges),
            ),
        ]
        if elevation.is_open:
            facts += [
                Fact(
                    "ends",
                    self.tr("Ends at"),
                    format_moment(elevation.deadline, now),
                    format_absolute(elevation.deadline),
                ),
                Fact("extending", self.tr("Extension"), self._extension_words(elevation)),
                Fact(
                    "guarantee",
                    self.tr("Guarantee"),
                    wording.guarantee_of(elevation, now),
                    format_absolute(elevation.directory_ends_at) if elevation.directory_ends_at else "",
                ),
            ]
        if elevation.granted_at is not None:
            facts.append(
                Fact("mechanism", self.tr("By means of"), wording.mechanism_words(elevation.mechanism))
            )
        facts += [
            Fact("asked_by", self.tr("Asked by"), elevation.requested_by),
            Fact("reason", self.tr("Reason"), elevation.reason),
            Fact("ticket", self.tr("Ticket"), elevation.ticket),
        ]
        if begun is not None:
            facts.append(
                Fact("started", self.tr("Started"), format_moment(begun, now), format_absolute(begun))
            )
        if elevation.ended_at is not None:
            why = wording.end_reason_words(elevation.end_reason)
            when = ended_words(elevation, now)
            when = when[:1].upper() + when[1:]
            text = f"{when} · {why}" if why else when
            facts.append(Fact("ended", self.tr("Ended"), text, format_absolute(elevation.ended_at)))
        if elevation.is_open and (sight := last_sight(elevation)) is not None:
            when, whole = format_moment(sight.at, now), format_absolute(sight.at)
            facts.append(Fact("seen", self.tr("Last looked at"), when, whole))
        facts += [
            Fact("group", self.tr("Temporary group"), elevation.group_name, can_copy=True),
            Fact(
                "location",
                self.tr("Location"),
                creation_location_path(elevation.location.dn),
                str(elevation.location.dn),
            ),
            Fact("controller", self.tr("Written on"), elevation.domain_controller),
        ]
        return facts

    def _extension_words(self, elevation: Elevation) -> str:
        if elevation.extending_to is None:
            return ""
        when = format_moment(elevation.extending_to, self._desk.now(elevation.provider_id))
        return self.tr("Under way: to {when}").format(when=when)

    def _show_steps(self) -> None:
        if self._elevation is not None:
            self._summary.settle(self._elevation)
        lines = self._summary.lines
        keys = [line.key for line in lines]
        if self._steps.keys() != keys[: len(self._steps.keys())]:
            self._steps.set_steps(())
        known = set(self._steps.keys())
        for line in lines:
            if line.key not in known:
                self._steps.add_step(line.key, line.title)
            self._steps.update_step(
                line.key, line.state, wording.breakable(line.detail), line.elapsed_seconds
            )
        self._steps_header.setVisible(bool(lines))
        show_answers(self._controllers, self._summary.answers)
        self._controllers.setVisible(bool(self._summary.answers))
        self._controllers_header.set_sentence(self._answers_words())

    def _answers_words(self) -> str:
        """What the answers below are about: who has the grant, or who has it no more."""
        answers = self._summary.answers
        if not answers:
            return self.tr("None was asked yet.")
        count = sum(a.state is StepState.DONE for a in answers)
        is_end = any(a.step is Step.CONFIRM_END for a in answers)
        text = self.tr("{n} of {all} confirm the end") if is_end else self.tr("{n} of {all} have it")
        return text.format(n=count, all=len(answers))

    def _show_events(self, transitions: Sequence[Transition]) -> None:
        while (item := self._events.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        assert self._elevation is not None
        now = self._desk.now(self._elevation.provider_id)
        for transition in transitions:
            when = format_moment(transition.at, now)
            guess = clock_words(transition.clock)
            parts = [when, wording.event_words(transition.event), transition.actor, guess]
            line = plain_label(" · ".join(part for part in parts if part), Role.CAPTION, wrap=True)
            line.setToolTip(plain_tooltip(f"{format_absolute(transition.at)}\n{transition.detail}".strip()))
            self._events.addWidget(line)
        self._events_header.setVisible(bool(transitions))

    # --- slots ---

    def _on_store_past_read(self, past: _Past) -> None:
        # Steps that were reported while the store was being read may not be in what it told.
        later = [report for report in self._live if report not in past.steps]
        self._summary = StepSummary.of((*past.steps, *later))
        self._take_inspection((*past.steps, *later))
        self._show_steps()
        self._show_events(past.transitions)

    def _take_inspection(self, reports: Sequence[StepReport]) -> None:
        """What *Check now* was told counts where no domain controller has said anything later."""
        assert self._elevation is not None
        inspection = self._desk.board.inspection(self._elevation.id)
        said = [r.at for r in reports if r.subject and r.step in (Step.REPLICATION, Step.CONFIRM_END)]
        if inspection is not None and all(at <= inspection.at for at in said):
            self._summary.take_inspection(inspection)

    @Slot(object)
    def _on_board_inspected(self, inspection: Inspection) -> None:
        if self._elevation is not None and inspection.elevation.id == self._elevation.id:
            self._summary.take_inspection(inspection)
            self._show_steps()

    @Slot()
    def _on_check_clicked(self) -> None:
        if self._elevation is not None:
            self.check_requested.emit(self._elevation)

    @Slot(object)
    def _on_board_step_reported(self, report: StepReport) -> None:
        if self._elevation is not None and report.elevation_id == self._elevation.id:
            self._live.append(report)
            self._summary.add(report)
            self._show_steps()

    @Slot(object)
    def _on_board_elevation_changed(self, elevation: Elevation) -> None:
        if self._elevation is not None and elevation.id == self._elevation.id:
            self.show_elevation(elevation)

    @Slot()
    def _on_heartbeat_ticked(self) -> None:
        if self._elevation is not None and self.isVisible():
            self._show_standing()
            self._show_time()
