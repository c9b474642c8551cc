"""How long tokens live: an hour of a download key, the spans of sessions; the clock is set on, nobody waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.rehearsal.browser import Browser
from harness.rehearsal.exchange import asked_for_key
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, Reply

HOUR_S, DAY_S = 3600, 86_400
_LATE_S = 60
SPANS = {"EMPLOYEE_SESSION_EXPIRY_TIME": "2 hours", "DATA_SUBJECT_SESSION_EXPIRY_TIME": "3 hours"}
_SET = {"employee": 2 * HOUR_S, "data_subject": 3 * HOUR_S}
_BY_DEFAULT = {"employee": 3 * HOUR_S, "data_subject": 5 * DAY_S}  # sombra.md 2
_CLOCK = "FAKE_SOMBRA_CLOCK_OFFSET_S"
_AGES_S = (
    HOUR_S - _LATE_S,
    HOUR_S + _LATE_S,
    2 * HOUR_S + _LATE_S,
    3 * HOUR_S + _LATE_S,
    5 * DAY_S - _LATE_S,
    400 * DAY_S,  # a rollback may come late, and brings back what was wrapped all the same (G-23)
)


@dataclass(frozen=True, slots=True)
class Ageing:
    """A token, how it is used, and for how many seconds it must be taken; None for a token without an end."""

    name: str
    call: Call
    lasts_s: int | None


def watch_tokens_age(r: Rehearsal) -> None:
    """Make one token of each kind, then use all of them before and after the end of each span."""
    r.must_start("before", changed=dict.fromkeys(SPANS))
    tokens = [*_sessions(r, "{} session by default", _BY_DEFAULT)]
    r.stop()
    r.must_start("before", changed=SPANS)
    tokens += [*_sessions(r, "{} session", _SET), *_others(r)]
    _use(r, tokens, 0)
    for age_s in _AGES_S:
        r.stop()
        r.must_start("before", changed={**SPANS, _CLOCK: str(age_s)})
        _use(r, tokens, age_s)


def _sessions(r: Rehearsal, name: str, spans: Mapping[str, int]) -> Iterator[Ageing]:
    """One of each audience, and the data subject's where it is worth a request's key."""
    for audience, lasts_s in spans.items():
        session = r.need("log in", [_login(r, audience, subject="s")])[0].json["session"]
        yield Ageing(name.format(audience), _login(r, audience, session=session), lasts_s)
        if audience == "data_subject":
            request = r.ledger.of_latest("request", "before")[0].handle["id"]
            asked = asked_for_key(r, request, browser=Browser(), session=session)
            yield Ageing(f"browser's key by a {name.format(audience)}", asked, lasts_s)


def _others(r: Rehearsal) -> list[Ageing]:
    nonce, key = (r.ledger.of(kind)[0].handle["token"] for kind in ("nonce", "download_key"))
    request, integration = (r.ledger.of_latest(kind, "before")[0].handle for kind in ("request", "integration"))
    proxied = {"path": "/me", "contextId": integration["contextId"]}
    return [
        Ageing("nonce", r.customer.answer(nonce, []), None),
        Ageing("download key", r.customer.download(key), HOUR_S),
        Ageing("request", r.cloud("POST", f"requests/{request['id']}/open", {}), None),
        Ageing("integration", r.cloud("POST", f"integrations/{integration['id']}/proxy", proxied), None),
    ]


def _login(r: Rehearsal, audience: str, **told: str) -> Call:
    return r.cloud("POST", "login", {"audience": audience, **told})


def _use(r: Rehearsal, tokens: Sequence[Ageing], age_s: int) -> None:
    replies: list[Reply] = r.exchange([each.call for each in tokens])
    for token, reply in zip(tokens, replies, strict=True):
        has_ended = token.lasts_s is not None and age_s >= token.lasts_s
        r.record(
            "aged",
            name=token.name,
            age_s=age_s,
            expected="token_expired" if has_ended else "",
            ok=reply.ok,
            cause=reply.cause,
        )
