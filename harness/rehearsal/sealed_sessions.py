"""Sessions that browsers seal towards the gateway's exchange key, before, after and back (docs/wire.md, `dhEncrypted`).

A page may be open over the cutover: what it seals towards the key it fetched must still be understood.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.artifacts import Submitted
from harness.rehearsal.browser import Browser, CannotDecrypt
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, Reply

_ENDS = {"before": "", "after": "wrong_provider", "rollback": ""}


@dataclass(frozen=True, slots=True)
class Page:
    """Whose session a page holds, the exchange key it fetched, and the cause it must be refused with."""

    name: str
    audience: str
    subject: str
    towards: str
    cause: str


def exchange_over_the_cutover(r: Rehearsal) -> None:
    """Under each environment: the exchange key that is published, and what comes of each page."""
    requests = [r.ledger.requests[str(each.request)] for each in r.ledger.of_latest("request", "before")[:2]]
    published: list[str] = []
    for environment, cause in _ENDS.items():
        r.must_start(environment)
        answer = r.need("exchange key", [_ingress(r, "exchange-key", {})])[0]
        key = str(answer.json["publicKeyECDH"])
        published += [key] if key not in published else []
        number = published.index(key)
        r.record("exchange-key", environment=environment, instance=r.serving, number=number)
        for page in _pages(requests, key, published[0], cause):
            _hand_over(r, environment, requests[0], page)
        r.stop()


def _pages(requests: list[Submitted], now: str, at_first: str, cause: str) -> Iterator[Page]:
    own, other = (each.core_identifier for each in requests)
    yield Page("a page that has just been opened", "data_subject", own, now, cause)
    yield Page("a page that was open before", "data_subject", own, at_first, cause)
    yield Page("an employee's page", "employee", "employee", now, cause)
    yield Page("another data subject's page", "data_subject", other, now, "not_authenticated")


def _hand_over(r: Rehearsal, environment: str, request: Submitted, page: Page) -> None:
    browser, held = Browser(), r.need("read a request", [r.cloud("GET", f"requests/{request.id}")])[0].json
    made = {"audience": page.audience, "subject": page.subject}
    session = str(r.need("log in", [r.cloud("POST", "login", made)])[0].json["session"])
    asked = {
        "requestId": request.id,
        "encryptedCEKContext": held["encryptedCEKContext"],
        "dhEncrypted": browser.sealed(session, page.towards),
        "audience": page.audience,
    }
    reply = r.exchange([_ingress(r, "rewrap-for-session", asked)])[0]
    r.record(
        "sealed-session",
        environment=environment,
        name=page.name,
        expected=page.cause,
        ok=reply.ok and _is_opened(r, browser, reply),
        cause=reply.cause,
        status=reply.status,
    )


def _is_opened(r: Rehearsal, browser: Browser, reply: Reply) -> bool:
    try:
        r.ledger.keys.append(browser.unwrap(reply.json))
    except CannotDecrypt:
        return False
    return True


def _ingress(r: Rehearsal, route: str, document: Mapping[str, object]) -> Call:
    headers = {"content-type": "application/json", "x-fake-ingress-secret": r.secrets.ingress_secret}
    return Call("POST", "ingress", f"/fake/v1/{route}", headers, json.dumps(document).encode())
