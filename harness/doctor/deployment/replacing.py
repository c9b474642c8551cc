"""Where old and new instances meet: rolling updates, autoscalers, replicas, unread Secrets, slow ends."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.deployment.workload import Platform, Workload
from harness.doctor.effective import NotInTheFiles
from harness.doctor.rule import PlacedSighting, Rule

_LONG_GRACE_S = 60
_STOP_FIRST: dict[Platform, str] = {
    "Helm": "The chart has no value for it: scale to 0 and wait until no pod is left, then upgrade.",
    "Kubernetes": "Set the strategy to Recreate, or scale to 0 and wait until no pod is left before you apply this.",
    "compose": "Remove `order: start-first`.",
    "ECS": "Set minimumHealthyPercent 0 and maximumPercent 100, or desiredCount 0 before you deploy this.",
}


def _rolling(workload: Workload) -> Iterator[PlacedSighting]:
    replacement = workload.replacement
    if workload.is_stopped:
        return
    if replacement.overlaps is None:
        raise NotInTheFiles("deploymentConfiguration")
    if replacement.overlaps:
        message = f"{workload.label} is replaced by {replacement.how}: old and new provider run side by side."
        yield PlacedSighting(replacement.place, message, _STOP_FIRST[workload.platform])


def _autoscaled(workload: Workload) -> Iterator[PlacedSighting]:
    if workload.autoscaling is not None:
        message = f"{workload.label} is scaled automatically; what you stop by hand is started again."
        yield PlacedSighting(workload.autoscaling, message, "Switch the autoscaler off before you stop Sombra.")


def _replicas(workload: Workload) -> Iterator[PlacedSighting]:
    if workload.replicas.value > 1 and workload.autoscaling is None:
        message = f"{workload.label} runs {workload.replicas.value} instances; all must be gone before the new start."
        yield PlacedSighting(workload.replicas.place, message, "Scale to 0, count the instances, and start with one.")


def _no_checksum(workload: Workload) -> Iterator[PlacedSighting]:
    if workload.secret_read_at is not None and not workload.restarts_on_secret:
        message = f"{workload.label} does not restart when its Secret changes: a new key is deployed but not in use."
        action = "Add a checksum of the Secret to the pod's annotations, or restart it by hand after each change."
        yield PlacedSighting(workload.secret_read_at, message, action)


def _slow_end(workload: Workload) -> Iterator[PlacedSighting]:
    grace = workload.grace_s
    if grace is not None and grace.value >= _LONG_GRACE_S:
        message = f"An old instance of {workload.label} may go on serving for {grace.value} s after it is told to stop."
        yield PlacedSighting(grace.place, message, "Count it into the window; start the new one when none is left.")


RULES: tuple[Rule[Workload], ...] = (
    Rule("rolling-update", "warning", "D-07", "old and new instances overlap", _rolling, modes=("F26",)),
    Rule("autoscaled", "warning", "G-02", "an autoscaler works against the stop", _autoscaled, modes=("F29",)),
    Rule("several-replicas", "warning", "G-02", "more than one instance runs", _replicas, modes=("F29",)),
    Rule("secret-without-checksum", "warning", "D-07", "a new Secret restarts nothing", _no_checksum, modes=("F27",)),
    Rule("long-grace-period", "note", "G-15", "an old instance ends slowly", _slow_end, modes=("F29",)),
)
