"""Which rules a deployment is put to, and how its gateways become environments of the cutover."""

from __future__ import annotations

from harness.doctor.deployment import fleet, provenance, replacing, running
from harness.doctor.deployment.workload import Fleet, Workload
from harness.doctor.effective import FromEnvFile
from harness.doctor.inputs import Reading
from harness.doctor.reading import Place
from harness.doctor.rule import Boot, Rule, Unevaluated

WORKLOAD_RULES: tuple[Rule[Workload], ...] = (*replacing.RULES, *running.RULES, *provenance.RULES)
FLEET_RULES: tuple[Rule[Fleet], ...] = fleet.RULES


def examine_fleet(workloads: tuple[Workload, ...], reading: Reading, *, nowhere: Place | None = None) -> None:
    """Put the rules to all that runs Sombra; `nowhere` is where it is told that nothing does."""
    announced = reading.first("after")
    boot = Boot("after", announced) if isinstance(announced, FromEnvFile) else None
    whole = Fleet(workloads, boot)
    reading.seen.extend(
        seen
        for workload in (*whole.gateways, *whole.schedulers)
        for rule in WORKLOAD_RULES
        for seen in rule.findings(workload)
    )
    reading.seen.extend(seen for rule in FLEET_RULES for seen in rule.findings(whole))
    for gateway in sorted(whole.gateways, key=lambda each: each.is_stopped):
        reading.add("after", gateway.environment)
    if not whole.gateways and nowhere is not None:
        reading.seen.append(_no_gateway(nowhere))


def _no_gateway(place: Place) -> Unevaluated:
    why = "no workload here runs Sombra's gateway, by its image or its variables."
    action = "Give the file that holds the gateway, as it is rendered."
    return Unevaluated("no-gateway", "G-19", place.file, place.line, why, action, place.column)
