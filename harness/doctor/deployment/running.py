"""What an instance runs as: its image, its probes, and the identity it shows to AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.doctor.deployment.workload import Platform, Workload
from harness.doctor.rule import AWS, PlacedSighting, Rule

_KEY_ID, _ARN = "AWS_ACCESS_KEY_ID", "AWS_KMS_KEY_ARN"
_IDENTITIES = (
    _KEY_ID,
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_GIVES_IDENTITY: dict[Platform, tuple[str, str]] = {
    "Helm": ("service account", "Set serviceAccount.name to one that may use the key."),
    "Kubernetes": ("service account", "Set serviceAccountName to one that may use the key."),
    "ECS": ("task role", "Set taskRoleArn to a role that may use the key."),
}
_NO_VALUE = "The chart has no value for it: patch the Deployment's serviceAccountName."
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\Z")


def _tag(image: str) -> str:
    """The tag of an image; `latest` when it has none."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2] or "latest"


def _floating(workload: Workload) -> Iterator[PlacedSighting]:
    image = workload.image
    if image is not None and not _DIGEST.search(image.value) and not re.search(r"\d", _tag(image.value)):
        message = f"The image of {workload.label} has a moving tag: a restart in the window may change the version."
        yield PlacedSighting(image.place, message, "Name the version that runs today, best by its digest.")


def _unpinned(workload: Workload) -> Iterator[PlacedSighting]:
    image = workload.image
    if image is not None and not _DIGEST.search(image.value) and re.search(r"\d", _tag(image.value)):
        message = f"The image of {workload.label} is named by a tag alone; a tag can be moved."
        yield PlacedSighting(image.place, message, "Add the digest (@sha256:…) of the image that runs today.")


def _shared_probe(workload: Workload) -> Iterator[PlacedSighting]:
    alive, ready = workload.probes.get("livenessProbe"), workload.probes.get("readinessProbe")
    if alive is not None and ready is not None and alive.value == ready.value:
        message = (
            f"Liveness and readiness of {workload.label} ask the same: a green answer proves no working KMS, and a"
            " red one restarts the pod."
        )
        yield PlacedSighting(ready.place, message, "Judge the start by a functional probe: wrap and unwrap one CEK.")


def _no_identity(workload: Workload) -> Iterator[PlacedSighting]:
    given = _GIVES_IDENTITY.get(workload.platform)
    account = workload.service_account
    if given is None or (account is not None and account.value != "default"):
        return
    if workload.after.provider != AWS or any(workload.after.sets(name) for name in _IDENTITIES):
        return
    action = _NO_VALUE if workload.platform == "Helm" and workload.role == "job-scheduler" else given[1]
    place = account.place if account is not None else workload.environment.place("KMS_PROVIDER")
    message = f"{workload.label} has no {given[0]} of its own: to AWS it is whatever its node is."
    yield PlacedSighting(place, message, action)


def _credentials_beside_role(workload: Workload) -> Iterator[PlacedSighting]:
    key_id = workload.setting(_KEY_ID)
    if workload.cloud_role is not None and key_id is not None and workload.after.provider == AWS:
        message = f"{_KEY_ID} is set beside the role of {workload.label}; the static credentials win."
        yield PlacedSighting(key_id.place, message, "Remove the static credentials, or the role.")


def _other_account(workload: Workload) -> Iterator[PlacedSighting]:
    role, arn = workload.cloud_role, workload.setting(_ARN)
    if role is None or arn is None or workload.after.provider != AWS or not role.value.startswith("arn:"):
        return
    owner, caller = (text.split(":")[4:5] for text in (workload.after.value(_ARN), role.value))
    if owner and owner != caller:
        message = f"The key belongs to another account than the role of {workload.label}: two policies must allow it."
        action = "Check the account in the ARN; if it is meant, the key policy must name the role: give both policies."
        yield PlacedSighting(arn.place, message, action)


RULES: tuple[Rule[Workload], ...] = (
    Rule("image-floating", "warning", "G-19", "the image's tag moves", _floating, modes=("F31",)),
    Rule("image-not-pinned", "note", "G-19", "the image has no digest", _unpinned, modes=("F31",)),
    Rule("probe-shared", "warning", "D-07", "liveness and readiness are one", _shared_probe, modes=("F32",)),
    Rule("key-in-another-account", "warning", "G-09", "role and key differ in account", _other_account, modes=("F15",)),
    Rule("identity-missing", "warning", "G-09", "no identity of its own", _no_identity, modes=("F10",)),
    Rule(
        "credentials-beside-role", "warning", "G-09", "static credentials hide a role", _credentials_beside_role,
        modes=("F10",),
    ),
)  # fmt: skip
