"""What is stored is damaged, one thing at a time, and asked for again: each must be refused as what it is."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from harness.artifacts import Artifact
from harness.rehearsal.browser import Browser
from harness.rehearsal.exchange import hand_over
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.wire import Ingress
from harness.target import CONNECTION_REFUSED, Call, Reply, control

_BLOCK = 64
_LARGE = (1 << 20) + (1 << 18)  # bytes: over what is verified before the status line (protocol.md)
_MIDDLING = 1 << 20  # the most that is verified before the status line
_HELD_BACK = 64 << 10


def damage_everything(r: Rehearsal, seed: int, *, made_by: str = "before") -> None:
    """Files of each size, sets, contexts and a consent identifier of an environment's gateway, each first as it was."""
    in_flight = {each.name for each in r.ledger.in_status("REQUEST_MADE", "COMPILING")}
    file = next(each for each in r.ledger.of_latest("file", made_by) if each.request in in_flight)
    hand_over(r, file.handle["id"], browser=Browser())  # known from now on, so that no refusal can say it unheard
    _damage_file(r, file)
    content = random.Random(seed).randbytes(_LARGE)  # noqa: S311  test content
    _damage_middling_file(r, file, content[:_MIDDLING])
    _damage_large_file(r, file, content)
    request = r.ledger.of_latest("request", made_by)[1].handle["id"]
    _damage(r, "identifier", request, r.customer.identifiers(request), cause="tampered")
    _damage(r, "context", request, r.cloud("POST", f"requests/{request}/open", {}), cause="signature_invalid")
    integration = r.ledger.of_latest("integration", made_by)[0].handle["id"]
    proxied = r.cloud("POST", f"integrations/{integration}/proxy", {"path": "/me"})
    _damage(r, "integration", integration, proxied, cause="signature_invalid")
    for consent in r.ledger.of("consent_identifier")[:1]:
        _damage_consent(r, consent.handle["identifier"])


def _damage_file(r: Rehearsal, file: Artifact) -> None:
    victim = _named(_encrypted(r, file.handle["id"]), file.handle["fileName"])
    _tamper(r, "file", victim["fileId"])
    answer = _download(r, file.handle["id"], file.handle["fileName"])
    _record(r, "a damaged file", answer, "tampered", leaked=file.plaintext[:_BLOCK] in answer.body)


def _damage_middling_file(r: Rehearsal, file: Artifact, content: bytes) -> None:
    """Verified before the status line, as an empty one is: nothing of it may leave."""
    request, nonce = file.handle["id"], r.ledger.token("nonce", str(file.request))
    uploads = {"empty.bin": b"", "middling.bin": content}
    r.need("upload further sizes", [r.customer.datapoint(nonce, name, each) for name, each in uploads.items()])
    for name, each in uploads.items():
        whole = _download(r, request, name)
        _record(r, f"a good {name}", whole, "" if whole.body == each else "whole", leaked=False)
    _tamper(r, "file", _named(_encrypted(r, request), "middling.bin")["fileId"])
    answer = _download(r, request, "middling.bin")
    _record(r, "a damaged middling.bin", answer, "tampered", leaked=content[:_BLOCK] in answer.body)


def _damage_large_file(r: Rehearsal, file: Artifact, content: bytes) -> None:
    """It has begun to leave when its tag is checked: only its end can still be held back."""
    request, name = file.handle["id"], "large.bin"
    nonce = r.ledger.token("nonce", str(file.request))
    r.need("upload a large file", [r.customer.datapoint(nonce, name, content)])
    whole = _download(r, request, name)
    r.read_logs()  # so that of what stands between the two events no line is another's
    _record(r, "a large file", whole, "" if whole.body == content else "whole", leaked=False)
    _tamper(r, "file", _named(_encrypted(r, request), name)["fileId"])
    answer = _download(r, request, name)
    r.read_logs()
    end = content[-_HELD_BACK:]
    leaked = any(end[at : at + _BLOCK] in answer.body for at in range(0, _HELD_BACK, _HELD_BACK // 4))
    _record(r, "a damaged large file", answer, CONNECTION_REFUSED, leaked=leaked)


def _damage(r: Rehearsal, kind: str, thing_id: str, call: Call, *, cause: str) -> None:
    _record(r, f"a good {kind}", r.exchange([call])[0], "", leaked=False)
    _tamper(r, kind, thing_id)
    _record(r, f"a damaged {kind}", r.exchange([call])[0], cause, leaked=False)


def _damage_consent(r: Rehearsal, identifier: str) -> None:
    """One character behind the colon is another, in what Transcend's cloud hands back to the gateway."""
    made = r.need("consent identifier", [r.cloud("POST", "consent/encrypt", {"identifier": identifier})])[0]
    name, colon, sealed = str(made.json["encrypted"]).rpartition(":")
    middle = len(sealed) // 2
    other = "B" if sealed[middle : middle + 1] == "A" else "A"
    damaged = f"{sealed[:middle]}{other}{sealed[middle + 1 :]}"
    for which, cause, text in (("good", "", sealed), ("damaged", "tampered", damaged)):
        asked = {"encrypted": f"{name}{colon}{text}", "identifier": identifier}
        answer = r.exchange([Ingress(r.secrets)("consent/lookup", asked)])[0]
        _record(r, f"a {which} consent identifier", answer, cause, leaked=False)


def _tamper(r: Rehearsal, kind: str, thing_id: str) -> None:
    asked = {"kind": kind, "id": thing_id, "how": "flip"}
    r.need("tamper", [control("transcend-control", "POST", "/tamper", asked)])


def _record(r: Rehearsal, what: str, answer: Reply, expected: str, *, leaked: bool) -> None:
    r.record("damaged", what=what, expected=expected, ok=answer.ok, cause=answer.cause, leaked=leaked)


def _download(r: Rehearsal, request_id: str, name: str) -> Reply:
    nodes = r.exchange([r.customer.download_keys(request_id)])[0].json["nodes"]
    return r.exchange([r.customer.download(_named(nodes, name)["downloadKey"])])[0]


def _encrypted(r: Rehearsal, request_id: str) -> Sequence[Mapping[str, str]]:
    files: Sequence[Mapping[str, str]] = r.exchange([r.cloud("GET", f"requests/{request_id}/encrypted")])[0].json[
        "files"
    ]
    return files


def _named(listing: Sequence[Mapping[str, str]], name: str) -> Mapping[str, str]:
    """The entry of a file in a listing; a listing without it ends the fork."""
    found = next((each for each in listing if each["fileName"] == name), None)
    if found is None:
        raise StepFailed(f"{name} is not listed")
    return found
