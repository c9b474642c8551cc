"""A KMS on trial as it is: whatever a row needs must be brought about by calls that AWS has too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from harness.conformance.row import Switch
from harness.conformance.scene import Refusal
from harness.conformance.subject import CannotEvaluate, NotExpressible
from harness.targets.trial.clients import Clients

_NO_CALL: Final = {
    "forget": "no call deletes a key before its waiting time of seven days is over",
    "PendingImport": "no call takes the material of an ordinary key away",
    "Unavailable": "no call makes a key unavailable",
}


@dataclass(slots=True)
class Bare:
    """A `Subject` behind the public interface; `stranger` makes a client of a second account, where there is one."""

    name: str
    clients: Clients
    stranger: Callable[[str], Any] | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)

    def client(self, region: str) -> Any:
        """Of the first account."""
        return self.clients[region]

    def stranger_key(self, region: str) -> str:
        """A key that the second account makes for itself."""
        if self.stranger is None:
            raise NotExpressible("there is no second account to make a key in")
        stranger = self.stranger(region)
        return str(_done(stranger.create_key)["KeyMetadata"]["Arn"])

    def principal(self, account: str) -> str:
        """No emulator tells; AWS' own words name the caller."""
        return f"arn:aws:iam::{account}:root"

    def turn(self, switch: Switch) -> None:
        """By calls; a missing permission becomes an explicit deny in the key's own policy."""
        kind = switch.value if switch.what == "state" else switch.what
        if kind in _NO_CALL:
            raise NotExpressible(_NO_CALL[kind])
        if switch.key == "*":
            raise NotExpressible("no key policy covers an action without a key, and emulators keep no other")
        client = self.clients[switch.key.split(":")[3]]
        key = switch.key.rpartition("/")[2]
        calls: dict[str, Callable[[], Any]] = {
            "Disabled": lambda: client.disable_key(KeyId=key),
            "PendingDeletion": lambda: client.schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
            "deny": lambda: client.put_key_policy(KeyId=key, PolicyName="default", Policy=_denying(switch.value)),
        }
        _done(calls[kind])

    def settle(self) -> None:
        """Nothing: every row has keys of its own."""

    def close(self) -> None:
        """Let go of the clients' connections."""
        self.clients.close()


def _denying(action: str) -> str:
    """A key policy that allows everything but one action."""
    everything = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    one = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [everything, one]})


def _done(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise Refusal(code, "", error.response["ResponseMetadata"]["HTTPStatusCode"]) from error
    except BotoCoreError as error:
        raise CannotEvaluate(f"the KMS could not be reached: {error}") from error
