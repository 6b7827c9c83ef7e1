# SPDX-License-Identifier: MIT
"""The tables as Peewee sees them now; what makes and changes them are the migrations.

No model has a database of its own: each query is told which one (``.execute(database)``), so that two stores
in one process, as in the tests, can't reach into each other and no thread binds anything for another one.
"""

from __future__ import annotations

from peewee import AutoField, BooleanField, CompositeKey, FloatField, IntegerField, Model, TextField

from jit_desktop.store.fields import UtcDateTimeField


class ProviderRow(Model):
    """A domain provider: its connection and the single values of its JIT page."""

    id = TextField(primary_key=True)
    name = TextField()
    server = TextField()
    method = TextField()
    port = IntegerField()
    sign_in = TextField()
    bind_as = TextField()
    trust = TextField()
    ca_file = TextField()
    fingerprint = TextField()
    connect_timeout_seconds = IntegerField()
    request_timeout_seconds = IntegerField()
    privilege_sets_enabled = BooleanField()
    group_prefix = TextField()
    location_guid = TextField(null=True)
    location_dn = TextField(null=True)
    location_name = TextField(null=True)
    replication_latency_seconds = IntegerField()
    replication_mode = TextField()

    class Meta:
        table_name = "provider"


class PolicyRow(Model):
    """The checkout policy of a provider."""

    provider_id = TextField(primary_key=True)
    default_seconds = IntegerField()
    minimum_seconds = IntegerField()
    maximum_seconds = IntegerField()
    extension_allowed = BooleanField()
    reason = TextField()
    ticket = TextField()

    class Meta:
        table_name = "policy"


class SessionArgumentRow(Model):
    """One argument of the *Open session* command; never joined, so it never has to be split."""

    provider_id = TextField()
    position = IntegerField()
    value = TextField()

    class Meta:
        table_name = "session_argument"
        primary_key = CompositeKey("provider_id", "position")


class ListedObjectRow(Model):
    """What privileges and accounts have in common: an object of the directory at a place in a list."""

    provider_id = TextField()
    position = IntegerField()
    guid = TextField()
    dn = TextField()
    name = TextField()
    display_name = TextField()

    class Meta:
        primary_key = CompositeKey("provider_id", "position")


class PrivilegeRow(ListedObjectRow):
    """A provider privilege."""

    class Meta:
        table_name = "privilege"


class AccountRow(ListedObjectRow):
    """A privileged account."""

    class Meta:
        table_name = "account"


class PrivilegeSetRow(Model):
    """A privilege set without its members."""

    provider_id = TextField()
    position = IntegerField()
    id = TextField()
    name = TextField()

    class Meta:
        table_name = "privilege_set"
        primary_key = CompositeKey("provider_id", "position")


class SetMemberRow(Model):
    """A privilege or an account (``kind``) that a privilege set names."""

    provider_id = TextField()
    set_position = IntegerField()
    kind = TextField()
    guid = TextField()

    class Meta:
        table_name = "privilege_set_member"
        primary_key = CompositeKey("provider_id", "set_position", "kind", "guid")


class ElevationRow(Model):
    """An elevation as it is now. ``closed_at`` is empty exactly while it is open."""

    id = TextField(primary_key=True)
    provider_id = TextField()
    account_guid = TextField()
    account_dn = TextField()
    account_name = TextField()
    group_name = TextField()
    location_guid = TextField()
    location_dn = TextField()
    location_name = TextField()
    requested_by = TextField()
    requested_at = UtcDateTimeField()
    duration_seconds = IntegerField()
    deadline = UtcDateTimeField()
    state = TextField()
    reason = TextField()
    ticket = TextField()
    mechanism = TextField()
    directory_ends_at = UtcDateTimeField(null=True)
    domain_controller = TextField()
    group_guid = TextField(null=True)
    granted_at = UtcDateTimeField(null=True)
    ready_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)
    end_reason = TextField(null=True)
    failure = TextField()
    attempts = IntegerField()
    next_attempt_at = UtcDateTimeField(null=True)
    adopted = BooleanField()
    extending_to = UtcDateTimeField(null=True)
    remains = TextField()
    leftover = TextField()
    suspicion = TextField()
    seen_at = UtcDateTimeField(null=True)
    seen = TextField(null=True)
    seen_words = TextField()
    revision = IntegerField()
    closed_at = UtcDateTimeField(null=True)
    search_text = TextField()

    class Meta:
        table_name = "elevation"


class GrantedPrivilegeRow(Model):
    """A target group of an elevation under the name that it had when it was granted."""

    elevation_id = TextField()
    position = IntegerField()
    guid = TextField()
    dn = TextField()
    name = TextField()
    display_name = TextField()
    sid = TextField(null=True)
    held_before = BooleanField(null=True)

    class Meta:
        table_name = "elevation_privilege"
        primary_key = CompositeKey("elevation_id", "position")


class UnconfirmedRow(Model):
    """A domain controller that could not be asked when an elevation ended."""

    elevation_id = TextField()
    position = IntegerField()
    host = TextField()

    class Meta:
        table_name = "elevation_unconfirmed"
        primary_key = CompositeKey("elevation_id", "position")


class KnownControllerRow(Model):
    """A domain controller of a provider as it was last seen."""

    provider_id = TextField()
    position = IntegerField()
    host = TextField()
    left_at = UtcDateTimeField(null=True)
    """Since when it is in no list any more and does not answer; ``None`` where that is not so."""

    class Meta:
        table_name = "known_controller"
        primary_key = CompositeKey("provider_id", "position")


class KeptTimeRow(Model):
    """The highest time of a provider's domain that was trusted."""

    provider_id = TextField(primary_key=True)
    domain_time = UtcDateTimeField()
    ahead_of_computer_seconds = FloatField()
    went_back = BooleanField(default=False)
    boot = TextField(default="")
    """Of which start of the computer ``booted_at`` is."""
    booted_at = TextField(null=True)
    """A text, so that one that can't be read loses nothing of the rest."""

    class Meta:
        table_name = "kept_time"


class SetUpHereRow(Model):
    """Something that was set up on this computer when it was looked at last."""

    name = TextField(primary_key=True)

    class Meta:
        table_name = "set_up_here"


class TransitionRow(Model):
    """One move of an elevation; never changed."""

    id = AutoField()
    elevation_id = TextField()
    at = UtcDateTimeField()
    event = TextField()
    from_state = TextField(null=True)
    to_state = TextField()
    actor = TextField()
    detail = TextField()
    clock = TextField()

    class Meta:
        table_name = "transition"


class StepRow(Model):
    """One step report of an elevation."""

    id = AutoField()
    elevation_id = TextField()
    at = UtcDateTimeField()
    step = TextField()
    status = TextField()
    message = TextField()
    subject = TextField()
    clock = TextField()

    class Meta:
        table_name = "step"


class AuditRow(Model):
    """One entry of the audit trail; triggers refuse to change or delete it."""

    number = IntegerField(primary_key=True)
    at = UtcDateTimeField()
    actor = TextField()
    action = TextField()
    subject = TextField()
    detail = TextField()
    previous_hash = TextField()
    hash = TextField()

    class Meta:
        table_name = "audit"


class AuditHeadRow(Model):
    """How many entries the audit trail has and the hash of the last: without it, cutting off its end would
    leave a chain that looks whole."""

    id = IntegerField(primary_key=True)
    count = IntegerField()
    hash = TextField()

    class Meta:
        table_name = "audit_head"


ALL_TABLES: tuple[type[Model], ...] = (
    ProviderRow,
    PolicyRow,
    SessionArgumentRow,
    PrivilegeRow,
    AccountRow,
    PrivilegeSetRow,
    SetMemberRow,
    ElevationRow,
    GrantedPrivilegeRow,
    UnconfirmedRow,
    KnownControllerRow,
    KeptTimeRow,
    SetUpHereRow,
    TransitionRow,
    StepRow,
    AuditRow,
    AuditHeadRow,
)
