"""Which kinds of documents besides env files the doctor reads, and by which flag each is given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.doctor import deployment, terraform
from harness.doctor.inputs import DocumentReader
from harness.doctor.policies.reader import iam_policies, key_policies

READERS: Mapping[str, DocumentReader] = MappingProxyType(
    {
        "values": deployment.values,
        "manifests": deployment.manifests,
        "compose": deployment.compose,
        "ecs": deployment.ecs,
        "tfplan": terraform.plans,
        "iam-policy": iam_policies,
        "key-policy": key_policies,
    }
)
