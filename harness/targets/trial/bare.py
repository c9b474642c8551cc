"""A KMS on trial as it is: whatever a row needs must be brought about by calls that AWS has too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from harness.conformance.row import Switch, Who
from harness.conformance.scene import Refusal
from harness.conformance.subject import CannotEvaluate, NotExpressible
from harness.targets.trial.clients import Clients

_NO_CALL: Final = {
    "forget": "no call deletes a key before its waiting time of seven days is over",
    "PendingImport": "no call takes the material of an ordinary key away",
    "Unavailable": "no call makes a key unavailable",
    "fault": "no call makes a KMS fail",
}


@dataclass(slots=True)
class Bare:
    """A `Subject` behind the public interface; `known_as` is the caller's ARN, where the KMS tells it.

    What `is_throttled` has real quotas, and clients that wait and try again.
    """

    name: str
    clients: Clients
    known_as: str | None = None
    is_throttled: bool = False
    lacks: Mapping[str, str] = field(default_factory=dict)

    def client(self, region: str, by: Who = "caller") -> Any:
        """Of the first account, unless said otherwise."""
        return self.clients(region, by)

    def principal(self, account: str) -> str:
        """No emulator tells; AWS' own words name the caller."""
        return self.known_as or f"arn:aws:iam::{account}:root"

    def turn(self, switch: Switch) -> None:
        """By calls; a missing permission becomes an explicit deny in the key's own policy."""
        kind = switch.value if switch.what == "state" else switch.what
        if kind == "quota" and self.is_throttled:
            raise NotExpressible("its clients try again whatever is throttled")
        if kind == "quota":
            return  # AWS' own are always in force; whoever has none shows it
        if kind in _NO_CALL:
            raise NotExpressible(_NO_CALL[kind])
        if switch.key == "*":
            raise NotExpressible("no key policy covers an action without a key, and emulators keep no other")
        client = self.clients(switch.key.split(":")[3])
        key = switch.key.rpartition("/")[2]
        calls: dict[str, Callable[[], Any]] = {
            "Disabled": lambda: client.disable_key(KeyId=key),
            "PendingDeletion": lambda: client.schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
            "deny": lambda: client.put_key_policy(
                KeyId=key, PolicyName="default", Policy=_denying(switch.value, switch.key.split(":")[4])
            ),
        }
        _done(calls[kind])

    def settle(self) -> None:
        """Nothing: every row has keys of its own."""

    def close(self) -> None:
        """Let go of the clients' connections."""
        self.clients.close()


def _denying(action: str, account: str) -> str:
    """A key policy that allows everything but one action to its own account, and nothing to any other."""
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    everything = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
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
