"""What became of tokens by their age alone: download keys live an hour, nonces for ever (docs/wire.md, "Tokens")."""

from __future__ import annotations

from harness.rehearsal.probes import Prober
from harness.rehearsal.rehearsal import Rehearsal

AGED = ("download_key", "nonce")
_EACH = 3


def try_aged_tokens(r: Rehearsal) -> None:
    """Offer some of each; these are no probes, for the reference model has no clock."""
    tokens = [each for kind in AGED for each in r.ledger.of(kind)[:_EACH]]
    for seen in Prober(r.secrets, r.exchange, r.audience).probe(tokens):
        r.record(
            "aged", artifact=seen.artifact.name, **{"class": seen.artifact.kind}, ok=seen.readable, cause=seen.cause
        )
