# SPDX-License-Identifier: MIT
"""How long: by a preset, in hours and minutes, or until a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QDate,
    QDateTime,
    QLocale,
    QSignalBlocker,
    Qt,
    QTime,
    QTimer,
    QTimeZone,
    Signal,
    Slot,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDateTimeEdit,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from jit_desktop.ui.theme import GAP, GAP_TIGHT, Role, pad_spin_box, set_role
from jit_desktop.ui.widgets.compound import Compound
from jit_desktop.ui.widgets.durations import DAY, HOUR, MINUTE, format_duration, format_moment
from jit_desktop.ui.widgets.severity import MessageLine, Severity
from jit_desktop.ui.widgets.wall_clock import WallTime, resolve_wall_time, to_wall_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

PRESETS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY)
_MOST_PRESETS: Final = 8
_FINE_STEP_BELOW: Final = 5 * MINUTE
_TICK_MS: Final = 5000


class DurationPicker(Compound):
    """A duration within limits; both ways of saying it always show the same thing."""

    duration_changed = Signal(int)
    """The seconds, whenever they change, valid or not (see `problem`)."""

    def __init__(
        self,
        minimum_seconds: int,
        maximum_seconds: int,
        default_seconds: int,
        now: Callable[[], datetime],
        *,
        zone: tzinfo | None = None,
        say: Callable[[int], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`now` answers with the aware present; `zone` is the wall clock's (None: the computer's own).

        `say` makes the line below from the seconds, where “ends … if it starts now” is not what they mean.
        """
        super().__init__(parent)
        self._now = now
        self._say = say
        self._zone = zone
        self._minimum_seconds = minimum_seconds
        self._maximum_seconds = maximum_seconds
        self._chosen_seconds = default_seconds
        self._reported_seconds: int | None = None
        self._preset_buttons: dict[int, QPushButton] = {}
        self._build()
        self.set_limits(minimum_seconds, maximum_seconds, default_seconds)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self._tick.start()

    # --- what others ask ---

    def duration_seconds(self) -> int:
        """The chosen duration: counted from now where an end was chosen, and then perhaps negative."""
        if self._for_mode.isChecked():
            return self._chosen_seconds
        return int((self._until().moment - self._now()).total_seconds())

    def end(self) -> datetime | None:
        """The end (aware) where one was chosen; ``None`` where a duration was."""
        return None if self._for_mode.isChecked() else self._until().moment

    def problem(self) -> str | None:
        """Why the duration cannot be taken, in words; None if it can."""
        seconds = self.duration_seconds()
        longest, shortest = format_duration(self._maximum_seconds), format_duration(self._minimum_seconds)
        if not self._for_mode.isChecked():
            if self._until().is_missing:
                return self.tr("The clocks go forward over this time: choose one before or after it.")
            if seconds <= 0:
                return self.tr("This moment has passed: choose a later one.")
        if seconds > self._maximum_seconds:
            return self.tr("At most {} by the checkout policy.").format(longest)
        if seconds < self._minimum_seconds:
            return self.tr("At least {} by the checkout policy.").format(shortest)
        return None

    def set_limits(self, minimum_seconds: int, maximum_seconds: int, default_seconds: int) -> None:
        """Take other limits (of another provider): the presets follow and the default is chosen."""
        self._minimum_seconds = minimum_seconds
        self._maximum_seconds = maximum_seconds
        self._minutes.setSingleStep(1 if minimum_seconds < _FINE_STEP_BELOW else 5)
        self._hours.setMaximum(max(maximum_seconds // HOUR, 1))
        self._show_presets()
        self.set_duration(default_seconds)

    def set_duration(self, seconds: int) -> None:
        """Choose a duration."""
        self._chosen_seconds = seconds
        self._for_mode.setChecked(True)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Bring both ways of saying it, and the sentence below, in line with the choice and the time."""
        is_for = self._for_mode.isChecked()
        seconds = self.duration_seconds()
        if is_for:
            self._show_until(self._now() + timedelta(seconds=seconds))
        else:
            self._show_duration(max(seconds, 0))
        if is_for and not self._numbers_show(seconds):
            self._show_duration(seconds)
        for preset, button in self._preset_buttons.items():
            button.setChecked(is_for and preset == seconds)
        self._show_sentence(seconds)
        if seconds != self._reported_seconds:
            self._reported_seconds = seconds
            self.duration_changed.emit(seconds)

    # --- how it is made ---

    def _build(self) -> None:
        # Made once, and first: Tab goes through children in the order in which they were made.
        self._chips = [self._chip() for _ in range(_MOST_PRESETS)]
        presets = QHBoxLayout()
        presets.setSpacing(GAP_TIGHT)
        for chip in self._chips:
            presets.addWidget(chip)
        presets.addStretch(1)
        self._for_mode = QRadioButton(self.tr("&For"))
        self._for_mode.setObjectName("duration-for")
        self._for_mode.setChecked(True)
        self._until_mode = QRadioButton(self.tr("&Until"))
        self._until_mode.setObjectName("duration-until")
        self._hours = self._spin("duration-hours", self.tr("Hours"), self.tr(" h"), 24)
        self._minutes = self._spin("duration-minutes", self.tr("Minutes"), self.tr(" min"), 59)
        self._until_edit = QDateTimeEdit()
        self._until_edit.setObjectName("duration-end")
        self._until_edit.setAccessibleName(self.tr("End, local time"))
        # The field holds what a wall clock shows. Given a real zone, Qt would silently move a time that the
        # clocks jump over instead of letting us say so.
        self._until_edit.setTimeZone(QTimeZone.utc())
        locale_time = QLocale().timeFormat(QLocale.FormatType.ShortFormat)
        self._until_edit.setDisplayFormat(f"ddd d MMM yyyy {locale_time}")
        pad_spin_box(self._until_edit)
        self._message = MessageLine()
        self._message.setObjectName("duration-message")
        numbers = QHBoxLayout()
        numbers.setSpacing(GAP)
        numbers.addWidget(self._hours)
        numbers.addWidget(self._minutes)
        numbers.addStretch(1)
        ends = QHBoxLayout()
        ends.addWidget(self._until_edit)
        ends.addStretch(1)
        modes = QGridLayout()
        modes.setHorizontalSpacing(GAP * 2)
        modes.setVerticalSpacing(GAP)
        modes.setColumnStretch(1, 1)
        modes.addWidget(self._for_mode, 0, 0)
        modes.addLayout(numbers, 0, 1)
        modes.addWidget(self._until_mode, 1, 0)
        modes.addLayout(ends, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(presets)
        layout.addLayout(modes)
        layout.addWidget(self._message)
        self._for_mode.toggled.connect(self._on_for_mode_toggled)
        self._hours.valueChanged.connect(self._on_numbers_value_changed)
        self._minutes.valueChanged.connect(self._on_numbers_value_changed)
        self._until_edit.dateTimeChanged.connect(self._on_until_edit_date_time_changed)
        self.set_main_input(self._hours)

    def _spin(self, name: str, accessible_name: str, suffix: str, maximum: int) -> QSpinBox:
        spin = QSpinBox()
        spin.setObjectName(name)
        spin.setAccessibleName(accessible_name)
        spin.setSuffix(suffix)
        spin.setRange(0, maximum)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
        return spin

    def _chip(self) -> QPushButton:
        chip = QPushButton()
        chip.setCheckable(True)
        set_role(chip, Role.CHIP)
        chip.clicked.connect(self._on_preset_clicked)
        return chip

    def _show_presets(self) -> None:
        within = [p for p in PRESETS if self._minimum_seconds <= p <= self._maximum_seconds]
        self._preset_buttons = dict(zip(within[-_MOST_PRESETS:], self._chips, strict=False))
        for chip in self._chips[len(self._preset_buttons) :]:
            chip.hide()
            chip.setObjectName("")
        for seconds, chip in self._preset_buttons.items():
            chip.setText(format_duration(seconds))
            chip.setObjectName(f"preset-{seconds}")
            chip.setProperty("seconds", seconds)
            chip.show()

    # --- what it shows ---

    def _until(self) -> WallTime:
        shown = self._until_edit.dateTime()
        day, clock = shown.date(), shown.time()
        wall = datetime(day.year(), day.month(), day.day(), clock.hour(), clock.minute())  # noqa: DTZ001
        return resolve_wall_time(wall, self._now(), self._zone)

    def _show_until(self, moment: datetime) -> None:
        wall = to_wall_time(moment, self._zone)
        shown = QDateTime(
            QDate(wall.year, wall.month, wall.day), QTime(wall.hour, wall.minute), QTimeZone.utc()
        )
        with QSignalBlocker(self._until_edit):
            self._until_edit.setDateTime(shown)

    def _show_duration(self, seconds: int) -> None:
        hours, rest = divmod(seconds, HOUR)
        with QSignalBlocker(self._hours), QSignalBlocker(self._minutes):
            # An end beyond the limit is shown truthfully too, with the problem below.
            self._hours.setMaximum(max(self._maximum_seconds // HOUR, hours, 1))
            self._hours.setValue(hours)
            self._minutes.setValue(rest // MINUTE)

    def _numbers_show(self, seconds: int) -> bool:
        return self._hours.value() * HOUR + self._minutes.value() * MINUTE == seconds

    def _show_sentence(self, seconds: int) -> None:
        problem = self.problem()
        if problem is not None:
            self._message.show_message(problem, Severity.ERROR)
        elif not self._for_mode.isChecked() and self._until().is_twofold:
            sentence = self.tr("The clocks go back and show {} twice: the earlier one is taken, {} from now.")
            clock = self._until_edit.time().toString(QLocale().timeFormat(QLocale.FormatType.ShortFormat))
            self._message.show_message(sentence.format(clock, format_duration(seconds)), Severity.WARNING)
        elif self._say is not None:
            self._message.show_help(self._say(seconds))
        elif self._for_mode.isChecked():
            end = format_moment(self._now() + timedelta(seconds=seconds), self._now(), self._zone)
            self._message.show_help(self.tr("Ends {} if it starts now.").format(end))
        else:
            self._message.show_help(self.tr("{} if it starts now.").format(format_duration(seconds)))

    # --- what happens ---

    @Slot()
    def _on_preset_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.set_duration(int(button.property("seconds")))

    @Slot()
    def _on_numbers_value_changed(self) -> None:
        self._chosen_seconds = self._hours.value() * HOUR + self._minutes.value() * MINUTE
        with QSignalBlocker(self._for_mode):
            self._for_mode.setChecked(True)
        self.refresh()

    @Slot()
    def _on_until_edit_date_time_changed(self) -> None:
        with QSignalBlocker(self._for_mode):
            self._until_mode.setChecked(True)
        self.refresh()

    @Slot(bool)
    def _on_for_mode_toggled(self, is_for: bool) -> None:  # noqa: FBT001 - the signature of the signal
        if is_for:
            # What the end amounted to becomes the duration, in the whole minutes the numbers show.
            self._chosen_seconds = self._hours.value() * HOUR + self._minutes.value() * MINUTE
        elif self.duration_seconds() < self._minimum_seconds:
            # The field has no seconds: cut to the minute, the shortest duration would fall below the limit.
            self._show_until(self._now() + timedelta(seconds=self._chosen_seconds + MINUTE))
        self.refresh()
