# SPDX-License-Identifier: MIT
"""The settings of the domain providers: what may be lent, to whom, on which terms, and how to get there.

`SettingsDialog(context, provider_id=..., parent=...)` is shown with `open`; its signal `saved` says that
the store holds new settings. `jit_desktop.ui.first_start.FirstStart` leads over the same pages. What is
edited is a pure draft (`drafts`, changed by the functions of `edits`); the pages only show it and tell
edits.

Object names, stable for whoever drives the windows (tests, the tour)
---------------------------------------------------------------------
* The dialog `settings`: `settings.providers` (list), `settings.add` (its menu: `settings.add-provider`,
  `settings.add-demo`, `settings.add-duplicate`), `settings.remove`, `settings.empty`, `settings.title`,
  `settings.banner`, `settings.tabs` (pages `settings.page-connection`, `settings.page-jit`,
  `settings.page-accounts`, `settings.page-policy`,
  `settings.page-check`, in this order), `settings.save`, `settings.cancel`.
* *Connection*: `settings.name`, `settings.server`, `settings.method`, `settings.port`, `settings.sign-in`,
  `settings.bind-as`, `settings.password`, `settings.keep-password`, `settings.trust`, `settings.ca-file`
  (inside: `path`, `browse`), `settings.fingerprint`, `settings.show-certificate`,
  `settings.test-connection`, `settings.test-verdict`, `settings.test-steps` (a `StepList` with the keys
  `connect`, `domain`, `clock`, `rights`). The combo boxes hold their choices in the order of the
  enumerations in `elevation.settings`.
* *Just-in-time (JIT) elevation*: `settings.privileges` (table: display name, pen, group, where) with
  `settings.privileges-add`, `-remove`, `-problem`, `-empty`; `settings.privilege-sets-enabled`,
  `settings.sets`, `settings.sets-add`, `settings.sets-remove`, `settings.set-name`,
  `settings.set-privileges`, `settings.set-accounts`, `settings.sets-problem`; `settings.group-prefix`,
  `settings.location`, `settings.location-browse`, `settings.replication-latency`,
  `settings.replication-mode`.
* *Accounts*: `settings.accounts` (table as above) with `settings.accounts-add`, `-remove`, `-problem`,
  `-empty`.
* *Checkout policy*: `settings.default-duration`, `settings.minimum-duration`, `settings.maximum-duration`,
  `settings.extension-allowed`, `settings.reason`, `settings.ticket`, `settings.session-command`.
* *Check this domain*: `settings.check-domain`, `settings.check-note`, `settings.check-banner`,
  `settings.check-findings`; `settings.script`, `settings.script-all`, `settings.script-copy`,
  `settings.script-save`, `settings.script-message`; `settings.rehearse`, `settings.rehearsal-banner`,
  `settings.rehearsal-steps`, `settings.rehearsal-latencies`, `settings.rehearsal-proposal`,
  `settings.use-latency`.
* Beside the providers `settings.promise`, with the page `settings.page-promise`: `settings.promise-state`,
  `settings.promise-sentence`, `settings.promise-interval`, `settings.promise-install`,
  `settings.promise-remove`, `settings.promise-command`, `settings.promise-note`, `settings.promise-banner`.
* The dialogs `picker-groups`, `picker-accounts`, `picker-location`: see `jit_desktop.ui.pickers.picker`.
  The dialog `certificate`: `certificate.fingerprint`, `certificate.trust`, `certificate.cancel`. Questions
  are a `decision` with `decision.keep`, `decision.remove`; `decision.edit`, `decision.discard`,
  `decision.save`.
* The assistant `first-start`: `first-start.connect`, `first-start.demo`, `first-start.back`,
  `first-start.next`, `first-start.cancel`, `first-start.step`, `first-start.banner`.

A dialog that was closed is deleted by the event loop: whoever looks for a name looks inside the dialog that
is meant, or lets the deferred deletion happen first.
"""

from jit_desktop.ui.settings.dialog import SettingsDialog

__all__ = ["SettingsDialog"]
