"""What a deployment amounts to: workloads with their effective environments, whatever platform they are written for."""

from harness.doctor.deployment.examination import FLEET_RULES, WORKLOAD_RULES
from harness.doctor.deployment.readers import compose, ecs, manifests, values
from harness.doctor.deployment.workload import Fleet, Workload

__all__ = [
    "FLEET_RULES",
    "WORKLOAD_RULES",
    "Fleet",
    "Stated",
    "Workload",
    "compose",
    "ecs",
    "manifests",
    "values",
]
