"""How a data subject's browser comes by a request's key: a session, then the exchange of rewrap-for-session."""

from __future__ import annotations

from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call


def key_of(r: Rehearsal, request_id: str, *, browser: Browser, session: str = "") -> tuple[bytes, str]:
    """The content key of a request as its data subject is handed it, or nothing and the cause.

    `session` is one that the data subject has already; without it they log in first.
    """
    if not session:
        login = r.exchange([r.cloud("POST", "login", {"audience": "data_subject", "subject": "data-subject"})])[0]
        if not login.ok:
            return b"", login.cause
        session = str(login.json["session"])
    answer = r.exchange([asked_for_key(r, request_id, browser=browser, session=session)])[0]
    if not answer.ok:
        return b"", answer.cause
    try:
        key = browser.unwrap(answer.json)
    except CannotDecrypt:
        return b"", "tampered"
    r.ledger.keys.append(key)
    return key, ""


def asked_for_key(r: Rehearsal, request_id: str, *, browser: Browser, session: str) -> Call:
    """The call by which a browser with a session asks for a request's key."""
    return r.cloud("POST", f"requests/{request_id}/rewrap", {"session": session, "publicKey": browser.public_key})
