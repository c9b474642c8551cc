"""How long tokens live: an hour of a download key, the spans of sessions; the clock is set on, nobody waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, Reply

HOUR_S = 3600
_LATE_S = 60
SPANS = {"EMPLOYEE_SESSION_EXPIRY_TIME": "2 hours", "DATA_SUBJECT_SESSION_EXPIRY_TIME": "3 hours"}
_CLOCK = "FAKE_SOMBRA_CLOCK_OFFSET_S"


@dataclass(frozen=True, slots=True)
class Ageing:
    """A token, how it is used, and for how many seconds it must be taken; None for a token without an end."""

    name: str
    call: Call
    lasts_s: int | None


def watch_tokens_age(r: Rehearsal) -> None:
    """Make one token of each kind, then use all of them before and after the end of each span."""
    r.must_start("before", changed=SPANS)
    tokens = _made(r)
    _use(r, tokens, 0)
    for age_s in (HOUR_S - _LATE_S, HOUR_S + _LATE_S, 2 * HOUR_S + _LATE_S, 3 * HOUR_S + _LATE_S):
        r.stop()
        r.must_start("before", changed={**SPANS, _CLOCK: str(age_s)})
        _use(r, tokens, age_s)


def _made(r: Rehearsal) -> list[Ageing]:
    nonce, key = (r.ledger.of(kind)[0].handle["token"] for kind in ("nonce", "download_key"))
    tokens = [
        Ageing("nonce", r.customer.answer(nonce, []), None),
        Ageing("download key", r.customer.download(key), HOUR_S),
    ]
    for audience, hours in (("employee", 2), ("data_subject", 3)):
        session = r.need("log in", [_login(r, audience, subject="s")])[0].json["session"]
        tokens.append(Ageing(f"{audience} session", _login(r, audience, session=session), hours * HOUR_S))
    return tokens


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
