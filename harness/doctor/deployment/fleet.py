"""What several workloads amount to together: one provider and one key list, or a hybrid."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.deployment.workload import Fleet, Workload
from harness.doctor.rule import PlacedSighting, Rule
from harness.environment import SIGNING_KEYS

_PROVIDER = "KMS_PROVIDER"
_KMS = (_PROVIDER, "AWS_KMS_KEY_ARN", "AWS_REGION")
_TUNNEL = "SOMBRA_REVERSE_TUNNEL_API_KEY"


def _scheduler_keys(fleet: Fleet) -> Iterator[PlacedSighting]:
    for gateway in fleet.gateways[:1]:
        for each in fleet.schedulers:
            if each.after.loaded != gateway.after.loaded:
                message = f"{each.label} has another key list than {gateway.label}; its Secret is its own."
                action = f"Give both the same {SIGNING_KEYS}, in the same order."
                yield PlacedSighting(each.environment.place(SIGNING_KEYS), message, action)


def _scheduler_kms(fleet: Fleet) -> Iterator[PlacedSighting]:
    for gateway in fleet.gateways[:1]:
        for each in fleet.schedulers:
            for name in _differing(gateway, each):
                message = f"{each.label} does not have the {name} of {gateway.label}; it keeps polling under its own."
                yield PlacedSighting(each.environment.place(name), message, f"Set {name} as in the gateway.")


def _gateways_differ(fleet: Fleet) -> Iterator[PlacedSighting]:
    running = [each for each in fleet.gateways if not each.is_stopped]
    for each in running[1:]:
        names = _differing(running[0], each)
        if running[0].after.loaded != each.after.loaded:
            names = [*names, SIGNING_KEYS]
        for name in names:
            message = f"{each.label} and {running[0].label} differ in {name}: together they are a hybrid."
            yield PlacedSighting(each.environment.place(name), message, "Scale one to 0, or make the two agree.")


def _several_gateways(fleet: Fleet) -> Iterator[PlacedSighting]:
    running = [each for each in fleet.gateways if not each.is_stopped]
    for each in running[1:]:
        message = f"{each.label} is a second gateway beside {running[0].label}; stopping one leaves the other serving."
        yield PlacedSighting(each.place, message, "Stop all gateways before one of them starts under AWS.")


def _not_as_announced(fleet: Fleet) -> Iterator[PlacedSighting]:
    if fleet.announced is None:
        return
    for each in fleet.gateways:
        if each.after.provider != fleet.announced.provider:
            at = fleet.announced.source.place(_PROVIDER)
            message = f"{each.label} amounts to another {_PROVIDER} than {at} says; the deployment wins."
            yield PlacedSighting(each.environment.place(_PROVIDER), message, "Make the deployment and the file agree.")


def _tunnel(fleet: Fleet) -> Iterator[PlacedSighting]:
    for each in fleet.gateways:
        setting = each.setting(_TUNNEL)
        if setting is not None:
            message = f"{each.label} dials out by a reverse tunnel; any other instance with this key is served too."
            yield PlacedSighting(setting.place, message, "Look for one in other clusters and on laptops, and stop it.")


def _differing(one: Workload, other: Workload) -> list[str]:
    """The KMS settings in which two workloads differ; under local only the provider counts."""
    names = _KMS if one.after.provider == "AWS" else (_PROVIDER,)
    return [name for name in names if _effective(one, name) != _effective(other, name)]


def _effective(workload: Workload, name: str) -> str | None:
    return workload.after.provider if name == _PROVIDER else workload.after.value(name)


RULES: tuple[Rule[Fleet], ...] = (
    Rule("scheduler-keys-differ", "error", "G-02", "the Job Scheduler has other keys", _scheduler_keys, modes=("F27",)),
    Rule("scheduler-kms-differs", "error", "G-02", "the Job Scheduler has another KMS", _scheduler_kms, modes=("F34",)),
    Rule("gateways-differ", "error", "G-02", "two gateways are a hybrid", _gateways_differ, modes=("F34",)),
    Rule("several-gateways", "warning", "G-02", "a second gateway is deployed", _several_gateways, modes=("F34",)),
    Rule(
        "provider-not-the-files", "error", "G-14", "the provider is not the file's", _not_as_announced, modes=("F30",)
    ),
    Rule("tunnel", "note", "G-02", "a reverse tunnel may serve another instance", _tunnel, modes=("F34",)),
)
