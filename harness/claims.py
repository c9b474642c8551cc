"""The claims of the migration guide, by id, in our words (claims.md), and those no check can judge yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CLAIMS: Mapping[str, str] = {
    "G-01": "One provider at a time: a hybrid configuration does not start",
    "G-02": "The switch is a hard cutover: the old provider stops before the new one starts",
    "G-03": "A CEK made under Local cannot be decrypted under the cloud KMS",
    "G-04": "A CEK made under the cloud KMS cannot be decrypted under Local",
    "G-05": "In-flight requests begun under Local cannot proceed after the cutover",
    "G-06": "Files attached to those requests cannot be decrypted after the cutover",
    "G-07": "Completing or cancelling beforehand leaves nothing to lose in flight",
    "G-08": "A paused request is restarted after the cutover and completes",
    "G-09": "Each missing cloud prerequisite is told apart by its cause",
    "G-10": "A new JWT_ECDSA_KEY goes first",
    "G-11": "The old key stays second: every token it signed still verifies",
    "G-12": "Order and presence of the keys matter",
    "G-13": "The cloud KMS neither holds nor signs with the JWT key",
    "G-14": "Keys live in an external secrets manager",
    "G-15": "The procedure fits a window of one to two hours",
    "G-16": "Before: data subjects, API and CLI can download",
    "G-17": "After: they cannot",
    "G-18": "An archive made beforehand is complete",
    "G-19": "Sombra starts, is healthy, and wraps and unwraps a new CEK",
    "G-20": "All new requests use the cloud KMS",
    "G-21": "Old requests stay visible; their files do not open",
    "G-22": "Logs and error rates show configuration and permission trouble",
    "G-23": "The rollback makes everything readable that was readable before",
    "G-24": "After the rollback cloud-era requests cannot be decrypted",
    "G-25": "Rotation afterwards keeps data readable; the fifth key set makes the first forgotten",
    "G-26": "The procedure generalises to other providers",
    "D-01": "local with leftover AWS variables starts",
    "D-02": "The old JWT key is the rollback: dropping it is the point of no return",
    "D-03": "Rotating before the stop makes Local CEKs under the new key",
    "D-04": "Rolling back to the old environment loses what was written under Local with the new key",
    "D-05": "Four key sets are remembered; a migration spends one",
    "D-06": "A healthy process that cannot unwrap is reproduced and detected",
    "D-07": "Helm: rolling update, shared probes, no restart on a changed Secret",
    "D-08": "Terraform deletes the KMS key when it goes back to local",
    "D-09": "The CLI's traps are rows in the operator's plan",
    "D-10": "Webhook receivers cache the public key",
    "D-11": "Pausing does not stop heartbeats and token refresh",
    "D-12": "Each artifact class has its own row in the survival table",
}


@dataclass(frozen=True, slots=True)
class Exemption:
    """A claim that no check can judge yet: why, and the work that will make it checkable."""

    claim: str
    reason: str
    issue: str


EXEMPT: tuple[Exemption, ...] = ()
