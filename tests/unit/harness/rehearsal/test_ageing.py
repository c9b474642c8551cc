"""Old tokens are offered and written down apart from the probes, for the model has no clock."""

from __future__ import annotations

from harness.artifacts import Artifact
from harness.rehearsal.ageing import try_aged_tokens
from harness.target import Call, Reply
from tests.unit.harness.fakes import FakeWorld, refusal, rehearsal, reply


def test_a_few_of_each_kind_are_offered_with_the_cause_of_their_refusal() -> None:
    def gateway(call: Call) -> Reply:
        return refusal("token_expired", 400) if "downloadKey" in call.path else reply()

    r = rehearsal(FakeWorld(gateway))
    for kind in ("download_key", "nonce", "session"):
        for number in range(5):
            r.ledger.add(Artifact(f"{kind}/{number}", kind, "before-1", None, {"token": "t", "id": "R0"}))

    try_aged_tokens(r)

    told = [(event["class"], event["ok"], event["cause"]) for event in r.history.of("aged")]
    assert told == [("download_key", False, "token_expired")] * 3 + [("nonce", True, "")] * 3
    assert not r.history.of("probe")
