"""Pieces of the guide that several scenarios share: how a Sombra of today looks, how it is stopped and validated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.model import LOADED
from harness.rehearsal.in_flight import in_flight_count
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.seed import IN_FLIGHT, Seeder
from harness.target import control

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
    before = set(r.ledger.artifacts)
    seeder, cause = Seeder(r, seed), ""
    try:
        request = seeder.bare_request() if is_bare else seeder.requests(("COMPILING",))[0]
        opened = r.exchange([r.cloud("POST", f"requests/{request.id}/open", {})])[0]
        cause = opened.cause
    except StepFailed as failure:
        cause = failure.cause
    r.record("functional-probe", moment=moment, ok=cause == "", cause=cause, made=len(set(r.ledger.artifacts) - before))


@contextmanager
def what_is_left_counted(r: Rehearsal) -> Iterator[None]:
    """Record how many requests Transcend holds afterwards that nobody was told of."""
    before = _unknown_requests(r)
    try:
        yield
    finally:
        r.record("left", count=_unknown_requests(r) - before)


def _unknown_requests(r: Rehearsal) -> int:
    counts = r.exchange([control("transcend-control", "GET", "/counts")])[0].json
    return int(counts.get("requests", 0)) - len(r.ledger.requests)


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


__all__ = [
    "SAMPLE",
    "drain",
    "functional_probe",
    "new_work",
    "todays_sombra",
    "what_is_left_counted",
    "what_older_keys_left",
]
