"""Wrong doors of the routes that few call, internal keys that are not read, refusals of which no log tells."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import Refusal
from fake_sombra.gateway.authentication import CustomerDoor, TranscendDoor
from fake_sombra.gateway.calls import Call
from fake_sombra.gateway.edge import Edge
from harness.mutants.mutant import Patches, mutant


def _open(patches: Patches, door: type, part: str) -> None:
    """Routes that hold this in their path ask for no key and no secret."""

    def around(original: Any) -> Any:
        def admit(self: Any, call: Call) -> None:
            if part not in call.scope["path"]:
                original(self, call)

        return admit

    patches.wrap(door, "admit", around)


@mutant("pages-for-anybody", breaks="G-16 G-17", killed_by="doors-are-shut")
def pages_for_anybody(patches: Patches) -> None:
    """Pages of a data point came later than the rest, and their route asks for no internal key."""
    _open(patches, CustomerDoor, "/v1/datapoint-chunked")


@mutant("pending-requests-for-anybody", breaks="G-16 G-17", killed_by="doors-are-shut")
def pending_requests_for_anybody(patches: Patches) -> None:
    """A silo's pending requests, identifiers and all, are handed to whoever holds an API key."""
    _open(patches, CustomerDoor, "/pending-requests/")


@mutant("code-signed-for-anybody", breaks="G-16 G-17", killed_by="doors-are-shut")
def code_signed_for_anybody(patches: Patches) -> None:
    """Custom functions are signed for whoever asks."""
    _open(patches, CustomerDoor, "/v1/custom/sign")


@mutant("re-signed-for-anybody", breaks="G-16 G-17", killed_by="doors-are-shut")
def re_signed_for_anybody(patches: Patches) -> None:
    """Contexts and integrations are signed anew without the ingress secret."""
    _open(patches, TranscendDoor, "/re-sign-")


@mutant("exchange-key-for-anybody", breaks="G-16 G-17", killed_by="doors-are-shut")
def exchange_key_for_anybody(patches: Patches) -> None:
    """The exchange key is shown without the ingress secret, as if it were the public signing key."""
    _open(patches, TranscendDoor, "/exchange-key")


@mutant("last-internal-key-only", breaks="G-16", killed_by="doors-are-shut")
def last_internal_key_only(patches: Patches) -> None:
    """Of several hashes in INTERNAL_KEY_HASH only the last one admits, so that a rotation shuts callers out."""

    def around(original: Any) -> Any:
        def init(self: CustomerDoor, *, internal_key_hashes: Any, log: Any) -> None:
            original(self, internal_key_hashes=internal_key_hashes[-1:], log=log)

        return init

    patches.wrap(CustomerDoor, "__init__", around)


def _unlogged(patches: Patches, is_kept_back: Any) -> None:
    """Refusals of which this is true leave no line."""

    def around(original: Any) -> Any:
        def log(self: Edge, call: Call, refusal: Refusal, where: Any, *, status: int, call_id: str) -> None:
            if not is_kept_back(refusal, status):
                original(self, call, refusal, where, status=status, call_id=call_id)

        return log

    patches.wrap(Edge, "_log_refusal", around)


@mutant("client-errors-unlogged", breaks="G-22", killed_by="refusals-are-logged")
def client_errors_unlogged(patches: Patches) -> None:
    """A refusal for which the caller is to blame leaves no line, though a dropped key shows as just that."""
    _unlogged(patches, lambda refusal, status: refusal.status < 500)


@mutant("broken-off-unlogged", breaks="G-22", killed_by="refusals-are-logged")
def broken_off_unlogged(patches: Patches) -> None:
    """A download that breaks off because its tag does not fit leaves no line: its status was 200."""
    _unlogged(patches, lambda refusal, status: status == 200)
