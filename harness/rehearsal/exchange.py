"""How a data subject's browser comes by a request's key: a session, then the exchange of rewrap-for-session."""

from __future__ import annotations

from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.rehearsal.rehearsal import Rehearsal


def key_of(r: Rehearsal, request_id: str, *, browser: Browser) -> tuple[bytes, str]:
    """The content key of a request as its data subject is handed it, or nothing and the cause."""
    login = r.exchange([r.cloud("POST", "login", {"audience": "data_subject", "subject": "data-subject"})])[0]
    if not login.ok:
        return b"", login.cause
    asked = {"session": login.json["session"], "publicKey": browser.public_key}
    answer = r.exchange([r.cloud("POST", f"requests/{request_id}/rewrap", asked)])[0]
    if not answer.ok:
        return b"", answer.cause
    try:
        key = browser.unwrap(answer.json)
    except CannotDecrypt:
        return b"", "tampered"
    r.ledger.keys.append(key)
    return key, ""
