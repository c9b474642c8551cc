"""What a run of the guide must show to be called whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.claims import CLAIMS

CLASSES = {
    "file",
    "request",
    "identifier",
    "integration",
    "session",
    "nonce",
    "download_key",
    "webhook_token",
    "consent_identifier",
}
MOMENTS = {"before-cutover", "stopped", "after-cutover", "after-rollback"}


def is_whole(document: Mapping[str, Any]) -> None:
    """A go, in which every claim passes and the table has every class at every moment, each as the model demands."""
    assert document["verdict"] == "go"
    assert {claim: record["result"] for claim, record in document["claims"].items()} == dict.fromkeys(CLAIMS, "pass")
    survival = document["survival"]
    assert {(row["artifact"], row["moment"]) for row in survival} == {(c, m) for c in CLASSES for m in MOMENTS}
    assert all(row["readable"] == row["expected"] for row in survival)
