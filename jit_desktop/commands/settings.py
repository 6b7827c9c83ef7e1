# SPDX-License-Identifier: MIT
"""settings import and settings export."""

from __future__ import annotations

from argparse import Namespace

from jit_desktop.app import Application
from jit_desktop.commands.choosing import choose_provider
from jit_desktop.commands.exit_codes import ExitCode
from jit_desktop.commands.files import write_new_file
from jit_desktop.commands.output import Output
from jit_desktop.commands.passwords import read_password
from jit_desktop.commands.wording import counted, listed
from jit_desktop.elevation.draft import ProviderDraft, resolve
from jit_desktop.elevation.errors import InvalidSettings, PasswordNeeded, Refused
from jit_desktop.elevation.rules import connection_problems
from jit_desktop.elevation.secret import Secret
from jit_desktop.elevation.settings import ConnectionMethod, DomainProvider, SignIn
from jit_desktop.store.settings_file import read_settings_file, settings_text


def load(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Set up the providers of a settings file; one of the same id or name is replaced.

    Every object is looked up in the directory first; nothing is saved unless all of the file is good.
    """
    drafts = read_settings_file(args.file)
    asking = [d.name for d in drafts if _needs_password(d.connection.method, d.connection.sign_in)]
    if args.password_stdin and len(asking) > 1:
        raise Refused(
            f"The file has {len(asking)} providers that sign in with a password, and one was given.",
            subject=listed(asking),
            remedy="Import them from a file each.",
        )
    password = read_password(args)
    resolved = [_resolve(app, draft, password, output) for draft in drafts]
    for provider in resolved:
        _forget_if_unused(app, provider)
        app.store.save_provider(provider, at=app.clock.utc_now(), actor=app.actor)
        if password is not None and _needs_password(provider.connection.method, provider.connection.sign_in):
            app.secrets.remember(provider.id, password, keep=args.keep_password)
    output.result(
        {"providers": [{"id": p.id, "name": p.name} for p in resolved]},
        [
            f"{p.name} is set up: "
            f"{counted(len(p.jit.privileges), 'privilege')}, {counted(len(p.accounts), 'account')}."
            for p in resolved
        ],
    )
    return ExitCode.DONE


def save(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Write the settings of one provider or of all to a file."""
    providers = [choose_provider(app.store, args.provider)] if args.provider else list(app.store.providers())
    write_new_file(args.file, settings_text(providers), replace=args.force)
    output.note(f"{counted(len(providers), 'provider')} written to {args.file}.")
    return ExitCode.DONE


def forget_passwords(app: Application, args: Namespace, output: Output) -> ExitCode:
    """Remove the passwords of all providers from the credential store; an uninstaller calls it."""
    providers = app.store.providers()
    for provider in providers:
        app.secrets.forget(provider.id)
    output.note(f"Passwords removed from the credential store, of {counted(len(providers), 'provider')}.")
    return ExitCode.DONE


def _resolve(
    app: Application, draft: ProviderDraft, password: Secret | None, output: Output
) -> DomainProvider:
    if problems := connection_problems(draft.connection):
        raise InvalidSettings(
            problems, subject=draft.name, remedy="Mend the settings file and import it again."
        )
    existing = _existing(app, draft)
    if password is None and existing is not None and draft.connection.has_target_of(existing.connection):
        # A file that names another server, or trusts another certificate, must not get the password that
        # was kept for the old one.
        password = app.secrets.password(existing.id)
    if password is None and _needs_password(draft.connection.method, draft.connection.sign_in):
        raise PasswordNeeded(
            f"The password of {draft.connection.bind_as} is needed to look the objects up.",
            subject=draft.name,
            remedy="Give it with --password-stdin.",
        )
    output.note(f"… Looking up the objects of {draft.name}.")
    with app.connector.connect(draft.connection, password) as directory:
        return resolve(draft, directory, provider_id=existing.id if existing else None)


def _existing(app: Application, draft: ProviderDraft) -> DomainProvider | None:
    providers = app.store.providers()
    for provider in providers:
        if draft.id is not None and provider.id == draft.id:
            return provider
    same_name = [p for p in providers if p.name.casefold() == draft.name.casefold()]
    return same_name[0] if draft.id is None and same_name else None


def _forget_if_unused(app: Application, provider: DomainProvider) -> None:
    """A password that was kept for another connection of this provider is of no more use."""
    old = next((p for p in app.store.providers() if p.id == provider.id), None)
    if old is not None and not provider.connection.has_target_of(old.connection):
        app.secrets.forget(provider.id)


def _needs_password(method: ConnectionMethod, sign_in: SignIn) -> bool:
    return sign_in is SignIn.PASSWORD and method is not ConnectionMethod.DEMO
