"""What the trial needs of a KMS that is tried: clients, and whatever of a row no call can bring about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from harness.conformance.row import Switch, Who


class NotExpressible(Exception):
    """A KMS gives no way to set the row up; the message is the reason."""


class CannotEvaluate(Exception):
    """The KMS cannot be reached or is no KMS; the message says what happened and what to do."""


class Subject(Protocol):
    """One KMS on trial; rows share it, each with keys of its own."""

    @property
    def name(self) -> str:
        """As reports and ledgers call it, version included."""
        ...

    @property
    def lacks(self) -> Mapping[str, str]:
        """Operations that it does not claim to have, each with the reason."""
        ...

    def client(self, region: str, by: Who = "caller") -> Any:
        """A boto3 client, without client-side checks and without retries; raises `NotExpressible`."""
        ...

    def principal(self, account: str) -> str:
        """The ARN under which the KMS knows the caller."""
        ...

    def turn(self, switch: Switch) -> None:
        """Bring a switch about, its names filled in; raises `NotExpressible`."""
        ...

    def settle(self) -> None:
        """Undo the switches of a row; called after each."""
        ...
