"""What rendered Kubernetes manifests keep running: pod templates with what scales, names and feeds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.doctor.deployment.container_env import ContainerEnvironment
from harness.doctor.deployment.layers import Layers
from harness.doctor.deployment.objects import KubernetesObject, Objects
from harness.doctor.deployment.workload import Replacement, Role, Workload, http_probes, role_of
from harness.doctor.reading import Node, Place, Stated, stated_int, stated_text

_POD_SPEC: dict[str, tuple[str, ...]] = {
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Deployment": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "Pod": ("spec",),
    "ReplicaSet": ("spec", "template", "spec"),
    "Rollout": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
}
_REPLACED_WHOLE = frozenset({"CronJob", "Job", "Pod"})
_ROLE = "eks.amazonaws.com/role-arn"
_UNRELATED_CHECKSUM = "checksum/opa-config"
_RELOADERS = ("reloader.stakater.com/auto", "secret.reloader.stakater.com/")


def kubernetes_workloads(objects: Objects) -> Iterator[Workload]:
    """Every workload; of a pod's containers the one that runs Sombra, else the first."""
    for each in objects.of_kind(*_POD_SPEC):
        pod = each.node.at(*_POD_SPEC[each.kind])
        containers = pod.at("containers") if pod is not None else None
        read = [_read(objects, each, node) for node in (containers.elements() if containers else ())]
        if pod is not None and read:
            chosen = next((one for one in read if one.role != "other"), read[0])
            yield _workload(objects, each, pod, chosen)


@dataclass(frozen=True, slots=True)
class _Container:
    node: Node
    role: Role
    layers: Layers


def _read(objects: Objects, owner: KubernetesObject, node: Node) -> _Container:
    layers = Layers()
    ContainerEnvironment(objects, owner.namespace, layers).lay(node)
    name = f"{owner.name}/{node.text_at('name') or ''}"
    return _Container(node, role_of(name, node.text_at("image") or "", layers.settings), layers)


def _workload(objects: Objects, owner: KubernetesObject, pod: Node, chosen: _Container) -> Workload:
    container = chosen.node
    head = (container.at("env") or container).place
    account = stated_text(pod.at("serviceAccountName"))
    return Workload(
        platform="Kubernetes",
        kind=owner.kind,
        name=owner.name,
        role=chosen.role,
        place=owner.node.place,
        environment=chosen.layers.effective(head),
        replacement=_replacement(owner),
        replicas=stated_int(owner.node.at("spec", "replicas")) or Stated(1, owner.node.place),
        image=stated_text(container.at("image")),
        autoscaling=_scaler(objects, owner),
        service_account=account,
        cloud_role=_cloud_role(objects, owner, account),
        probes=http_probes(container),
        secret_read_at=_secret_read(container),
        restarts_on_secret=_restarts(owner),
        grace_s=stated_int(pod.at("terminationGracePeriodSeconds")),
        odd=tuple(chosen.layers.odd),
    )


def _replacement(owner: KubernetesObject) -> Replacement:
    """Only Recreate waits until the old pod is gone; a StatefulSet of one pod does by its nature."""
    stated = owner.node.at("spec", "strategy", "type") or owner.node.at("spec", "updateStrategy", "type")
    place = (stated or owner.node.at("spec", "strategy") or owner.node.at("spec") or owner.node).place
    if owner.kind in _REPLACED_WHOLE:
        return Replacement(overlaps=False, place=place, how="replaced whole")
    if owner.kind == "StatefulSet":
        replicas = stated_int(owner.node.at("spec", "replicas"))
        return Replacement(replicas is not None and replicas.value > 1, place, "one pod after the other")
    how = stated.text if stated is not None and stated.text else "RollingUpdate by default"
    return Replacement(how != "Recreate", place, how)


def _scaler(objects: Objects, owner: KubernetesObject) -> Place | None:
    for scaler in objects.scalers.get(owner.name, ()):
        target = scaler.node.at("spec", "scaleTargetRef")
        if target is None or not scaler.may_be(owner.namespace):
            continue
        if (target.text_at("kind") or owner.kind) == owner.kind:
            return target.place
    return None


def _cloud_role(objects: Objects, owner: KubernetesObject, account: Stated[str] | None) -> Stated[str] | None:
    """The role that the service account names; a role given by association is not in the files."""
    if account is None:
        return None
    found = objects.named("ServiceAccount", account.value, owner.namespace)
    return stated_text(found.node.at("metadata", "annotations", _ROLE)) if found is not None else None


def _secret_read(container: Node) -> Place | None:
    """The first place where the container takes a variable from a Secret."""
    for entry in _elements(container, "envFrom"):
        if (found := entry.at("secretRef")) is not None:
            return found.place
    for entry in _elements(container, "env"):
        if (found := entry.at("valueFrom", "secretKeyRef")) is not None:
            return found.place
    return None


def _restarts(owner: KubernetesObject) -> bool:
    """Whether a changed Secret changes the pod template, or something watches it."""
    on_pod = owner.node.at("spec", "template", "metadata", "annotations")
    on_owner = owner.node.at("metadata", "annotations")
    return restarts_by(on_pod) or any(name.startswith(_RELOADERS) for name, _ in (on_owner.items() if on_owner else ()))


def restarts_by(annotations: Node | None) -> bool:
    """Whether annotations of a pod template hold a checksum of more than the side-car's configuration."""
    names = [name for name, _ in annotations.items()] if annotations is not None else []
    return any(name.startswith(_RELOADERS) or ("checksum" in name and name != _UNRELATED_CHECKSUM) for name in names)


def _elements(container: Node, name: str) -> tuple[Node, ...]:
    found = container.at(name)
    return tuple(found.elements()) if found is not None else ()
