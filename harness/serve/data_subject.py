"""What a data subject's browser is handed for a request: ciphertext addresses and what opens them (clients.md 8).

The key is had as a browser has it: a session, then the request's CEK over an ECDH exchange with the gateway.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.serve.hands_on import HandsOn
from harness.serve.refusal import PassedOn
from harness.target import Reply

_SUBJECT = "hands-on-data-subject"
_MOST = 256 * 1024 * 1024  # a larger file is handed out without its digest


def handed_out(hands: HandsOn, request_id: str) -> list[dict[str, Any]]:
    """`{url, key, iv, authTag, sha256, size, mimetype}` for each file; raises `PassedOn` when no key can be had.

    A restarted request may hold files of several contexts; those that do not open stand there without a key, with
    the gateway's error.
    """
    cloud, browser = hands.r.cloud, Browser()
    files: list[Mapping[str, Any]] = hands.must(cloud("GET", f"requests/{request_id}/encrypted")).json["files"]
    login = cloud("POST", "login", {"audience": "data_subject", "subject": _SUBJECT})
    asked = {"session": hands.must(login).json["session"], "publicKey": browser.public_key}
    contexts = list(dict.fromkeys(str(file["contextId"]) for file in files))
    named = [{"contextId": context} for context in contexts] or [{}]
    replies = hands.ask(*(cloud("POST", f"requests/{request_id}/rewrap", {**asked, **each}) for each in named))
    if not any(reply.ok for reply in replies):
        raise PassedOn(replies[0])
    by_context = dict(zip(contexts, replies, strict=False))
    return [_entry(hands, browser, file, by_context[str(file["contextId"])]) for file in files]


def _entry(hands: HandsOn, browser: Browser, file: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    about = {"url": file["url"], "size": file["size"], "mimetype": file["mimetype"]}
    if not reply.ok:
        return {**about, "error": {"code": reply.cause, "message": PassedOn(reply).message}}
    key = browser.unwrap(reply.json)
    return {
        **about,
        "key": b64encode(key).decode(),
        "iv": file["iv"],
        "authTag": file["authTag"],
        "sha256": _digest(hands, key, file),
    }


def _digest(hands: HandsOn, key: bytes, file: Mapping[str, Any]) -> str | None:
    """Of the plaintext, by really opening it; None for a ciphertext that was damaged."""
    if int(file["size"]) > _MOST:
        return None
    ciphertext = hands.must(hands.r.cloud("GET", f"encrypted/{file['fileId']}")).body
    try:
        return hashlib.sha256(Browser.decrypt(key, file, ciphertext)).hexdigest()
    except CannotDecrypt:
        return None
