"""Which kinds of documents besides env files the doctor reads, and by which flag each is given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.doctor import deployment
from harness.doctor.inputs import DocumentReader

READERS: Mapping[str, DocumentReader] = MappingProxyType(
    {
        "values": deployment.values,
        "manifests": deployment.manifests,
        "compose": deployment.compose,
        "ecs": deployment.ecs,
    }
)
