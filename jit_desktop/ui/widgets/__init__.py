# SPDX-License-Identifier: MIT
"""Building blocks that every window is made of.

All texts given to them are shown as plain text; user text is translated by whoever gives it.

* `Form(stacked=False)`: `.add_field("&Host", editor, help_text="", optional=False, name="host") -> Field`,
  `.add_section(title, sentence)`, `.add_wide(widget)`, `.focus_first_problem()`.
  `Field.set_problem("Say what is wrong and what to do." | None)`; room for one line is kept, nothing jumps.
* `Banner()`: `.show_message(text, Severity.ERROR, action="Try again", dismissible=True)`, `.clear()`; signals
  `action_requested`, `dismissed`. `EmptyState(icon, title, sentence, action="…", primary=False)`: signal
  `action_requested`, `.set_words(...)`.
* `NavigationRail()`: `.add_place(key, icon, word, at_bottom=False)`, `.set_current(key)`,
  `.set_badge(key, "2", spoken)`; signal `current_changed(str)`; object names `nav-<key>`.
* `SearchField(placeholder)`: signal `search_requested(str)` (250 ms after the last key, at once on Return),
  `.set_busy(bool)`. `PasswordField()`. `PathField(title, kind, name_filter, chooser)`: signal
  `path_changed(str)`; hand in a `FileChooser` in tests. `DurationField(seconds)`:
  `.duration_seconds() -> int | None`.
* `DurationPicker(minimum_seconds, maximum_seconds, default_seconds, now)`: signal `duration_changed(int)`,
  `.duration_seconds()`, `.problem()`.
* `Compound`: a base for inputs of several parts, `.set_main_input(widget)`; `main_input(editor)`.
* `Spinner()`, `BusyLine()`: `.set_busy(bool, at_once=False)`; both keep their room.
* `ElidedLabel(text, role)`, `plain_label(text, role, wrap=False)`, `plain_tooltip(text)`,
  `IconView(icon, token, size)`.
* `StatusPill(word, Severity.WARNING, icon)`: `.set_state(...)`. `MessageLine`: a caption that can become a
  problem.
* `SectionHeader(title, sentence)`, `SidePane(title)`: `.set_title(title, subtitle)`, `.body`,
  `.add_section(title) -> layout`; signal `close_requested`.
* `StepList()`: `.set_steps([(key, title), …])`,
  `.update_step(key, StepState.RUNNING, detail, elapsed_seconds)`.
* `TimeLeft(total_seconds, left_seconds)` with `.text`, `.urgency`; `TimeLeftBar()`: `.set_time_left(...)`;
  `TimeLeftDelegate` paints cells whose model answers `TimeLeftDelegate.ROLE` with a TimeLeft.
* `CaptionedDelegate` paints cells whose model answers `CaptionedDelegate.ROLE` with a word and its caption.
* `durations`: `format_duration`, `format_time_left`, `parse_duration`, `format_relative(moment, now)`,
  `format_moment(moment, now)`, `format_absolute(moment)` (tooltip).
"""

from jit_desktop.ui.widgets.banner import Banner, EmptyState
from jit_desktop.ui.widgets.busy import BusyLine, Spinner
from jit_desktop.ui.widgets.captioned import CaptionedDelegate
from jit_desktop.ui.widgets.compound import Compound, main_input
from jit_desktop.ui.widgets.duration_picker import DurationPicker
from jit_desktop.ui.widgets.durations import (
    format_absolute,
    format_duration,
    format_moment,
    format_relative,
    format_time_left,
    parse_duration,
)
from jit_desktop.ui.widgets.forms import Field, Form
from jit_desktop.ui.widgets.inputs import (
    DurationField,
    FileChooser,
    NativeFileChooser,
    PasswordField,
    PathField,
    PathKind,
    SearchField,
)
from jit_desktop.ui.widgets.navigation import NavigationRail
from jit_desktop.ui.widgets.panes import SectionHeader, SidePane
from jit_desktop.ui.widgets.severity import IconView, MessageLine, Severity, StatusPill
from jit_desktop.ui.widgets.steps import StepList, StepState
from jit_desktop.ui.widgets.text import ElidedLabel, plain_label, plain_tooltip
from jit_desktop.ui.widgets.time_left import (
    TIME_LEFT_ROW_HEIGHT,
    TimeLeft,
    TimeLeftBar,
    TimeLeftDelegate,
    Urgency,
)

__all__ = [
    "TIME_LEFT_ROW_HEIGHT",
    "Banner",
    "BusyLine",
    "CaptionedDelegate",
    "Compound",
    "DurationField",
    "DurationPicker",
    "ElidedLabel",
    "EmptyState",
    "Field",
    "FileChooser",
    "Form",
    "IconView",
    "MessageLine",
    "NativeFileChooser",
    "NavigationRail",
    "PasswordField",
    "PathField",
    "PathKind",
    "SearchField",
    "SectionHeader",
    "Severity",
    "SidePane",
    "Spinner",
    "StatusPill",
    "StepList",
    "StepState",
    "TimeLeft",
    "TimeLeftBar",
    "TimeLeftDelegate",
    "Urgency",
    "format_absolute",
    "format_duration",
    "format_moment",
    "format_relative",
    "format_time_left",
    "main_input",
    "parse_duration",
    "plain_label",
    "plain_tooltip",
]
