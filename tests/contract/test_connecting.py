# SPDX-License-Identifier: MIT
"""Signing in, what the connection then knows, and letting go of it."""

import time
from datetime import timedelta

import pytest

from jit_desktop.elevation.errors import (
    AccountRestricted,
    Cancelled,
    DirectoryError,
    DirectoryUnavailable,
    HostNotFound,
    PasswordExpired,
    SignInFailed,
)
from jit_desktop.elevation.ports import CancelToken, Directory, EntryKind
from tests.contract.case import DirectoryCase


def test_that_the_connection_says_which_domain_it_is(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    assert directory.info.dns_name == "corp.example.test"
    assert directory.info.netbios_name == "CORP"
    assert directory.info.base_dn == directory_case.base_dn


def test_that_the_connection_tells_the_domain_from_another_one_of_its_name(directory: Directory) -> None:
    own = directory.own_sid()
    assert own is not None
    assert directory.info.domain_sid == own.rpartition("-")[0]


def test_that_the_connection_says_who_we_are_there(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    assert directory.info.identity == f"CORP\\{directory_case.service_name}"


def test_that_a_domain_controller_that_runs_has_everything(directory: Directory) -> None:
    assert directory.info.synchronized


def test_that_no_connection_is_made_after_a_cancel(directory_case: DirectoryCase) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        directory_case.connect(cancel=token)


def test_that_a_connection_outlives_who_could_have_broken_it_off_while_it_was_made(
    directory_case: DirectoryCase,
) -> None:
    token = CancelToken()
    with directory_case.connect(cancel=token) as directory:
        token.cancel()
        assert directory.is_usable
        directory.current_time()


def test_that_nothing_is_asked_when_the_time_for_the_work_is_over(directory: Directory) -> None:
    directory.work_until(time.monotonic())
    with pytest.raises(DirectoryUnavailable):
        directory.current_time()
    directory.work_until(time.monotonic() + 60)
    directory.current_time()


def test_that_the_connection_says_how_it_is_protected(directory: Directory) -> None:
    assert directory.info.encryption


def test_that_a_directory_that_ends_nothing_by_itself_does_not_claim_to(directory: Directory) -> None:
    assert not directory.info.abilities.ends_by_itself


@pytest.mark.parametrize("spelling", ["CORP\\{name}", "{name}@corp.example.test"])
def test_that_an_account_can_sign_in_by_every_usual_name(
    directory_case: DirectoryCase, spelling: str
) -> None:
    with directory_case.connect(bind_as=spelling.format(name=directory_case.service_name)) as directory:
        assert directory.info.identity == f"CORP\\{directory_case.service_name}"


@pytest.mark.parametrize(
    ("why", "error"),
    [
        ("wrong password", SignInFailed),
        ("expired password", PasswordExpired),
        ("disabled account", AccountRestricted),
    ],
)
def test_that_a_refused_sign_in_says_why(
    directory_case: DirectoryCase, why: str, error: type[DirectoryError]
) -> None:
    name, password = directory_case.bad_sign_ins[why]
    with pytest.raises(SignInFailed) as raised:
        directory_case.connect(bind_as=name, password=password)
    assert type(raised.value) is error


def test_that_no_refused_sign_in_shows_the_password(directory_case: DirectoryCase) -> None:
    name, _ = directory_case.bad_sign_ins["wrong password"]
    with pytest.raises(SignInFailed) as raised:
        directory_case.connect(bind_as=name, password=directory_case.bad_sign_ins["wrong password"][1])
    assert raised.value.message
    assert "not the password" not in f"{raised.value} {raised.value.subject} {raised.value!r}"


def test_that_a_server_that_does_not_exist_is_told_apart(directory_case: DirectoryCase) -> None:
    with pytest.raises(HostNotFound):
        directory_case.connect(server="no-such-host.corp.example.test")


def test_that_the_controller_that_answers_is_among_the_domain_controllers(directory: Directory) -> None:
    controllers = directory.domain_controllers()
    answering = [c for c in controllers if c.host.casefold() == directory.info.controller.casefold()]
    assert len(answering) == 1
    assert answering[0].writable
    assert answering[0].site


def test_that_domain_controllers_come_sorted_by_host(directory: Directory) -> None:
    hosts = [controller.host for controller in directory.domain_controllers()]
    assert hosts == sorted(hosts)


def test_that_the_time_is_utc_and_does_not_run_backwards(directory: Directory) -> None:
    first, second = directory.current_time(), directory.current_time()
    assert first.utcoffset() == timedelta(0)
    assert second >= first


def test_that_a_cancelled_connection_answers_nothing_more(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory.cancel()
    with pytest.raises(Cancelled):
        directory.read(directory_case.account)
    with pytest.raises(Cancelled):
        directory.search("a", frozenset(EntryKind))


def test_that_cancelling_before_a_write_writes_nothing(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory.cancel()
    with pytest.raises(Cancelled):
        directory.create_group(directory_case.new_group())
    with directory_case.connect() as other:
        assert not other.temporary_groups(directory_case.location, "")


def test_that_closing_twice_is_no_error(directory: Directory) -> None:
    directory.close()
    directory.close()


def test_that_a_closed_connection_refuses_in_words(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    directory.close()
    with pytest.raises(DirectoryError):
        directory.read(directory_case.account)


def test_that_a_connection_closes_at_the_end_of_its_with(directory_case: DirectoryCase) -> None:
    with directory_case.connect() as directory:
        directory.current_time()
    with pytest.raises(DirectoryError):
        directory.current_time()


def test_that_two_connections_see_each_other_s_changes(
    directory: Directory, directory_case: DirectoryCase
) -> None:
    made = directory.create_group(directory_case.new_group())
    with directory_case.connect() as other:
        assert other.temporary_group(made.guid) == made
