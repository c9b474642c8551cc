"""The strict front on trial: the rules behind either door, with the switches of a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from fake_sombra.kms import Kms
from fake_sombra.kms.door_botocore import client as door_client
from fake_sombra.kms.material import Backend
from harness.conformance.row import Switch
from harness.targets.trial.clients import ACCESS_KEY, CONFIG, STRANGER, Clients

ACCOUNT: Final = "111122223333"
_LACKS: Final = {
    "PutKeyPolicy": "the front takes its policies from the rehearsal, not from callers",
    "Verify": "the front keeps no material of asymmetric keys; the gateway signs nothing with the KMS (G-13)",
}


@dataclass(slots=True)
class Strict:
    """A `Subject` over a `Kms`; `clients` decides through which door it is called."""

    name: str
    kms: Kms
    clients: Clients
    lacks: Mapping[str, str] = field(default_factory=lambda: _LACKS)
    _denied: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, backend: Backend | None, name: str) -> Strict:
        """The rules behind the door for callers in this process."""
        kms = Kms(ACCOUNT, backend)
        return cls(
            name,
            kms,
            Clients(lambda region: door_client(kms, region=region, access_key_id=ACCESS_KEY, config=CONFIG)),
        )

    def client(self, region: str) -> Any:
        """Of the front's own account."""
        return self.clients[region]

    def stranger_key(self, region: str) -> str:
        """A key of an account that shares nothing."""
        return self.kms.add_key(f"arn:aws:kms:{region}:{STRANGER}:key/{uuid4()}").arn

    def principal(self, account: str) -> str:
        """As the front names whoever signs."""
        return f"arn:aws:iam::{account}:user/{ACCESS_KEY}"

    def turn(self, switch: Switch) -> None:
        """By the front's own switches."""
        if switch.what == "state":
            self.kms.set_state(switch.key, switch.value)
        elif switch.what == "forget":
            self.kms.forget(switch.key)
        else:
            self.kms.deny(switch.value)
            self._denied.append(switch.value)

    def settle(self) -> None:
        """Allow again what a row denied."""
        while self._denied:
            self.kms.allow(self._denied.pop())

    def close(self) -> None:
        """Let go of the clients' connections."""
        self.clients.close()
