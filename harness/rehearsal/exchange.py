"""How a data subject's browser comes by a request's key: a session, then the exchange of rewrap-for-session."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field

from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, Reply


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
    return taken(r, browser, answer)


def taken(r: Rehearsal, browser: Browser, answer: Reply) -> HandedOver:
    """What a browser makes of an answer that hands a key over; the key is known from then on."""
    try:
        key = browser.unwrap(answer.json)
    except CannotDecrypt:
        return HandedOver(cause="tampered")
    r.ledger.keys.append(key)
    return HandedOver(key, b64decode(str(answer.json["decryptionContext"]["iv"])))


def asked_for_key(r: Rehearsal, request_id: str, *, browser: Browser, session: str) -> Call:
    """The call by which a browser with a session asks for a request's key."""
    return r.cloud("POST", f"requests/{request_id}/rewrap", {"session": session, "publicKey": browser.public_key})


def context_of(r: Rehearsal, request_id: str) -> str:
    """The context of a request, as Transcend's cloud keeps it; StepFailed where the request cannot be read."""
    return str(r.need("read a request", [r.cloud("GET", f"requests/{request_id}")])[0].json["encryptedCEKContext"])


def logged_in(r: Rehearsal, audience: str, subject: str) -> str:
    """A new session; StepFailed where the login is refused."""
    login = r.cloud("POST", "login", {"audience": audience, "subject": subject})
    return str(r.need("log in", [login])[0].json["session"])
