"""Sessions that browsers seal towards the gateway's exchange key, before, after and back (docs/wire.md, `dhEncrypted`).

A page may be open over the cutover: what it seals towards the key it fetched must still be understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.artifacts import Submitted
from harness.rehearsal.browser import Browser
from harness.rehearsal.exchange import context_of, logged_in, taken
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.wire import Ingress

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
        answer = r.need("exchange key", [Ingress(r.secrets)("exchange-key", {})])[0]
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
    browser, context = Browser(), context_of(r, request.id)
    session = logged_in(r, page.audience, page.subject)
    asked = {
        "requestId": request.id,
        "encryptedCEKContext": context,
        "dhEncrypted": browser.sealed(session, page.towards),
        "audience": page.audience,
    }
    reply = r.exchange([Ingress(r.secrets)("rewrap-for-session", asked)])[0]
    r.record(
        "sealed-session",
        environment=environment,
        name=page.name,
        expected=page.cause,
        ok=reply.ok and not taken(r, browser, reply).cause,
        cause=reply.cause,
        status=reply.status,
    )
