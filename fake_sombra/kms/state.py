"""The simulated AWS KMS: one entry for every call, one lock, one journal, and the switches of a rehearsal."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from fake_sombra.kms import errors, parameters
from fake_sombra.kms.call import Access, Answer, Call, Caller
from fake_sombra.kms.credentials import Credential, Credentials
from fake_sombra.kms.enforcement import Authority, read_key_policy
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.faults.active import ActiveFaults, Strike
from fake_sombra.kms.faults.fault import Asked, printed
from fake_sombra.kms.faults.keys import key_asked
from fake_sombra.kms.faults.stale import READS, Past
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.journal import Journal
from fake_sombra.kms.keys import Key
from fake_sombra.kms.material import Backend, MotoBackend
from fake_sombra.kms.operations import ACTIONS, HANDLERS, NOT_OFFERED
from fake_sombra.kms.policy import Kind, MalformedPolicy, Policy, Principal, parse_policy
from fake_sombra.kms.vault import Vault

Before = Callable[[Access], None]

_NO_ACCOUNT = "000000000000"
_STORE = re.compile("cks-[0-9A-Za-z]+")


class Kms:
    """Keys of every region behind one set of rules; safe to call from several threads.

    Callers belong to `account`; None means the account of the first key. Every access passes the deny switches,
    then `before`, which refuses by raising `KmsError`, then `authority`: policies and grants.
    """

    def __init__(
        self,
        account: str | None = None,
        backend: Backend | None = None,
        *,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: str(uuid4()),
        before: Before | None = None,
    ) -> None:
        self._account = account
        self._vault = Vault(backend if backend is not None else MotoBackend())
        self._clock = clock
        self._new_id = new_id
        self._before = before
        self.authority = Authority()
        self.credentials = Credentials()
        self._identity: dict[str, tuple[str, ...]] = {}
        self._denied: set[str] = set()
        self._lock = threading.RLock()
        self._past = Past()
        self.faults = ActiveFaults()
        self.journal = Journal()

    def __repr__(self) -> str:
        return f"Kms({self.account}, {len(self._vault.keys)} keys, {len(self.journal)} calls)"

    @property
    def account(self) -> str:
        """The account every caller belongs to."""
        if self._account is None and self._vault.keys:
            self._account = next(iter(self._vault.keys.values())).account
        return self._account or _NO_ACCOUNT

    def call(self, operation: str, body: Mapping[str, Any], caller: Caller, *, strike: Strike | None = None) -> Answer:
        """Answer one operation (blobs in base64, as on the wire), or raise `KmsError`; either is journalled.

        Faults strike at the doors; of a `strike` given here, only the journal and what the call sees depend.
        """
        if self.is_remote and operation in READS:
            with self._lock:
                begun = self._begun(operation, caller, strike, is_apart=True)
            return self._ended(begun, body, strike)  # the others need not wait for an upstream that is slow
        with self._lock if operation in READS else self._changing():
            return self._ended(self._begun(operation, caller, strike), body, strike)

    def _begun(self, operation: str, caller: Caller, strike: Strike | None, *, is_apart: bool = False) -> Call:
        now = self._clock()
        self._vault.forget_expired(now)
        vault = self._vault.copy() if is_apart else self._vault
        return Call(
            operation,
            caller,
            self._account_of(caller),
            self._principal(caller),
            self._seen(operation, strike, vault, now),
            self._authorize,
            now,
            self._new_id,
            vault.knows_token,
            self.authority.would_allow,
        )

    def _ended(self, call: Call, body: Mapping[str, Any], strike: Strike | None) -> Answer:
        try:
            answer = _answer(call, body)
        except KmsError as refused:
            self._record(call, refused.code, refused.message, strike=strike)
            raise
        self._record(call, "ok", strike=strike)
        return answer

    @property
    def is_remote(self) -> bool:
        """Whether a call may wait for another KMS; then calls that change nothing run side by side."""
        return self._vault.backend.is_remote

    def caller_of(self, request: Incoming) -> Caller:
        """Who signed a request; raises `KmsError` as AWS does where nobody did, or not with the right secret."""
        return self.credentials.caller(request, now=self._clock())

    def admit(self, credential: Credential) -> None:
        """Know an access key; from the first one on, signatures are checked and unknown keys are refused."""
        with self._lock:
            self.credentials = Credentials.of((*self.credentials.known.values(), credential))

    def strike(self, operation: str, body: Mapping[str, Any], caller: Caller) -> Strike:
        """What the active faults do to a call; they count it."""
        with self._lock:
            key = key_asked(self._vault, body, caller, self._account_of(caller))
            asked = Asked(operation, caller.region, key, self._principal(caller), caller.access_key_id)
            return self.faults.strike(asked, now=self._clock())

    def note_refused(
        self,
        operation: str,
        error: KmsError,
        *,
        caller: Caller | None = None,
        key: str | None = None,
        fault: str | None = None,
    ) -> None:
        """Journal a request that was refused before it became a call, by a door or by a fault."""
        with self._lock:
            self.journal.add(
                operation,
                region=caller.region if caller else "",
                principal=self._principal(caller) if caller else "anonymous",
                replica=caller.replica if caller else None,
                result=error.code,
                message=error.message,
                key=key,
                fault=fault,
            )

    def load(self) -> None:
        """Do now what the first call would otherwise wait for."""
        self._vault.backend.load()

    def add_key(
        self,
        arn: str,
        *,
        spec: str | None = None,
        usage: str = "ENCRYPT_DECRYPT",
        state: str = "Enabled",
    ) -> Key:
        """Create exactly this key; without `spec`, the usual one for its usage. Raises ValueError."""
        with self._changing():
            return self._vault.add(arn, spec=spec, usage=usage, state=state, now=self._clock())

    def add_store(self, identity: str) -> str:
        """Declare a custom key store, for random bytes alone; raises ValueError for what is no store's id."""
        if not _STORE.fullmatch(identity):
            raise ValueError("a custom key store's id begins with cks-")
        with self._changing():
            self._vault.stores |= {identity}
        return identity

    def set_state(self, arn: str, state: str) -> Key:
        """Put a key into any state, allowed or not; raises ValueError."""
        with self._changing():
            return self._vault.set_state(arn, state, now=self._clock())

    def rotate(self, arn: str) -> Key:
        """Give a key new material, as the yearly rotation does; old blobs keep opening. Raises ValueError."""
        with self._changing():
            return self._vault.rotate(arn)

    def forget(self, arn: str) -> None:
        """Drop a key as after its deletion window; raises ValueError."""
        with self._changing():
            self._vault.forget(arn)

    def add_identity_policy(self, principal: str, policy: str) -> None:
        """Give a principal a policy (JSON text) beside those it has; raises ValueError.

        From the first one on, whoever has none may do nothing but what a key's own policy and its grants allow.
        """
        name = Principal.parse(principal).arn
        with self._lock:
            self._let_only({**self._identity, name: (*self._identity.get(name, ()), policy)})

    def forget_identity_policies(self) -> None:
        """Make every caller an administrator of its own account again."""
        with self._lock:
            self._let_only({})

    def _let_only(self, identity: Mapping[str, Sequence[str]]) -> None:
        texts = {principal: tuple(policies) for principal, policies in identity.items()}
        try:
            read = {principal: tuple(map(_identity_policy, policies)) for principal, policies in texts.items()}
        except MalformedPolicy as error:
            raise ValueError(str(error)) from error
        self._identity, self.authority = texts, replace(self.authority, identity=read or None)

    def set_policy(self, arn: str, policy: str | None) -> Key:
        """Give a key a policy (JSON text), or AWS' default one back; raises ValueError."""
        try:
            if policy is not None:
                read_key_policy(policy)
        except MalformedPolicy as error:
            raise ValueError(str(error)) from error
        with self._changing():
            return self._vault.update(arn, policy=policy)

    def add_alias(self, alias_arn: str, key_arn: str) -> None:
        """Point an alias, new or old, at a key; raises ValueError."""
        with self._changing():
            self._vault.set_alias(alias_arn, key_arn)

    def deny(self, action: str) -> None:
        """Refuse an action (`kms:Decrypt`) from now on; raises ValueError."""
        with self._lock:
            self._denied.add(_known(action))

    def allow(self, action: str) -> None:
        """Lift `deny`; raises ValueError."""
        with self._lock:
            self._denied.discard(_known(action))

    def snapshot(self) -> dict[str, Any]:
        """Everything but the journal as JSON values, key material included."""
        with self._lock:
            switches = {"denied": sorted(self._denied), "faults": self.faults.to_json()}
            signers = {
                "credentials": [each.to_json() for each in self.credentials.known.values()],
                "identity": {principal: list(policies) for principal, policies in self._identity.items()},
            }
            return {**self._vault.to_json(), **switches, **signers, "account": self._account}

    @classmethod
    def restore(
        cls,
        snapshot: Mapping[str, Any],
        backend: Backend | None = None,
        *,
        account: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Kms:
        """Bring a snapshot back; raises ValueError that says what is wrong, never with key material."""
        kms = cls(account, backend, clock=clock)
        try:
            kms._account = account or snapshot.get("account")
            kms._vault = Vault.from_json(snapshot, kms._vault.backend, now=clock())
            for action in snapshot.get("denied", ()):
                kms.deny(action)
            kms.faults = ActiveFaults.from_json(snapshot.get("faults", ()))
            kms.credentials = Credentials.of(map(Credential.from_json, snapshot.get("credentials", ())))
            kms._let_only(snapshot.get("identity", {}))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"this is no snapshot of a KMS front ({type(error).__name__}); take one by GET /snapshot"
            ) from None
        return kms

    def fork(self, *, keep_journal: bool = False) -> Kms:
        """Copy keys, aliases and switches; the material is shared because it never changes."""
        with self._lock:
            twin = Kms(
                self._account,
                self._vault.backend,
                clock=self._clock,
                new_id=self._new_id,
                before=self._before,
            )
            twin._vault = self._vault.copy()
            twin._denied = set(self._denied)
            twin.authority, twin.credentials = self.authority, self.credentials
            twin._identity = dict(self._identity)
            twin._past, twin.faults = self._past.copy(), self.faults.copy()
            if keep_journal:
                twin.journal = self.journal.copy()
            return twin

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock over a change; while a fault hides changes, keep what was before."""
        with self._lock:
            before = self._vault.copy() if self.faults.hold_changes_back else None
            yield
            if before is not None:
                self._past.keep(before, now=self._clock())

    def _seen(self, operation: str, strike: Strike | None, present: Vault, now: float) -> Vault:
        """The vault as a call sees it; what changes something is never done to the past."""
        if strike is None or strike.stale is None or operation not in READS:
            return present
        return self._past.seen(present, strike.stale, now=now)

    def _authorize(self, access: Access) -> None:
        if access.action in self._denied:
            raise errors.denied(access.principal, access.action, access.resource)
        if self._before is not None:
            self._before(access)
        self.authority(access)

    def _principal(self, caller: Caller) -> str:
        return caller.principal or f"arn:aws:iam::{self.account}:user/{caller.access_key_id}"

    def _account_of(self, caller: Caller) -> str:
        return self.account if caller.principal is None else caller.principal.split(":")[4]

    def _record(self, call: Call, result: str, message: str = "", *, strike: Strike | None) -> None:
        with self._lock:
            self.journal.add(
                call.operation,
                region=call.caller.region,
                principal=call.principal,
                replica=call.caller.replica,
                result=result,
                message=message,
                key=call.key,
                size=call.size,
                context=call.context,
                mark=call.mark,
                fault=printed(strike.faults) or None if strike else None,
            )


def _answer(call: Call, body: Mapping[str, Any]) -> Answer:
    handler = HANDLERS.get(call.operation)
    if handler is None and call.operation in NOT_OFFERED:
        raise errors.unsupported(f"This front does not offer {call.operation}.")
    if handler is None:
        raise KmsError("UnknownOperationException")
    call.parameters = parameters.read(call.operation, body)
    return handler(call)


def _identity_policy(text: str) -> Policy:
    return parse_policy(text, name="the identity policy", kind=Kind.IDENTITY)


def _known(action: str) -> str:
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not an action here; write one such as kms:Decrypt")
    return action
