"""What a gateway sent to Transcend's cloud, as the cloud wrote it down: nothing secret may have left with it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.rehearsal.overheard import secrets_sent
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import control


def look_at_arrivals(r: Rehearsal) -> None:
    """Scan what is kept of all calls so far, for a key may have become known since; no answer, so not listened to."""
    reply = r.world.exchange([control("transcend-control", "GET", "/arrivals")])[0]
    arrivals: list[Mapping[str, object]] = reply.json["arrivals"] if reply.ok else []
    heard = secrets_sent(arrivals, environments=r.environments.values(), secrets=r.secrets, ledger=r.ledger)
    r.record("arrival-scan", arrivals=len(arrivals), heard=heard)
