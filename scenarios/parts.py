"""Pieces of the guide that several scenarios share: how a Sombra of today looks, how it is stopped and validated."""

from __future__ import annotations

from harness.model import LOADED
from harness.rehearsal.in_flight import in_flight_count
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.seed import IN_FLIGHT, Seeder

SAMPLE = ("COMPILING", "COMPLETED", "APPROVING", "DOWNLOADABLE")


def todays_sombra(r: Rehearsal, seed: int) -> None:
    """A Local Sombra with requests in all sixteen statuses, files, tokens, integrations and sessions."""
    what_older_keys_left(r, seed)
    r.must_start("before")
    Seeder(r, seed).everything(r.requests)
    r.look_at_health()


def what_older_keys_left(r: Rehearsal, seed: int) -> None:
    """What was made while the later entries of the list stood first, oldest first: a migration may forget it (D-05)."""
    keys = r.environments["before"].get("JWT_ECDSA_KEY", "").split(",")[:LOADED]
    for place in reversed(range(1, len(keys))):
        r.must_start("before", changed={"JWT_ECDSA_KEY": ",".join(keys[place:])})
        Seeder(r, seed).left_behind()
        r.stop()


def new_work(r: Rehearsal, seed: int) -> None:
    """New requests, files, integrations and tokens under whatever provider lives now."""
    Seeder(r, seed).everything(2, statuses=("COMPILING", "APPROVING"))


def functional_probe(r: Rehearsal, seed: int, moment: str, *, is_bare: bool = False) -> None:
    """Wrap and unwrap one new CEK: a test request is submitted and opened (G-19); bare, it gets no files and tokens."""
    before, known, stored = set(r.ledger.artifacts), len(r.ledger.requests), _requests(r)
    seeder, cause = Seeder(r, seed), ""
    try:
        request = seeder.bare_request() if is_bare else seeder.requests(("COMPILING",))[0]
        opened = r.exchange([r.cloud("POST", f"requests/{request.id}/open", {})])[0]
        cause = opened.cause
    except StepFailed as failure:
        cause = failure.cause
    left = _requests(r) - stored - (len(r.ledger.requests) - known)
    made = len(set(r.ledger.artifacts) - before)
    r.record("functional-probe", moment=moment, ok=cause == "", cause=cause, made=made, left=left)


def _requests(r: Rehearsal) -> int:
    """How many Transcend holds: one that was refused must not be among them."""
    return int(r.exchange([r.cloud("GET", "requests?first=1")])[0].json.get("totalCount", 0))


def drain(r: Rehearsal) -> None:
    """Approve what waits for approval, cancel what may be cancelled, let the rest finish."""
    for request in r.ledger.in_status(*IN_FLIGHT):
        if request.status == "APPROVING":
            r.need("approve", [r.cloud("POST", f"requests/{request.id}/approve", {})])
        elif request.status.startswith("SECONDARY"):
            nonce = r.ledger.token("nonce", request.name)
            r.need("confirm erasure", [r.customer.confirm(nonce)])
        else:
            r.need("cancel", [r.cloud("POST", f"requests/{request.id}/cancel", {})])
    in_flight_count(r, "drained")


__all__ = ["SAMPLE", "drain", "functional_probe", "new_work", "todays_sombra", "what_older_keys_left"]
