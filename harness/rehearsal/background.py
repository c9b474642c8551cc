"""What Transcend goes on doing while an organization is paused: heartbeats and token refreshes of its integrations.

Both go through Sombra (D-11; sombra.md 7.6, 7.7): a heartbeat needs the stored credential, and a refresh first reads
the old one and then has the new one sealed by the provider of the moment.
"""

from __future__ import annotations

from harness.artifacts import Artifact
from harness.rehearsal.probes import cause_of
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder


def beat(r: Rehearsal, seed: int, moment: str, *, refreshes: bool = True) -> None:
    """One heartbeat of every integration, and then a refresh of its token; each is recorded, whatever became of it."""
    paused = r.exchange([r.cloud("GET", "organization")])[0].json.get("isPaused") is True
    seeder = Seeder(r, seed)
    for integration in _connected(r):
        cause = _heartbeat(r, integration)
        told = {"moment": moment, "integration": integration.handle["id"], "paused": paused}
        r.record("heartbeat", **told, ok=cause == "", cause=cause)
        if not refreshes:
            continue
        if cause == "":
            seeder.connect(integration.handle["id"])
        r.record("token-refresh", **told, ok=cause == "", cause=cause)


def reconnect(r: Rehearsal, seed: int) -> None:
    """What an administrator does with a dead integration: authorize it anew, which needs nothing of before."""
    seeder = Seeder(r, seed)
    for integration in _connected(r):
        seeder.connect(integration.handle["id"])
        r.record("reconnected", integration=integration.handle["id"])


def _heartbeat(r: Rehearsal, integration: Artifact) -> str:
    """The cause of its failure; empty when the credential came back. Transcend takes the latest context there is."""
    path = f"integrations/{integration.handle['id']}/proxy"
    reply = r.exchange([r.cloud("POST", path, {"path": "/heartbeat"})])[0]
    is_right = reply.ok and reply.json.get("credential") == integration.handle["credential"]
    return "" if is_right else cause_of(reply)


def _connected(r: Rehearsal) -> list[Artifact]:
    """The newest credential of each integration."""
    return list({each.handle["id"]: each for each in r.ledger.of("integration")}.values())
