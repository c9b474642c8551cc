"""How a data subject's browser comes by a request's key: a session, then the exchange of rewrap-for-session."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field

from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a browser was handed: the content key and the IV it was sealed with, or nothing and the cause."""

    key: bytes = field(default=b"", repr=False)
    iv: bytes = b""
    cause: str = ""


def hand_over(r: Rehearsal, request_id: str, *, browser: Browser, session: str = "") -> HandedOver:
    """Exchange keys; what is handed over is kept, for nobody else may say it.

    `session` is one that the data subject has already; without it they log in first.
    """
    if not session:
        login = r.exchange([r.cloud("POST", "login", {"audience": "data_subject", "subject": "data-subject"})])[0]
        if not login.ok:
            return HandedOver(cause=login.cause)
        session = str(login.json["session"])
    answer = r.exchange([asked_for_key(r, request_id, browser=browser, session=session)])[0]
    if not answer.ok:
        return HandedOver(cause=answer.cause)
    try:
        key = browser.unwrap(answer.json)
    except CannotDecrypt:
        return HandedOver(cause="tampered")
    r.ledger.keys.append(key)
    return HandedOver(key, b64decode(str(answer.json["decryptionContext"]["iv"])))


def asked_for_key(r: Rehearsal, request_id: str, *, browser: Browser, session: str) -> Call:
    """The call by which a browser with a session asks for a request's key."""
    return r.cloud("POST", f"requests/{request_id}/rewrap", {"session": session, "publicKey": browser.public_key})
