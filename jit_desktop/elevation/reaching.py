# SPDX-License-Identifier: MIT
"""The way to the domain controllers of every provider: signed in, whichever lives, with their clocks."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import Lock

from jit_desktop.elevation.controllers import FORGOTTEN_AFTER, Controllers, is_lost
from jit_desktop.elevation.dn import domain_dn, domain_name, same_dn
from jit_desktop.elevation.domain_clock import DomainClock
from jit_desktop.elevation.errors import (
    Cancelled,
    DirectoryError,
    DirectoryUnavailable,
    InvalidSettings,
    PasswordNeeded,
    SignInFailed,
    StoreError,
)
from jit_desktop.elevation.identity import ProviderId
from jit_desktop.elevation.ports import (
    CancelToken,
    Clock,
    Connector,
    Directory,
    DomainController,
    DomainInfo,
    KeptTime,
    Secrets,
    Store,
)
from jit_desktop.elevation.refusals import Refusals
from jit_desktop.elevation.settings import DomainProvider, SignIn

_LOG = logging.getLogger(__name__)

FAILOVER_SECONDS = 60
"""After so long no further domain controller is tried; the next piece of work tries again."""

PASSED_OVER_SECONDS = 300
"""So long those that used all that time up without an answer come last, so that the rest get their turn."""

PASS_SECONDS = 120
"""So long one pass over one provider may take, connecting included; what is left is for the next one."""

GIVING_SECONDS = 300
"""So long a checkout or an extension may take, connecting included: beyond that it is taken back, or settled,
as where the connection is lost. It asks each domain controller more than once, and waits for the lease of
another grant."""

MAIN_SECONDS = 30
"""So long one domain controller may take in a pass until it has signed us in, where others can be tried: half
of the time that is left for trying, so that each gets its turn, and this at most."""

SHORTEST_TURN_SECONDS = 10
"""And this at least, which one that lives needs."""

TURNS = 4
"""So many get their turn in that time, where none of them answers."""

OTHERS_SECONDS = 5
"""Likewise for one that is only asked whether it has heard of something."""

ALL_OTHERS_SECONDS = 20
"""So long a pass may take to connect to all of these: who is left then could not be asked in it."""

ALL_DEPARTED_SECONDS = 10
"""Likewise for those that left the list, most of which were demoted: they take no time from the others."""

UNREACHABLE_SECONDS = 60
"""So long one that could not be reached is left alone: what is due next must not wait for it."""

ASKING_FOR_TIME_SECONDS = 10
"""After so long no further domain controller is asked whether a clock is right: something may be due."""


@dataclass(slots=True)
class _Attempt:
    """What one piece of work has found out on its way to a domain controller."""

    give_up_at: float
    """By the monotonic clock."""
    until: float | None = None
    """When all of the work has to be over, by the same clock; ``None`` where nothing says so."""
    lost_at: str = ""
    """At whom this work was begun before, and lost: the last one to be tried."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why hosts could not be reached, by their names in lower case; they are not tried a second time."""
    left_for_others: dict[bool, float] = field(
        default_factory=lambda: {True: ALL_OTHERS_SECONDS, False: ALL_DEPARTED_SECONDS}
    )
    """How many seconds connecting to others may still take, those of the list and those that left it."""

    def give_others(self, times: float) -> None:
        """Let connecting to others take as many times longer as all of the work may."""
        self.left_for_others = {key: seconds * times for key, seconds in self.left_for_others.items()}

    def failed(self, host: str, error: DirectoryError) -> None:
        """Remember that ``host`` is of no use, and why."""
        _LOG.info("%s does not serve, going on with another domain controller: %s", host, error)
        self.problems[_key(host)] = error.message

    def knows(self, host: str) -> bool:
        """Whether ``host`` is of no use."""
        return _key(host) in self.problems


class Reach:
    """Shared by all that works on domains. Everything but the clocks blocks."""

    def __init__(self, *, store: Store, connector: Connector, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._connector = connector
        self._secrets = secrets
        self._clock = clock
        self._clocks: dict[ProviderId, DomainClock] = {}
        self._last_providers: dict[ProviderId, DomainProvider] = {}
        self._last_known: dict[ProviderId, Sequence[str]] = {}
        self._last_departed: dict[ProviderId, Mapping[str, datetime]] = {}
        self._refusals = Refusals(clock)
        self._passed_over: dict[tuple[ProviderId, str], float] = {}
        """By provider and host, empty for the settings' server: until when, by the monotonic clock."""
        self._unreachable: dict[tuple[ProviderId, str], tuple[float, str]] = {}
        """By provider and host: until when it is left alone, by the monotonic clock, and why. Kept until it
        answers: who did not answer longest ago is asked before the others that did not."""
        self._hidden: set[tuple[ProviderId, str]] = set()
        """By provider and host: those that are in no list and answered when they were asked last."""
        # By the clock: each process begins elsewhere, and a test knows where.
        self._random = Random(f"{clock.utc_now()} {clock.monotonic()}")  # noqa: S311 - no secret depends on it
        self._lock = Lock()
        self._handed_out: list[Directory] = []
        self._connecting: list[CancelToken] = []
        self._is_cancelled = False

    def domain_clock(self, provider_id: ProviderId) -> DomainClock:
        """The clock by which a provider's deadlines count; never blocks."""
        if provider_id not in self._clocks:
            self._clocks.setdefault(provider_id, DomainClock(self._clock, _Kept(self._store, provider_id)))
        return self._clocks[provider_id]

    def provider(self, provider_id: ProviderId) -> DomainProvider:
        """A provider as the store has it, or as it was when the store could still be read."""
        try:
            provider = self._store.provider(provider_id)
        except StoreError:
            if provider_id not in self._last_providers:
                raise
            return self._last_providers[provider_id]
        self._last_providers[provider_id] = provider
        return provider

    def raise_refusal_again(self, provider: DomainProvider) -> None:
        """The :class:`SignInFailed` of a moment ago, where nothing has changed that could mend it."""
        self._refusals.raise_again(provider, self._secrets)

    def open_directory(
        self,
        provider: DomainProvider,
        *,
        server: str = "",
        within_seconds: float | None = None,
        known: DomainInfo | None = None,
    ) -> Directory:
        """A connection of the caller's own, signed in as the provider says.

        Raises :class:`PasswordNeeded` where a password has to be asked for first, or another
        :class:`DirectoryError`; :class:`Cancelled` after :meth:`cancel_all`. ``within_seconds`` and
        ``known``: see :class:`~jit_desktop.elevation.ports.Connector`.
        """
        password = None
        if provider.connection.sign_in is SignIn.PASSWORD and not provider.is_demo:
            password = self._secrets.password(provider.id)
            if password is None:
                raise PasswordNeeded(
                    f"The password of {provider.connection.bind_as} is needed.",
                    subject=provider.name,
                    remedy="Enter it, or keep it in the credential store.",
                )
        with self._refusals.noted(provider, password, _key(server)), self._cancellable() as cancel:
            directory = self._connector.connect(
                provider.connection,
                password,
                server=server,
                within_seconds=within_seconds,
                cancel=cancel,
                known=known,
            )
            self._hand_out(directory)
            self._refusals.note_taken(provider, password, _key(directory.info.controller))
            if server and _key(server) != _key(provider.connection.server):
                _require_itself(directory, server)
            return directory

    def cancel_all(self) -> None:
        """Break off every connection and everything that is asked on one, from any thread, for good: whoever
        works on a domain gets :class:`Cancelled`. For a program that has to stop."""
        with self._lock:
            self._is_cancelled = True
            connecting, handed_out = list(self._connecting), list(self._handed_out)
        for token in connecting:
            token.cancel()
        for directory in handed_out:
            directory.cancel()

    @contextmanager
    def _cancellable(self) -> Iterator[CancelToken]:
        token = CancelToken()
        with self._lock:
            if self._is_cancelled:
                raise Cancelled
            self._connecting.append(token)
        try:
            yield token
        finally:
            with self._lock:
                self._connecting.remove(token)

    def _hand_out(self, directory: Directory) -> None:
        """Remember it for :meth:`cancel_all`, as long as it is of use."""
        with self._lock:
            self._handed_out = [d for d in self._handed_out if d.is_usable]
            self._handed_out.append(directory)
            is_cancelled = self._is_cancelled
        if is_cancelled:
            directory.close()
            raise Cancelled

    @contextmanager
    def controllers(
        self,
        provider: DomainProvider,
        preferred: str = "",
        *,
        within_seconds: float | None = None,
        anew: bool = False,
        lost_at: str = "",
    ) -> Iterator[Controllers]:
        """Connections for one piece of work, to ``preferred`` where that answers; its clock is read first.

        All of the work is over after ``within_seconds``, with :class:`DirectoryUnavailable`. ``anew``: also
        those are asked that could not be reached a moment ago. ``lost_at``: where this work was begun before,
        and the connection was cut; another one that answers goes first, since that one may sign us in and
        answer, and yet do no write.

        Other domain controllers are asked for the time as well where nobody supports that clock.

        Else to the server of the settings, and to the other domain controllers that the domain had when it
        was last asked where neither of them answers; a writable one wherever there is one. Raises the
        :class:`DirectoryError` of the settings' server if none answers, and :class:`SignInFailed` as soon as
        one refuses the password, unless another one has taken it: offered to each of them, it would lock the
        account out.
        """
        now = self._clock.monotonic()
        until = None if within_seconds is None else now + within_seconds
        if anew:
            for key in [key for key in list(self._unreachable) if key[0] == provider.id]:
                self._unreachable.pop(key, None)
        tries_until = now + FAILOVER_SECONDS
        attempt = _Attempt(tries_until if until is None else min(tries_until, until), until, lost_at)
        if within_seconds is not None and within_seconds > PASS_SECONDS:
            attempt.give_others(within_seconds / PASS_SECONDS)
        controllers = self._open(provider, preferred, attempt)
        controllers.lost_before = lost_at
        with controllers.main, controllers:
            yield controllers

    # --- which of them ------------------------------------------------------------------------------------

    def _open(self, provider: DomainProvider, preferred: str, attempt: _Attempt) -> Controllers:
        """The first of the candidates that answers, signs us in and tells the time."""
        of_settings: DirectoryError | None = None
        refusal: SignInFailed | None = None
        candidates = self._candidates(provider, preferred)
        if attempt.lost_at:
            candidates = self._lost_last(provider, candidates, attempt.lost_at)
        for number, host in enumerate(candidates):
            if why := self._refusals.left_alone(provider, self._secrets, host):
                refusal = SignInFailed(why, subject=host or provider.connection.server)
                attempt.failed(host or provider.connection.server, refusal)
                continue
            if refusal is not None and not self._refusals.is_taken(provider, self._secrets, host):
                continue
            if attempt.problems and self._clock.monotonic() > attempt.give_up_at:
                until = self._clock.monotonic() + PASSED_OVER_SECONDS
                self._passed_over.update({(provider.id, tried): until for tried in candidates[:number]})
                break
            try:
                is_last = number == len(candidates) - 1
                within = self._seconds_left(attempt.until, None if is_last else self._turn_seconds(attempt))
                turn_ends_at = None if within is None else self._clock.monotonic() + within
                pass_ends_at = None if attempt.until is None else self._by_its_clock(attempt.until)
                directory = self._reach(provider, host, within=within, until=turn_ends_at)
                return self._ready(provider, directory, attempt, pass_ends_at)
            except SignInFailed as error:
                if not self._refusals.is_taken(provider, self._secrets):
                    raise
                attempt.failed(host or provider.connection.server, error)
                refusal = error
            except DirectoryError as error:
                if not host and not isinstance(error, DirectoryUnavailable):
                    raise  # it answers, and what it says is for a person to mend
                attempt.failed(host or provider.connection.server, error)
                if not host or of_settings is None:
                    of_settings = error
        failed = refusal or of_settings
        assert failed is not None
        raise failed

    def _ready(
        self, provider: DomainProvider, directory: Directory, attempt: _Attempt, pass_ends_at: float | None
    ) -> Controllers:
        try:
            # Who says nothing more after the sign-in has its turn for that too, and no more.
            listed = self._listed(provider, directory)
            directory.work_until(pass_ends_at)
            hosts = self._in_turn(provider.id, [c.host for c in listed], ALL_OTHERS_SECONDS)
            listed = sorted(listed, key=lambda c: hosts.index(c.host))
            chosen = self._writable(provider, directory, listed, attempt)
        except BaseException:
            directory.close()
            raise
        controllers = Controllers(
            chosen,
            lambda host: self._named(provider, host, listed, attempt, chosen),
            listed=listed,
            problems=attempt.problems,
        )
        give_up_at = min(attempt.give_up_at, self._clock.monotonic() + ASKING_FOR_TIME_SECONDS)
        try:
            self.domain_clock(provider.id).read(
                chosen, lambda: controllers.other_times(self._clock, give_up_at)
            )
            # Only now it is known what time it is in the domain.
            departed = self._remember(provider, listed)
            hosts = self._in_turn(provider.id, departed, ALL_DEPARTED_SECONDS)
            controllers.departed = {host: departed[host] for host in hosts}
            controllers.just_left = [h for h in hosts if h not in self._last_departed.get(provider.id, {})]
        except BaseException:
            with chosen, controllers:
                raise
        return controllers

    def _candidates(self, provider: DomainProvider, preferred: str) -> list[str]:
        """Whom to try in turn; empty text stands for the server of the settings.

        Those that come from the store are tried only under names of the provider's own domain, so that the
        password goes nowhere else; the certificate is verified for that name besides.
        """
        settings = _key(provider.connection.server)
        known = self._known(provider.id)
        order = [_key(h) for h in (preferred, *known) if h and _is_within(h, provider)]
        order.insert(1 if order and preferred and order[0] == _key(preferred) else 0, "")
        now = self._clock.monotonic()
        unique = list(dict.fromkeys("" if host == settings else host for host in order))
        if len(unique) > TURNS:
            # Not all get their turn: in the next process, which knows nothing of this one, others do.
            first = [host for host in unique if host in ("", _key(preferred))]
            unique = [*first, *self._shuffled(host for host in unique if host not in first)]
        return sorted(unique, key=lambda host: self._passed_over.get((provider.id, host), 0.0) > now)

    def _turn_seconds(self, attempt: _Attempt) -> float | None:
        """How long the next candidate may take until it has signed us in; ``None``: nothing says so."""
        if attempt.until is None:
            return None
        left = attempt.give_up_at - self._clock.monotonic()
        # That one that was lost comes last keeps nothing waiting for long, where others are dead.
        at_most = OTHERS_SECONDS if attempt.lost_at else MAIN_SECONDS
        return min(at_most, max(SHORTEST_TURN_SECONDS, left / 2))

    def _in_turn(self, provider_id: ProviderId, hosts: Iterable[str], seconds: float) -> list[str]:
        """In which order ``hosts`` are asked: as they stand where ``seconds`` suffice for all, whoever is
        silent. Else those first that did not fail to answer, the rest by how long ago they did, and all that
        are equal in that in another order each time: none waits for ever for those that let us wait."""
        hosts = list(hosts)
        if len(hosts) * OTHERS_SECONDS <= seconds:
            return hosts
        return sorted(
            self._shuffled(hosts),
            key=lambda host: self._unreachable.get((provider_id, _key(host)), (0.0, ""))[0],
        )

    def _shuffled(self, hosts: Iterable[str]) -> list[str]:
        shuffled = list(hosts)
        self._random.shuffle(shuffled)
        return shuffled

    def _lost_last(self, provider: DomainProvider, candidates: Sequence[str], lost_at: str) -> list[str]:
        """The same, last those that lead to ``lost_at`` again, and those that could not be reached a moment
        ago. The settings' server may lead to any where no domain controller has that name."""
        settings, now = _key(provider.connection.server), self._clock.monotonic()
        again = {_key(lost_at)}
        if settings not in map(_key, self._known(provider.id)):
            again.add(settings)

        def is_last(host: str) -> bool:
            name = host or settings
            return name in again or self._unreachable.get((provider.id, name), (0.0, ""))[0] > now

        return sorted(candidates, key=is_last)

    def _known(self, provider_id: ProviderId) -> Sequence[str]:
        try:
            self._last_known[provider_id] = self._store.known_controllers(provider_id)
        except StoreError as error:
            _LOG.info("The domain controllers known of %s could not be read: %s", provider_id, error)
        return self._last_known.get(provider_id, ())

    def _departed(self, provider_id: ProviderId) -> Mapping[str, datetime]:
        """Those that left the list and did not answer when they were asked about that, since when."""
        try:
            self._last_departed[provider_id] = self._store.departed_controllers(provider_id)
        except StoreError as error:
            _LOG.info("The domain controllers that left %s could not be read: %s", provider_id, error)
        return self._last_departed.get(provider_id, {})

    def _listed(self, provider: DomainProvider, directory: Directory) -> Sequence[DomainController]:
        """What the domain says its domain controllers are, and who left that list and is known to be one.

        A list that is refused is one that is not shown: what is due is taken back all the same. Asks nobody
        else, since what is due must not wait for that.
        """
        try:
            listed = tuple(directory.domain_controllers())
        except DirectoryError as error:
            if is_lost(directory, error):
                raise
            _LOG.info("%s does not list the domain controllers: %s", directory.info.controller, error)
            listed = (DomainController(directory.info.controller, is_listed=False),)
        shown = {_key(c.host) for c in listed}
        self._hidden -= {(provider.id, host) for host in shown}
        known = [h for h in self._known(provider.id) if _is_within(h, provider) and _key(h) not in shown]
        if not all(c.is_listed for c in listed):
            # Those of the last list stand in for what is not shown any more.
            return (*listed, *(DomainController(h, is_listed=False) for h in known))
        left = [*known, *(h for h in self._departed(provider.id) if _key(h) not in shown)]
        here = _key(directory.info.controller)
        there = [h for h in left if _key(h) == here or self._is_known_to_be_there(provider, h)]
        return (*listed, *(DomainController(h) for h in there))

    def _is_known_to_be_there(self, provider: DomainProvider, host: str) -> bool:
        """Whether one that left the list answered when it was asked last; who refuses a password did."""
        is_refusing = bool(self._refusals.left_alone(provider, self._secrets, _key(host)))
        return is_refusing or (provider.id, _key(host)) in self._hidden

    def _remember(
        self, provider: DomainProvider, listed: Sequence[DomainController]
    ) -> Mapping[str, datetime]:
        """Keep who is a domain controller for when none of ours answers, and who may still be one: that one
        left the list and does not answer proves nothing before it can't come back any more. Those are
        returned, since when; with those that left it just now, which nobody has asked yet, and which are kept
        as known until somebody does."""
        now = self.domain_clock(provider.id).now()
        shown = {_key(c.host) for c in listed}
        before = {h: min(at, now) for h, at in self._departed(provider.id).items() if _key(h) not in shown}
        departed = {
            h: at for h, at in before.items() if _is_within(h, provider) and now - at < FORGOTTEN_AFTER
        }
        left = [h for h in self._known(provider.id) if _key(h) not in shown and _is_within(h, provider)]
        if all(c.is_listed for c in listed):
            hosts = [c.host for c in sorted(listed, key=lambda c: (not c.writable, c.host.casefold()))]
            self._keep(provider, [*hosts, *left], departed)
        return dict.fromkeys(left, now) | departed

    def _keep(self, provider: DomainProvider, hosts: Sequence[str], departed: Mapping[str, datetime]) -> None:
        self._last_known[provider.id] = hosts
        self._last_departed[provider.id] = departed
        try:
            self._store.remember_controllers(provider.id, hosts, departed)
        except StoreError as error:
            _LOG.info("The domain controllers of %s could not be remembered: %s", provider.name, error)

    def _note_back(self, provider: DomainProvider, host: str) -> None:
        """One that left the list was asked, and is there all the same."""
        self._hidden.add((provider.id, _key(host)))
        self._unreachable.pop((provider.id, _key(host)), None)
        before = self._departed(provider.id)
        departed = {h: at for h, at in before.items() if _key(h) != _key(host)}
        if len(departed) < len(before):
            self._keep(provider, [*self._known(provider.id), host], departed)

    def _note_away(self, provider: DomainProvider, host: str) -> None:
        """One that left the list was asked, and is not there, as far as can be told."""
        self._hidden.discard((provider.id, _key(host)))
        before = self._known(provider.id)
        known = [h for h in before if _key(h) != _key(host)]
        if len(known) < len(before):
            departed = {host: self.domain_clock(provider.id).now()} | dict(self._departed(provider.id))
            self._keep(provider, known, departed)

    def _writable(
        self,
        provider: DomainProvider,
        directory: Directory,
        listed: Sequence[DomainController],
        attempt: _Attempt,
    ) -> Directory:
        """``directory``, or in its place one that can be written; itself where there is no other."""
        here = _key(directory.info.controller)
        if all(c.writable or _key(c.host) != here for c in listed):
            return directory
        for other in sorted(listed, key=lambda c: _key(c.host) == _key(attempt.lost_at)):
            if not other.writable or not _is_within(other.host, provider):
                continue
            if attempt.knows(other.host) or self._clock.monotonic() > attempt.give_up_at:
                continue
            if self._refusals.left_alone(provider, self._secrets, _key(other.host)):
                continue
            try:
                within = self._seconds_left(attempt.until, self._turn_seconds(attempt))
                better = self._reach(provider, other.host, within=within, until=attempt.until)
            except SignInFailed as error:
                attempt.failed(other.host, error)
                break  # offered to each of them, it would lock the account out
            except DirectoryError as error:
                attempt.failed(other.host, error)
                continue
            directory.close()
            return better
        return directory

    def _named(
        self,
        provider: DomainProvider,
        host: str,
        listed: Sequence[DomainController],
        attempt: _Attempt,
        main: Directory,
    ) -> Directory:
        """One that the domain lists, or that the store remembers: the password goes to no host of the store's
        alone that is not in the domain."""
        is_shown = _key(host) in {_key(c.host) for c in listed}
        if is_shown and (provider.id, _key(host)) not in self._hidden:
            return self._other(provider, host, attempt, main.info)
        if not _is_within(host, provider):
            raise DirectoryUnavailable(f"{host} is not listed and not in the domain.", subject=host)
        try:
            directory = self._other(provider, host, attempt, main.info, is_listed=False)
        except SignInFailed:
            self._note_back(provider, host)  # who refuses a password is there
            raise
        except DirectoryError as error:
            # Else it was not asked.
            if not isinstance(error, DirectoryUnavailable) or (provider.id, _key(host)) in self._unreachable:
                self._note_away(provider, host)
            raise
        if not same_dn(directory.info.base_dn, main.info.base_dn):
            directory.close()
            self._note_away(provider, host)
            raise DirectoryUnavailable(f"{host} is in another domain now.", subject=host)
        self._note_back(provider, host)
        return directory

    def _other(
        self,
        provider: DomainProvider,
        host: str,
        attempt: _Attempt,
        known: DomainInfo,
        *,
        is_listed: bool = True,
    ) -> Directory:
        """Another one than the main one, which said ``known``: quickly, or not again for a while."""
        key = (provider.id, _key(host))
        began = self._clock.monotonic()
        left_alone_until, why = self._unreachable.get(key, (0.0, ""))
        if began < left_alone_until:
            raise DirectoryUnavailable(why, subject=host)
        if why := self._refusals.left_alone(provider, self._secrets, _key(host)):
            raise DirectoryUnavailable(why, subject=host)
        within = self._seconds_left(attempt.until, OTHERS_SECONDS)
        if attempt.until is not None and (not within or attempt.left_for_others[is_listed] <= 0):
            raise DirectoryUnavailable(f"{host} was not asked: others took the time for that.", subject=host)
        try:
            directory = self._reach(provider, host, within=within, until=attempt.until, known=known)
        except DirectoryUnavailable as error:
            if within == OTHERS_SECONDS:  # else it had no time to answer, and has the next turn
                self._unreachable[key] = (self._clock.monotonic() + UNREACHABLE_SECONDS, error.message)
            raise
        finally:
            attempt.left_for_others[is_listed] -= self._clock.monotonic() - began
        self._unreachable.pop(key, None)
        return directory

    def _seconds_left(self, until: float | None, at_most: float | None) -> float | None:
        """``at_most`` seconds, or those until ``until`` where they are fewer."""
        if until is None:
            return at_most
        left = max(0.0, until - self._clock.monotonic())
        return left if at_most is None else min(at_most, left)

    def _reach(
        self,
        provider: DomainProvider,
        server: str = "",
        *,
        within: float | None = None,
        until: float | None = None,
        known: DomainInfo | None = None,
    ) -> Directory:
        """A connection for work that has to be done ``until`` then (our clock); settings that went bad since
        (a CA file that is gone) are a domain that can't be reached, and an alarm as any other.
        """
        try:
            directory = self.open_directory(provider, server=server, within_seconds=within, known=known)
        except InvalidSettings as error:
            raise DirectoryError(
                error.message, subject=error.subject, remedy="Mend the settings of the provider."
            ) from error
        if until is not None:
            directory.work_until(self._by_its_clock(until))
        return directory

    def _by_its_clock(self, until: float) -> float:
        """The same moment by ``time.monotonic``, by which directories count: it may be another clock than
        ours."""
        return time.monotonic() + max(0.0, until - self._clock.monotonic())


@dataclass(frozen=True, slots=True)
class _Kept:
    """The trusted times of one provider in the store."""

    store: Store
    provider_id: ProviderId

    def load(self) -> KeptTime | None:
        kept = self.store.kept_time(self.provider_id)
        return kept if kept is not None and kept.is_plausible else None

    def save(self, kept: KeptTime) -> None:
        self.store.keep_time(self.provider_id, kept)


def _key(host: str) -> str:
    return host.strip().rstrip(".").casefold()


def _require_itself(directory: Directory, host: str) -> None:
    """:class:`DirectoryUnavailable` where another domain controller than ``host`` answers under its name (a
    stale address, one certificate for all): what it shows says nothing of ``host``. Closes it then."""
    answering = directory.info.controller
    if _key(answering) != _key(host):
        directory.close()
        raise DirectoryUnavailable(
            f"{answering or 'Another one'} answers under the name of {host}.",
            subject=host,
            remedy=f"Have the name {host} lead to that domain controller.",
        )


def _is_within(host: str, provider: DomainProvider) -> bool:
    """Whether ``host`` is a name in the domain in which the provider makes its temporary groups."""
    if provider.jit.location is None:
        return False
    return _key(host).endswith("." + _key(domain_name(domain_dn(provider.jit.location.dn))))
