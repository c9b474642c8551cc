"""The control URL: what a program may ask of a served world (docs/wire.md, "serve")."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from harness.serve import data_subject, webhooks
from harness.serve.edge import Answer, Asked, Route, as_json
from harness.serve.hands_on import HandsOn
from harness.serve.refusal import Refusal, bad_request
from harness.serve.state import state
from harness.target import Reply, control

_ID = re.compile(r"[A-Za-z0-9_.:@+=-]{1,200}")
_LATEST_S = 10**9  # some thirty years


def routes(hands: HandsOn) -> tuple[Route, ...]:
    """The table of docs/wire.md, and nothing else."""

    def changing(change: Callable[[], None]) -> Callable[[Asked], Answer]:
        def handler(_: Asked) -> Answer:
            change()
            return as_json(state(hands))

        return handler

    return (
        Route("GET", "/state", lambda _: as_json(state(hands))),
        Route("POST", "/cutover", changing(hands.cut_over)),
        Route("POST", "/rollback", changing(hands.roll_back)),
        Route("POST", "/gateway/stop", changing(hands.stop)),
        Route("POST", "/gateway/start", lambda asked: _start(hands, asked)),
        Route("GET", "/faults", lambda _: _faults(hands, "GET", None)),
        Route("POST", "/faults", lambda asked: _faults(hands, "POST", {"spec": asked.text("spec")})),
        Route("DELETE", "/faults", lambda asked: _faults(hands, "DELETE", dict(asked.document()))),
        Route("POST", "/clock", lambda asked: _clock(hands, asked)),
        Route("POST", "/webhooks/send", lambda asked: _webhook(hands, asked)),
        Route("GET", "/token", lambda asked: _token(hands, asked)),
        Route("GET", "/kms/journal", lambda asked: _journal(hands, asked)),
        Route("GET", "/encrypted/{id}", lambda asked: _encrypted(hands, asked)),
    )


def known_form(request_id: str) -> str:
    """An id as the stand-in gives them; raises `Refusal`."""
    if not _ID.fullmatch(request_id):
        raise Refusal(404, "not_found", "there is no request of that name")
    return request_id


def _start(hands: HandsOn, asked: Asked) -> Answer:
    hands.start(asked.document().get("env_file"))
    return as_json(state(hands))


def _clock(hands: HandsOn, asked: Asked) -> Answer:
    seconds = asked.document().get("advance_s")
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= _LATEST_S - hands.clock_offset_s
    ):
        raise bad_request("advance_s is no number of seconds from 0; a clock is only moved forward")
    hands.advance(float(seconds))
    return as_json(state(hands))


def _faults(hands: HandsOn, method: str, document: dict[str, Any] | None) -> Answer:
    reply = hands.must(control("kms-control", method, "/faults", document))
    if method != "GET":
        hands.touch(f"faults of the KMS: {', '.join(each['spec'] for each in reply.json['faults']) or 'none'}")
    return _as_it_came(reply)


def _webhook(hands: HandsOn, asked: Asked) -> Answer:
    silo = asked.document().get("data_silo_id", "crm")
    if not isinstance(silo, str) or not _ID.fullmatch(silo):
        raise bad_request("data_silo_id is no id")
    kind = asked.document().get("kind", "job")
    if kind not in webhooks.KINDS:
        raise bad_request(f"kind is neither {' nor '.join(webhooks.KINDS)}")
    request_id = known_form(asked.text("request_id"))
    about = {"dataSiloId": silo} if kind == "job" else {"kind": kind}
    return as_json(webhooks.send(hands, about, url=asked.text("url"), request_id=request_id))


def _token(hands: HandsOn, asked: Asked) -> Answer:
    """JSON, or the bare token for a caller that accepts nothing but plain text."""
    fresh = webhooks.token(hands)
    if asked.headers.get("accept", "").strip().startswith("text/plain"):
        return Answer(200, {"content-type": "text/plain"}, fresh["token"].encode())
    return as_json(fresh)


def _journal(hands: HandsOn, asked: Asked) -> Answer:
    query = urlencode({"since": asked.query.get("since", "0")})
    return _as_it_came(hands.must(control("kms-control", "GET", f"/journal?{query}")))


def _encrypted(hands: HandsOn, asked: Asked) -> Answer:
    return as_json(data_subject.handed_out(hands, known_form(asked.params["id"])))


def _as_it_came(reply: Reply) -> Answer:
    return Answer(reply.status, {"content-type": "application/json"}, json.dumps(reply.json).encode())
