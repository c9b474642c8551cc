"""What an in-flight request tries next, status by status (claims.md, "The shape of the proof")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.artifacts import Submitted
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, control

NEXT_STEPS: Mapping[str, tuple[str, ...]] = {
    "REQUEST_MADE": ("enrich",),
    "ENRICHING": ("enrich",),
    "ON_HOLD": ("open-context",),
    "WAITING": ("open-context",),
    "COMPILING": ("answer", "datapoint"),
    "APPROVING": ("download",),
    "DELAYED": ("download",),
    "SECONDARY": ("confirm",),
    "SECONDARY_APPROVING": ("confirm",),
}
_PROFILE, _PROFILES = {"note": "rehearsal"}, ("p1", "p2")
_LATE, _UPLOAD = "late.bin", b"late upload"


def try_next_steps(r: Rehearsal, moment: str, *, made_before: str = "after-") -> None:
    """Try the next step of one request in each status that no `after` gateway made; record what moved nevertheless."""
    old = {each.request for each in r.ledger.of("request") if not each.instance.startswith(made_before)}
    for request in _first_of_each([each for each in r.ledger.in_status(*NEXT_STEPS) if each.name in old]):
        for step in NEXT_STEPS[request.status]:
            before = _standing(r, request)
            reply = r.exchange([_call(r, request, step)])[0]
            after = _standing(r, request)
            r.record(
                "next-step",
                moment=moment,
                request=request.name,
                status=request.status,
                step=step,
                ok=reply.ok,
                cause=reply.cause,
                http=reply.status,
                unchanged=before == after,
            )


def _first_of_each(requests: Iterable[Submitted]) -> list[Submitted]:
    """One for each status, for every attempt is looked at from four sides."""
    first: dict[str, Submitted] = {}
    for request in requests:
        first.setdefault(request.status, request)
    return list(first.values())


def _standing(r: Rehearsal, request: Submitted) -> tuple[Any, ...]:
    """Status and number of rows: what "nothing is half done" is measured on."""
    listing = r.exchange(
        [
            r.cloud("GET", f"requests/{request.id}"),
            r.cloud("GET", f"requests/{request.id}/contexts"),
            r.cloud("GET", f"requests/{request.id}/identifiers"),
            control("transcend-control", "GET", "/counts"),
        ]
    )
    status, contexts, identifiers, counts = (reply.json for reply in listing)
    return status.get("status"), len(contexts["contexts"]), len(identifiers["sets"]), str(sorted(counts.items()))


def _call(r: Rehearsal, request: Submitted, step: str) -> Call:
    nonce = r.ledger.token("nonce", request.name)
    match step:
        case "enrich":
            return r.customer.enrich(nonce, request.found)
        case "open-context":
            return r.cloud("POST", f"requests/{request.id}/resume", {})
        case "answer":
            return r.customer.answer(nonce, [{"profileId": each, "profileData": _PROFILE} for each in _PROFILES])
        case "datapoint":
            return r.customer.datapoint(nonce, _LATE, _UPLOAD)
        case "confirm":
            return r.customer.confirm(nonce)
        case _:
            return r.customer.download(r.ledger.token("download_key", request.name))


def read_what_came_of_it(r: Rehearsal) -> None:
    """Read back what the steps have written: what was found, what a silo answered, what it attached."""
    enriched = r.ledger.in_status("REQUEST_MADE", "ENRICHING")[0]
    identifiers = r.need("identifiers", [r.customer.identifiers(enriched.id)])[0].json["identifiers"]
    answered = r.ledger.in_status("COMPILING")[0]
    nodes = r.need("download keys", [r.customer.download_keys(answered.id)])[0].json["nodes"]
    keys = {str(each["fileName"]): str(each["downloadKey"]) for each in nodes}
    names = (*(f"{profile}.json" for profile in _PROFILES), _LATE)
    *profiles, late = r.exchange([r.customer.download(keys.get(name, "")) for name in names])
    r.record(
        "came-of-it",
        enriched=enriched.found in {each.get("value") for each in identifiers},
        answered=all(each.ok and each.json == _PROFILE for each in profiles),
        attached=late.ok and late.body == _UPLOAD,
    )


def in_flight_count(r: Rehearsal, moment: str) -> int:
    """How many requests Transcend holds in flight now."""
    wanted = ",".join(NEXT_STEPS)
    reply = r.exchange([r.cloud("GET", f"requests?first=1&status={wanted}")])[0]
    count = int(reply.json.get("totalCount", -1))
    r.record("in-flight", moment=moment, count=count)
    return count
