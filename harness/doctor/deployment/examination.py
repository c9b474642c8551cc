"""Which rules a deployment is put to, and how its gateways become environments of the cutover."""

from __future__ import annotations

from harness.doctor.deployment import fleet, provenance, replacing, running
from harness.doctor.deployment.workload import Fleet, Workload
from harness.doctor.effective import FromEnvFile
from harness.doctor.inputs import Reading
from harness.doctor.reading import Place
from harness.doctor.rule import Boot, Part, Rule, Unevaluated

WORKLOAD_RULES: tuple[Rule[Workload], ...] = (*replacing.RULES, *running.RULES, *provenance.RULES)
FLEET_RULES: tuple[Rule[Fleet], ...] = fleet.RULES


def examine_fleet(
    workloads: tuple[Workload, ...], reading: Reading, *, nowhere: Place | None = None, part: Part = "after"
) -> None:
    """Put the rules to all that runs Sombra; `nowhere` is where it is told that nothing does."""
    announced = reading.first(part)
    boot = Boot(part, announced) if isinstance(announced, FromEnvFile) else None
    whole = Fleet(workloads, boot)
    reading.seen.extend(
        seen
        for workload in (*whole.gateways, *whole.schedulers)
        for rule in WORKLOAD_RULES
        for seen in rule.findings(workload)
    )
    reading.seen.extend(seen for rule in FLEET_RULES for seen in rule.findings(whole))
    for gateway in sorted(whole.gateways, key=lambda each: each.is_stopped):
        reading.add(part, gateway.environment)
        if gateway.cloud_role is not None:
            reading.roles.append(gateway.cloud_role)
    if not whole.gateways and nowhere is not None:
        reading.seen.append(no_gateway(nowhere))


def no_gateway(place: Place) -> Unevaluated:
    """The question that stays open when files that should hold a gateway hold none."""
    why = "no workload here runs Sombra's gateway, by its image or its variables."
    action = "Give the file that holds the gateway, as it is rendered."
    return Unevaluated("no-gateway", "G-19", place.file, place.line, why, action, place.column)
