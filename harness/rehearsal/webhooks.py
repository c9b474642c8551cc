"""How a rehearsal hands webhooks to a receiver: what was signed when, and which key the receiver held."""

from __future__ import annotations

from harness.artifacts import Artifact
from harness.rehearsal.receiver import Receiver, Rejected
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.seed import Seeder


def started_receiver(r: Rehearsal) -> Receiver:
    """A receiver that starts now, and fetches the public key as it does; raise `StepFailed` where nobody serves one."""
    pem = r.need("fetch the public key", [r.customer.public_key()])[0].body
    receiver = Receiver(pem, r.audience)
    if not receiver.fingerprint:
        raise StepFailed("what is served as the public key is none")
    return receiver


def fresh_webhook(r: Rehearsal, seed: int) -> Artifact:
    """The token of a webhook for a request that is made now."""
    request = Seeder(r, seed).requests(("COMPILING",))[0]
    return next(each for each in r.ledger.of("webhook_token") if each.request == request.name)


def deliver(r: Rehearsal, receiver: Receiver, webhook: Artifact, *, stage: str) -> None:
    """Hand a webhook's token to a receiver; 200 or 401 is what is recorded."""
    try:
        claims = receiver.claims(webhook.handle["token"])
        cause = "" if claims.get("value") == webhook.handle["value"] else "garbage"
    except Rejected as rejected:
        cause = rejected.cause
    told = {"stage": stage, "webhook": webhook.name, "made_by": webhook.instance, "holds": receiver.fingerprint}
    r.record("delivery", **told, ok=cause == "", cause=cause)
