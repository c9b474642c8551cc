"""The strict front on trial: the rules behind either door, with the switches of a rehearsal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.kms import Kms, product_app
from fake_sombra.kms.boto_session import make_client
from fake_sombra.kms.credentials import Credential
from fake_sombra.kms.door_botocore import attach
from fake_sombra.kms.faults.spec import parse
from fake_sombra.kms.material import Backend
from harness.conformance.row import Switch, Who
from harness.targets.trial.clients import CONFIG, SIGNERS, STRANGER, Clients, clients_of
from harness.targets.trial.served import served

ACCOUNT: Final = "111122223333"
_PRINCIPAL: Final = f"arn:aws:iam::{ACCOUNT}:user/caller"


@dataclass(slots=True)
class TrialClock:
    """Time goes by, but while a row is about how much happens in one second."""

    stopped_at: float | None = None

    def __call__(self) -> float:
        """Seconds since 1970."""
        return time.time() if self.stopped_at is None else self.stopped_at


@dataclass(slots=True)
class Strict:
    """A `Subject` over a `Kms`; `clients` decides through which door it is called. Signatures are checked."""

    name: str
    kms: Kms
    clients: Clients
    clock: TrialClock
    lacks: Mapping[str, str] = field(default_factory=dict)
    _denied: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, backend: Backend | None, name: str) -> Strict:
        """The rules behind the door for callers in this process."""
        clock = TrialClock()
        kms = _front(backend, clock)

        def make(region: str, by: Who) -> Any:
            signer = SIGNERS[by]
            made = make_client(
                region=region,
                endpoint=f"https://kms.{region}.amazonaws.com",
                access_key_id=signer.access_key_id,
                config=CONFIG,
                secret=signer.secret,
                token=signer.token,
            )
            attach(made, kms)
            return made

        return cls(name, kms, Clients(make), clock)

    @classmethod
    @contextmanager
    def over_http(cls, backend: Backend | None, name: str) -> Iterator[Strict]:
        """The rules behind the HTTP door, which is open as long as the block."""
        clock = TrialClock()
        kms = _front(backend, clock)
        with served(product_app(kms)) as address:
            yield cls(name, kms, clients_of(address, knows_signers=True), clock)

    def client(self, region: str, by: Who = "caller") -> Any:
        """Of the front's own account, unless said otherwise."""
        return self.clients(region, by)

    def principal(self, account: str) -> str:
        """As the front names whoever signs."""
        return _PRINCIPAL

    def turn(self, switch: Switch) -> None:
        """By the front's own switches."""
        if switch.what == "state":
            self.kms.set_state(switch.key, switch.value)
        elif switch.what == "forget":
            self.kms.forget(switch.key)
        elif switch.what == "deny":
            self.kms.deny(switch.value)
            self._denied.append(switch.value)
        else:
            self.clock.stopped_at = time.time()
            self.kms.faults.add(parse("*:quota" if switch.what == "quota" else switch.value))

    def settle(self) -> None:
        """Allow again what a row denied, heal what it broke."""
        while self._denied:
            self.kms.allow(self._denied.pop())
        self.kms.faults.heal()
        self.clock.stopped_at = None

    def close(self) -> None:
        """Let go of the clients' connections."""
        self.clients.close()


def _front(backend: Backend | None, clock: TrialClock) -> Kms:
    """A front that knows every signer of a trial, each with a principal of its own."""
    kms = Kms(ACCOUNT, backend, clock=clock)
    principals: Mapping[Who, str] = {
        "caller": _PRINCIPAL,
        "stranger": f"arn:aws:iam::{STRANGER}:user/stranger",
        "expired": _PRINCIPAL,
    }
    for who, principal in principals.items():
        signer = SIGNERS[who]
        expires_at = 0.0 if who == "expired" else None
        kms.admit(Credential(signer.access_key_id, signer.secret, signer.token, principal, expires_at))
    return kms
