"""The three roads to a finished request's files: data subject, API, CLI (G-16, G-17), and the archive (G-18)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from harness.artifacts import Artifact
from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.rehearsal.exchange import hand_over
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call

FINISHED = ("COMPLETED", "DOWNLOADABLE")


def try_roads(r: Rehearsal, moment: str) -> None:
    """Walk every road to one file of each finished status."""
    for status in FINISHED:
        requests = r.ledger.in_status(status)
        file = next((each for each in r.ledger.of("file") if requests and each.request == requests[0].name), None)
        if file is not None:
            _walk_all(r, moment, status, file)


def ask_what_is_pending(r: Rehearsal, moment: str) -> None:
    """As a silo that nobody calls asks what it has to do (sombra.md 6.24): one identifier of each request, in clear."""
    stated = {request.id: (request.email, request.core_identifier) for request in r.ledger.requests.values()}
    reply = r.exchange([r.customer.pending_requests("crm", "ACCESS")])[0]
    items = reply.json.get("items", []) if reply.ok else []
    told = [each["identifier"] in stated.get(str(each["requestId"]), ()) for each in items]
    ok = bool(told) and all(told)
    r.record("road", moment=moment, road="pending", status="", artifact="ACCESS", ok=ok, cause=reply.cause)


def try_roads_to_new_work(r: Rehearsal) -> None:
    """Walk every road to the newest file that the serving gateway made."""
    made = [each for each in r.ledger.of("file") if each.instance == r.serving]
    if made:
        _walk_all(r, "new-work", "", made[-1])


def read_back(r: Rehearsal, moment: str) -> None:
    """Read each old request through the gateway: what can be seen needs no key (G-21)."""
    old = [request for request in r.ledger.requests.values() if request.id]
    replies = r.exchange([r.customer.read(request.id) for request in old])
    shown = {
        request.name: reply.ok and (reply.json.get("id"), reply.json.get("email")) == (request.id, request.email)
        for request, reply in zip(old, replies, strict=True)
    }
    causes = sorted({reply.cause for reply in replies if not reply.ok})
    r.record("read-back", moment=moment, shown=sum(shown.values()), of=len(shown), causes=causes)


def _walk_all(r: Rehearsal, moment: str, status: str, file: Artifact) -> None:
    for road, walk in (("data_subject", _data_subject), ("api", _api), ("cli", _api), ("bare_cli", _bare_cli)):
        ok, cause = walk(r, file)
        r.record("road", moment=moment, road=road, status=status, artifact=file.name, ok=ok, cause=cause)


def _api(r: Rehearsal, file: Artifact) -> tuple[bool, str]:
    """Download keys, then the file, both headers sent: what the API reference says, and the CLI behind a relay."""
    listing = r.exchange([r.customer.download_keys(file.handle["id"])])[0]
    key = _key(listing.json, file)
    if not listing.ok or not key:
        return False, listing.cause or "not_listed"
    reply = r.exchange([r.customer.download(key)])[0]
    return reply.ok and hashlib.sha256(reply.body).hexdigest() == file.digest, reply.cause


def _bare_cli(r: Rehearsal, file: Artifact) -> tuple[bool, str]:
    """The CLI as it is: it drops the internal key (D-09)."""
    listing = r.exchange([r.customer.download_keys(file.handle["id"])])[0]
    reply = r.exchange([r.customer.download_as_bare_cli(_key(listing.json, file))])[0]
    return reply.ok, reply.cause


def _key(listing: Mapping[str, Any], file: Artifact) -> str:
    nodes = listing.get("nodes", [])
    return next((str(node["downloadKey"]) for node in nodes if node["fileName"] == file.handle["fileName"]), "")


def _data_subject(r: Rehearsal, file: Artifact) -> tuple[bool, str]:
    """Session, CEK exchange, ciphertext, decryption in the browser; the session is of before the cutover (G-11)."""
    browser, request = Browser(), file.handle["id"]
    sessions = [each.handle for each in r.ledger.of_latest("session", "before")]
    kept = next((each["token"] for each in sessions if each["audience"] == "data_subject"), "")
    handed = hand_over(r, request, browser=browser, session=kept)
    if handed.cause:
        return False, handed.cause
    listings = r.exchange([r.cloud("GET", f"requests/{request}/encrypted")])[0].json.get("files", [])
    listing = next((each for each in listings if each["fileName"] == file.handle["fileName"]), None)
    if listing is None:
        return False, "not_listed"
    ciphertext = r.exchange([r.cloud("GET", f"encrypted/{listing['fileId']}")])[0]
    try:
        plaintext = browser.decrypt(handed.key, listing, ciphertext.body)
    except CannotDecrypt:
        return False, "tampered"
    return hashlib.sha256(plaintext).hexdigest() == file.digest, ""


def archive(r: Rehearsal, *, statuses: tuple[str, ...], download: Callable[[str], Call] | None = None) -> None:
    """Download every file of the statuses and prove the archive: expected, written, hashing right; skips listed.

    Expected is what was uploaded, not what a listing says: a listing that hides a file must not look complete.
    `download` spells the call for one key, as the client in question does; both headers are sent by default.
    """
    spelled = download or r.customer.download
    requests = r.ledger.in_status(*statuses)
    names = {request.name for request in requests}
    files = {
        (each.handle["id"], each.handle["fileName"]): each for each in r.ledger.of("file") if each.request in names
    }
    listings = r.exchange([r.customer.download_keys(request.id) for request in requests])
    keys = [
        (request, node)
        for request, listing in zip(requests, listings, strict=True)
        for node in listing.json.get("nodes", [])
    ]
    replies = r.exchange([spelled(str(node["downloadKey"])) for _, node in keys])
    listed = {(request.id, str(node["fileName"])) for request, node in keys}
    written, verified, described = 0, 0, 0
    skipped: list[list[str | None]] = []
    for (request, node), reply in zip(keys, replies, strict=True):
        if not reply.ok:
            skipped.append([request.name, str(node["fileName"]), reply.cause])
            continue
        written += 1
        known = files.get((request.id, str(node["fileName"])))
        verified += known is not None and hashlib.sha256(reply.body).hexdigest() == known.digest
        described += known is not None and _is_described(node, known)
    skipped += [[files[each].request, each[1], "not_listed"] for each in files if each not in listed]
    r.record(
        "archive",
        statuses=list(statuses),
        expected=len(files),
        written=written,
        verified=verified,
        described=described,
        skipped=skipped,
        paged=all(
            _is_paged(r, first.id, [node["fileName"] for request, node in keys if request == first])
            for first in requests[:1]
        ),
    )


def _is_paged(r: Rehearsal, request_id: str, names: list[str]) -> bool:
    """Whether pages of one file each, one after the other, tell the same files."""
    pages = [r.customer.download_keys(request_id, limit=1, offset=offset) for offset in range(len(names))]
    told = [[node["fileName"] for node in page.json.get("nodes", [])] for page in r.exchange(pages)]
    return told == [[name] for name in names]


def _is_described(node: Mapping[str, Any], file: Artifact) -> bool:
    """The listing names the size and the kind that the file has."""
    return (node.get("size"), node.get("mimetype")) == (str(len(file.plaintext)), file.handle["mimetype"])
