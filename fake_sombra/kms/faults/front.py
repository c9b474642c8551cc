"""How a call passes the active faults: some never reach the rules, some lose or spoil the answer."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final

from fake_sombra.kms.call import Answer, Caller
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.faults.active import Strike
from fake_sombra.kms.faults.effects import UNREACHED
from fake_sombra.kms.faults.fault import printed
from fake_sombra.kms.replies import Reply, answered, refusal
from fake_sombra.kms.state import Kms

_PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_GARBAGE: Final = b"\x00\x01not what was asked for"


def pass_faults(kms: Kms, operation: str, document: Mapping[str, Any], caller: Caller) -> Reply:
    """Answer one call as the active faults let it be answered."""
    strike = kms.strike(operation, document, caller)
    instead = _instead(strike)
    if instead is not None:
        reply, result = instead
        kms.note_refused(operation, result, caller=caller, key=strike.key, fault=_said(strike))
        return reply
    try:
        answer = kms.call(operation, document, caller, strike=strike)
    except KmsError as refused:
        reply = refusal(refused, delay_s=strike.delay_s)
    else:
        reply = answered(_spoilt(answer, strike), delay_s=strike.delay_s)
    is_lost = strike.spoilt is not None and strike.spoilt.how == "lost"
    return Reply(0, {}, b"", strike.delay_s, "lost") if is_lost else reply


def _instead(strike: Strike) -> tuple[Reply, KmsError] | None:
    """What answers in place of the rules, and how the journal calls it; None where the call gets through."""
    delay_s = strike.delay_s
    if strike.refused is not None:
        return refusal(strike.refused, delay_s=delay_s), strike.refused
    if strike.is_cut:
        return Reply(0, {}, b"", delay_s, "refused"), KmsError("outage")
    if strike.spoilt is None or strike.spoilt.how not in UNREACHED:
        return None
    html = {"content-type": "text/html", "server": "fake-sombra"}
    if strike.spoilt.how == "bad-gateway":
        return Reply(502, html, _PAGE, delay_s), KmsError("bad-gateway", "", 502)
    return Reply(200, html, _GARBAGE, delay_s), KmsError("garbage", "", 200)


def _spoilt(answer: Answer, strike: Strike) -> Answer:
    match strike.spoilt.how if strike.spoilt else "":
        case "lacking-fields":
            return {}
        case "random-plaintext" if "Plaintext" in answer:
            size = len(base64.b64decode(answer["Plaintext"]))
            return {**answer, "Plaintext": base64.b64encode(secrets.token_bytes(size)).decode()}
        case "wrong-key" if "KeyId" in answer:
            return {**answer, "KeyId": _another(answer["KeyId"])}
        case _:
            return answer


def _another(arn: str) -> str:
    return arn[:-4] + ("0000" if not arn.endswith("0000") else "1111")


def _said(strike: Strike) -> str:
    return printed(strike.faults)
